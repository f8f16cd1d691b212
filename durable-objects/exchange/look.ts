/** What is asked of the store and changes nothing: who is there, what waits, how far a message got. */
import { failure, type Result, success } from "../../shared/errors.ts";
import { parseAddress, projectOf } from "../../shared/ids.ts";
import type { DeliveryState, InstanceInfo, MessageStatus } from "../../shared/message.ts";
import type { PingAnswer, QueuePage } from "../../shared/rest.ts";
import { readMessage } from "../envelope.ts";
import { findPartial, noAddress } from "../route-message.ts";
import { bodyOfDelivery, findDelivery, idOfDelivery } from "./copies.ts";
import { describePause, pauseOf } from "./pauses/rules.ts";
import { isListed, routesOf } from "./routes.ts";
import type { Delivery } from "./store/deliveries.ts";
import { STATE_NAMES, State } from "./store/delivery-state.ts";
import type { Instance } from "./store/instances.ts";
import type { Store } from "./store/store.ts";
import { requesterOf } from "./tasks/people.ts";
import type { Turn } from "./turn.ts";

type View = Pick<Turn, "store" | "links">;

/** Everyone who takes mail, by name. */
export function listInstances({ store, links }: View): InstanceInfo[] {
  const topicsOf = new Map<number, string[]>();
  for (const { name } of store.topics.list()) {
    for (const member of store.topics.find(name)?.members ?? []) {
      const names = topicsOf.get(member);
      if (names === undefined) topicsOf.set(member, [name]);
      else names.push(name);
    }
  }
  const listed = store.instances.active().filter((instance) => isListed(instance, { store, links }));
  const active = listed.sort((a, b) => (a.id < b.id ? -1 : 1));
  return active.map((instance) => ({
    instanceId: instance.id,
    project: projectOf(instance.id),
    status: links.isOnline(instance) ? "online" : "offline",
    connectedAt: new Date(instance.connectedAt).toISOString(),
    queueDepth: store.deliveries.depthOf(instance.number).count,
    ...(instance.role === null ? {} : { role: instance.role }),
    lastSeenAt: new Date(instance.lastSeenAt).toISOString(),
    topics: topicsOf.get(instance.number) ?? [],
    ...(links.of(instance)?.isPull ? { delivery: "pull" as const } : {}),
    ...pausedPart({ store, links }, instance),
  }));
}

function pausedPart(view: View, instance: Instance): Pick<InstanceInfo, "paused"> {
  const pause = pauseOf(view, instance);
  return pause === undefined ? {} : { paused: describePause(view, pause) };
}

/** Takes a full id or a partial address (A3), which names no one who asks; who is unknown is not online. */
export function pingAddress(view: View, asker: Instance | null, to: string): Result<PingAnswer> {
  const address = parseAddress(to);
  if (address === undefined) return noAddress(to);
  if (address.kind === "instance") {
    const holder = view.store.instances.holderOf(to);
    return success({ online: holder !== undefined && view.links.isOnline(holder), instanceId: to });
  }
  if (address.kind !== "partial") return failure("invalid_payload", "ping takes an instance id or user@host:project.");
  const found = findPartial(to, asker, routesOf(view));
  if (found.ok) return success({ online: view.links.isOnline(found.value), instanceId: found.value.id });
  if (found.code !== "ambiguous_address") return success({ online: false, instanceId: to });
  return success({ online: true, instanceId: to, matches: found.details?.matches as string[] });
}

/** A page of what a queue owes, in order of delivery. `cursor` is the last page's `nextCursor`. */
export function queuePage(
  { deliveries, instances }: Store,
  instanceId: string,
  limit: number,
  cursor: string | null,
): Result<QueuePage> {
  const owner = instances.holderOf(instanceId);
  if (owner === undefined) return failure("unknown_instance", `No instance ${instanceId} is here.`);
  const rows = deliveries.peek(owner.number, Number(cursor ?? 0), limit + 1);
  const items = rows.slice(0, limit);
  return success({
    instanceId: owner.id,
    depth: deliveries.depthOf(owner.number).count,
    items: items.flatMap((row) => {
      const message = readMessage(bodyOfDelivery(row, instances));
      // Q10: it becomes a dead letter when its turn comes.
      if (message === null) return [];
      const state = row.state === State.queued ? ("queued" as const) : ("delivered" as const);
      return { message, state, attempts: row.attempts, queuedAt: new Date(row.acceptedAt).toISOString() };
    }),
    ...(rows.length > limit ? { nextCursor: String(items.at(-1)?.position) } : {}),
  });
}

/** For whom a publication was accepted, as long as it is remembered here; null for any other id. */
export function addresseesOf({ messages, deliveries, instances }: Store, messageId: string): string[] | null {
  const message = messages.find(messageId);
  if (message === undefined || !message.isPublication) return null;
  const addressees = deliveries.listAddressees(message.position);
  // Where nobody was owed it (not persistent), who got it is not kept.
  return addressees.length === 0 ? null : addressees.map((number) => instances.idOf(number));
}

/** How far a message got: for who sent it and for who got it, under whatever id they have by now. */
export function messageStatus(store: Store, asker: Instance, messageId: string): Result<MessageStatus> {
  const row = findDelivery(messageId, store, asker);
  const owner = row && store.instances.byNumber(row.owner);
  const isSender = row !== undefined && store.instances.holderOf(row.sender) === asker;
  const isRecipient = owner !== undefined && store.instances.current(owner) === asker;
  if (row !== undefined && (isSender || isRecipient)) return success(toStatus(row, idOfDelivery(row, store.instances)));
  const waiting = waitingStatus(store, asker, messageId);
  if (waiting !== undefined) return success(waiting);
  return failure("not_found", `No message ${messageId} was sent or received by ${asker.id}.`);
}

/** T3: a task that waits for its role is in nobody's queue yet. */
function waitingStatus(store: Store, asker: Instance, messageId: string): MessageStatus | undefined {
  const task = store.tasks.find(messageId);
  if (task === undefined || task.owner !== null || requesterOf(store, task) !== asker) return undefined;
  const at = new Date(task.openedAt).toISOString();
  return { messageId, state: "queued", attempts: 0, history: [{ state: "queued", at }] };
}

function toStatus(row: Delivery, messageId: string): MessageStatus {
  const current = STATE_NAMES[row.state] as DeliveryState;
  const steps: [DeliveryState, number | null][] = [
    ["queued", row.acceptedAt],
    ["delivered", row.deliveredAt],
    ["acked", row.ackedAt],
    ["seen", row.seenAt],
    [current, row.endedAt],
  ];
  return {
    messageId,
    state: current,
    attempts: row.attempts,
    history: steps.flatMap(([state, at]) => (at === null ? [] : [{ state, at: new Date(at).toISOString() }])),
    ...(row.reason === null ? {} : { reason: row.reason }),
  };
}
