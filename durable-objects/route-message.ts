/** Where a message goes: the one place that turns addresses of all six kinds (A2) into recipients, whoever asks. */
import { type Failure, failure, type Result, success } from "../shared/errors.ts";
import { isSystemId, parseAddress } from "../shared/ids.ts";

/** An instance as routing sees it. */
export interface Routable {
  readonly id: string;
  readonly partial: string;
  readonly role: string | null;
  readonly connectedAt: number;
}

/** What routing needs to know; `T` are instances. */
export interface Routes<T extends Routable> {
  /** A4: who takes the mail of an id, however many session changes later. */
  holderOf(id: string): T | undefined;
  /** Everyone who takes mail. */
  active(): T[];
  isOnline(instance: T): boolean;
  /** The members of a topic, or undefined for a topic that does not exist. */
  membersOf(topic: string): T[] | undefined;
  nearestTopics(topic: string): string[];
}

/** Who gets a message. `role`, `topic` and `broadcast` leave the sender out (E3). */
export type Route<T> =
  | { kind: "instance"; recipient: T }
  | { kind: "role"; role: string; recipients: T[] }
  /** T3: who of the role gets it, the ledger of tasks says. */
  | { kind: "any"; role: string }
  | { kind: "topic"; topic: string; recipients: T[] }
  | { kind: "broadcast"; recipients: T[] };

/** Returns who gets what is sent `to` this address, or why nobody does. `sender` is null for one without an id. */
export function routeMessage<T extends Routable>(to: string, sender: T | null, routes: Routes<T>): Result<Route<T>> {
  const address = parseAddress(to);
  const others = (instances: T[]) => instances.filter((instance) => instance !== sender);
  switch (address?.kind) {
    case "instance": {
      if (isSystemId(to)) return hubItself(to);
      const recipient = routes.holderOf(address.instanceId);
      return recipient === undefined ? unknownInstance(to) : success({ kind: "instance", recipient });
    }
    case "partial": {
      const found = findPartial(address.address, sender, routes);
      return found.ok ? success({ kind: "instance", recipient: found.value }) : found;
    }
    case "role": {
      const recipients = others(routes.active().filter(({ role }) => role === address.role)).sort(byId);
      if (recipients.length === 0) return nobodyWithRole(address.role);
      return success({ kind: "role", role: address.role, recipients });
    }
    case "any":
      return success({ kind: "any", role: address.role });
    case "topic": {
      const members = routes.membersOf(address.topic);
      if (members === undefined) return unknownTopic(address.topic, routes.nearestTopics(address.topic));
      return success({ kind: "topic", topic: address.topic, recipients: others(members) });
    }
    case "broadcast":
      return success({ kind: "broadcast", recipients: others(routes.active().filter(routes.isOnline)) });
    default:
      return noAddress(to);
  }
}

/** A3: the online match of `user@host:project` besides who asks, or else the one that was connected last. */
export function findPartial<T extends Routable>(address: string, asker: T | null, routes: Routes<T>): Result<T> {
  const matches = routes
    .active()
    .filter((instance) => instance.partial === address && instance !== asker)
    .sort(byId);
  const online = matches.filter(routes.isOnline);
  if (online.length > 1)
    return ambiguousAddress(
      address,
      online.map(({ id }) => id),
    );
  const latest = matches.toSorted((a, b) => b.connectedAt - a.connectedAt)[0];
  const match = online[0] ?? latest;
  return match === undefined ? noMatch(address) : success(match);
}

function byId(a: Routable, b: Routable): number {
  return a.id < b.id ? -1 : 1;
}

/** E5. */
export function unknownTopic(name: string, nearest: string[]): Failure {
  const hint = nearest.length === 0 ? "" : " The details name the nearest ones.";
  return failure("unknown_topic", `There is no topic ${name}; subscribe to it to create it.${hint}`, {
    details: { nearest },
  });
}

export function noAddress(to: string): Failure {
  return failure(
    "invalid_payload",
    `"${to.slice(0, 200)}" is no address. Use user@host:project/session, user@host:project, role:<name>, any:<role>, topic:<name> or broadcast.`,
  );
}

/** A6. Answers to what the hub sent go there by themselves. */
function hubItself(id: string): Failure {
  return failure(
    "unknown_instance",
    `${id} is the hub itself, and nobody reads what is sent there; nothing was stored. Say how a task went with update_task: its note stands in the ledger, where people see it.`,
  );
}

function unknownInstance(id: string): Failure {
  return failure(
    "unknown_instance",
    `No instance has ever connected as ${id}; nothing was stored. Call list_instances for the ids that exist.`,
  );
}

function ambiguousAddress(address: string, matches: string[]): Failure {
  return failure(
    "ambiguous_address",
    // Ids are words that others chose: they stand in the details, where nobody takes them for the hub's.
    `${address} matches ${matches.length} online instances; name one of them in full. The details list them.`,
    { details: { matches } },
  );
}

function noMatch(address: string): Failure {
  return failure(
    "unknown_instance",
    `No other instance matches ${address}; nothing was stored. Call list_instances for the ids that exist.`,
  );
}

function nobodyWithRole(role: string): Failure {
  return failure("not_found", `Nobody else has the role ${role}. Call list_instances to see who has which.`);
}
