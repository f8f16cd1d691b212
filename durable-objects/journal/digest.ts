/** A piece of the stream as history: what one transaction of the indexer takes in, adds up and writes. */
import type { HubEvent, HubEventOf } from "../../shared/events.ts";
import type { Message } from "../../shared/message.ts";
import { log } from "../log.ts";
import { idsOf, type StateGroup } from "../states.ts";
import { readGroup, type Segment } from "../stream-lines.ts";
import type { CountStore } from "./count-store.ts";
import { type Delivery, type HistoryStore, stateNumber } from "./history-store.ts";
import { notePresence } from "./presence.ts";
import type { PresenceStore } from "./presence-store.ts";
import { SeriesIndex } from "./series-index.ts";
import type { Stores } from "./stores.ts";
import type { StreamStore } from "./stream-store.ts";
import { isTaskOrQuestion, ThreadIndex } from "./thread-index.ts";

export const HOUR_MS = 3_600_000;

/** A delivery as this piece tells it. */
interface ToldDelivery extends Delivery {
  instanceId: string;
}

export class Digest {
  readonly #history: HistoryStore;
  readonly #stream: StreamStore;
  readonly #countStore: CountStore;
  readonly #threads: ThreadIndex;
  readonly #series: SeriesIndex;
  readonly #presence: PresenceStore;
  readonly #counts = new Map<string, number>();
  readonly #deliveries = new Map<string, ToldDelivery>();
  /** Messages that this piece brings. */
  readonly #sent = new Map<string, { at: number; type: string }>();
  readonly #deleted: HubEventOf<"message:deleted">[] = [];
  #depths: Map<string, number> | undefined;
  #depth = 0;

  constructor({ names, history, counts, threads, series, presence, wholes }: Stores, stream: StreamStore) {
    this.#stream = stream;
    this.#history = history;
    this.#countStore = counts;
    this.#threads = new ThreadIndex(threads, wholes);
    this.#series = new SeriesIndex(series, names);
    this.#presence = presence;
  }

  take(segment: Segment): void {
    let cursor = segment.first;
    for (const line of segment.lines) {
      const group = readGroup(line);
      if (group !== null) {
        for (const messageId of idsOf(group)) {
          mergeState(this.#deliveries, this.#history.keyOf(messageId), group, cursor++);
        }
        continue;
      }
      const event = readEvent(line);
      if (event !== null) this.#apply(event, cursor);
      cursor++;
    }
    this.#countDeliveries();
    if (this.#deliveries.size > 0) this.#history.upsertDeliveries([...this.#deliveries.values()]);
    for (const [key, n] of this.#counts) {
      const [hour, kind, name] = JSON.parse(key) as [number, string, string];
      this.#countStore.addCount(hour, kind, name, n);
    }
    this.#threads.write();
    this.#series.write();
    for (const event of this.#deleted) this.#forget(event);
  }

  #apply(event: HubEvent, cursor: number): void {
    notePresence(this.#presence, event);
    switch (event.event) {
      case "message:sent":
        this.#insert(cursor, event.message, null);
        break;
      case "topic:message":
        this.#insert(cursor, event.message, { delivered: event.delivered, queued: event.queued });
        break;
      case "broadcast:sent":
        this.#insert(cursor, broadcastMessage(event), { delivered: 0, queued: 0 });
        break;
      case "message:deleted":
        this.#deleted.push(event);
        break;
      case "queue:stats":
        this.#setDepth(event.instanceId, event.depth, event.timestamp);
        break;
      case "instance:removed":
        this.#setDepth(event.instanceId, 0, event.timestamp);
        break;
      case "instance:session_updated":
        this.#setDepth(event.oldInstanceId, 0, event.timestamp);
        break;
    }
  }

  #insert(id: number, message: Message, recipients: { delivered: number; queued: number } | null): void {
    const { messageId, type, from, to, replyToMessageId: replyTo } = message;
    const answered = this.#threads.find(replyTo && this.#history.keyOfGot(replyTo, from), from);
    const thread = answered === undefined ? null : (answered.thread ?? answered.id);
    const key = this.#history.insert({ id, thread, message, body: JSON.stringify(message), counts: recipients });
    if (key === null) return;
    const at = Date.parse(message.timestamp);
    this.#sent.set(key, { at, type });
    const isUnanswered = isTaskOrQuestion(type);
    // A twin that answers nothing stands beside the first.
    const beside = key === messageId || answered !== undefined ? undefined : this.#threads.placeBeside(messageId, id);
    this.#threads.add({ id, messageId: key, replyTo, isWhole: recipients !== null, isUnanswered }, answered ?? beside);
    if (answered !== undefined) {
      const tookMs = this.#threads.noteAnswer(answered, type, at);
      if (tookMs !== null) this.#series.countLatency("answer", at, from, answered.type, tookMs);
    }
    this.#count(message, at, recipients !== null);
    this.#series.countMessage(at, from, to, type);
  }

  /** Out of history, and out of the stream, which would tell it again to whoever replays. */
  #forget({ messageId, from, timestamp }: HubEventOf<"message:deleted">): void {
    const line = JSON.stringify({ event: "message:deleted", timestamp, messageId, from } satisfies HubEvent);
    for (const id of this.#history.remove(messageId, from)) this.#stream.replace(id, line);
  }

  #count(message: Message, at: number, isWhole: boolean): void {
    const hour = Math.floor(at / HOUR_MS);
    const count = (kind: string, name: string) => {
      const key = JSON.stringify([hour, kind, name]);
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    };
    count("type", message.type);
    count("sent", message.from);
    if (message.topicName !== undefined) count("topic", message.topicName);
    else if (!isWhole) count("received", message.to);
  }

  /** How long first deliveries took; what is no message of its own (a copy of a publication) is not counted. */
  #countDeliveries(): void {
    const delivered = [...this.#deliveries.values()].filter((delivery) => delivery.deliveredAt !== null);
    const others = delivered.flatMap(({ messageId }) => (this.#sent.has(messageId) ? [] : messageId));
    if (others.length > 0) {
      for (const { messageId, isDelivered, at, type } of this.#history.findSent(others)) {
        if (!isDelivered) this.#sent.set(messageId, { at, type });
      }
    }
    for (const { messageId, instanceId, deliveredAt } of delivered) {
      const sent = this.#sent.get(messageId);
      if (sent === undefined || deliveredAt === null) continue;
      this.#series.countLatency("delivery", deliveredAt, instanceId, sent.type, deliveredAt - sent.at);
    }
  }

  #setDepth(instanceId: string, depth: number, timestamp: string): void {
    if (this.#depths === undefined) {
      this.#depths = this.#countStore.listDepths();
      for (const waiting of this.#depths.values()) this.#depth += waiting;
    }
    const before = this.#depths.get(instanceId) ?? 0;
    if (before === depth) return;
    this.#depths.set(instanceId, depth);
    this.#countStore.setDepth(instanceId, depth);
    const at = Date.parse(timestamp);
    this.#series.noteDepth(at, instanceId, before, depth);
    this.#series.noteDepth(at, null, this.#depth, this.#depth - before + depth);
    this.#depth += depth - before;
  }
}

/** Null for a line that cannot be read: it must not stop what follows (Q10). */
export function readEvent(line: string): HubEvent | null {
  try {
    return JSON.parse(line) as HubEvent;
  } catch {
    log("error", "an event of the stream cannot be read", { length: line.length });
    return null;
  }
}

function broadcastMessage(event: HubEventOf<"broadcast:sent">): Message {
  const { messageId, from, type, content, timestamp } = event;
  return { messageId, from, to: "broadcast", type, content, timestamp };
}

/** Several states of one delivery in one piece are one write. */
function mergeState(
  deliveries: Map<string, ToldDelivery>,
  messageId: string,
  group: Pick<StateGroup, "state" | "at" | "instanceId">,
  cursor: number,
): void {
  const { at, instanceId } = group;
  const state = stateNumber(group.state);
  let delivery = deliveries.get(messageId);
  if (delivery === undefined) {
    delivery = {
      id: cursor,
      messageId,
      instanceId,
      state,
      changedAt: at,
      deliveredAt: null,
      ackedAt: null,
      seenAt: null,
      endedAt: null,
    };
    deliveries.set(messageId, delivery);
  }
  delivery.state = state;
  delivery.changedAt = at;
  if (group.state === "delivered") delivery.deliveredAt ??= at;
  else if (group.state === "acked") delivery.ackedAt ??= at;
  else if (group.state === "seen") delivery.seenAt ??= at;
  else delivery.endedAt = group.state === "queued" ? null : at;
}
