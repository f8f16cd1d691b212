/**
 * Makes history out of the stream. Taking events in is one row for many; this is the dear part, so it comes later, in
 * small transactions, and gives way while the hub is busy. How far it got is on disk, so nothing is left out or doubled.
 */
import type { HubEvent, HubEventOf } from "../../shared/events.ts";
import type { Message } from "../../shared/message.ts";
import { idsOf, type StateGroup } from "../states.ts";
import { type Delivery, type HistoryStore, stateNumber } from "./history-store.ts";
import { readGroup, type Segment } from "./lines.ts";
import type { StreamStore } from "./stream-store.ts";

export const HOUR_MS = 3_600_000;
const INDEXED_KEY = "indexedUpTo";
/** After the first event of a burst, how long more may come before the indexing begins. */
const START_AFTER_MS = 100;
/**
 * At so many events a second indexing takes half of the time, at ten times as many an eleventh of it. So it keeps up with
 * some 7,000 a second (2,000 messages); above that it is the hub's turn, and history catches up afterwards.
 */
const HALF_TIME_EVENTS_PER_SECOND = 2_000;

export class Indexer {
  readonly #storage: DurableObjectStorage;
  readonly #stream: StreamStore;
  readonly #history: HistoryStore;
  #indexedUpTo: number;
  #isScheduled = false;
  #rate = { since: 0, events: 0, before: 0 };

  constructor(storage: DurableObjectStorage, stream: StreamStore, history: HistoryStore) {
    this.#storage = storage;
    this.#stream = stream;
    this.#history = history;
    this.#indexedUpTo = storage.kv.get<number>(INDEXED_KEY) ?? 0;
    if (this.isBehind) this.#schedule();
  }

  get isBehind(): boolean {
    return this.#indexedUpTo < this.#stream.last;
  }

  /** The cursor up to which history has what the stream told. */
  get indexedUpTo(): number {
    return this.#indexedUpTo;
  }

  /** Events were taken in: they will be indexed soon. */
  note(events: number, now: number): void {
    const age = now - this.#rate.since;
    if (age >= 1_000) this.#rate = { since: now, events: 0, before: age < 2_000 ? this.#rate.events : 0 };
    this.#rate.events += events;
    this.#schedule();
  }

  /** Indexes up to a cursor, but works at most `budgetMs`; others get their turn in between. */
  async catchUp(upTo = this.#stream.last, budgetMs = Number.POSITIVE_INFINITY): Promise<void> {
    let spentMs = 0;
    while (this.#indexedUpTo < upTo && spentMs < budgetMs) {
      const startedAt = Date.now();
      this.#indexSegment();
      await scheduler.wait(0);
      // The clock stands still while code runs; it has moved after the wait.
      spentMs += Date.now() - startedAt;
    }
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setTimeout(() => void this.#run(), START_AFTER_MS);
  }

  async #run(): Promise<void> {
    try {
      while (this.isBehind) {
        const startedAt = Date.now();
        this.#indexSegment();
        await scheduler.wait(0);
        const now = Date.now();
        const pauseMs = ((now - startedAt) * this.#eventsPerSecond(now)) / HALF_TIME_EVENTS_PER_SECOND;
        if (pauseMs >= 1) await scheduler.wait(pauseMs);
      }
    } catch (error) {
      console.error("indexing failed", { error: String(error) });
    } finally {
      this.#isScheduled = false;
    }
  }

  /** Of the last second or of this one, whichever had more; 0 soon after the last event. */
  #eventsPerSecond(now: number): number {
    const { since, events, before } = this.#rate;
    return now - since > 2_000 ? 0 : Math.max(events, before);
  }

  /** One row of the stream, in one transaction. */
  #indexSegment(): void {
    const segment = this.#stream.after(this.#indexedUpTo);
    if (segment === undefined) return;
    this.#storage.transactionSync(() => {
      this.#index(segment);
      this.#storage.kv.put(INDEXED_KEY, segment.last);
    });
    this.#indexedUpTo = segment.last;
  }

  #index(segment: Segment): void {
    const counts = new Map<string, number>();
    const deliveries = new Map<string, Delivery>();
    let cursor = segment.first;
    for (const line of segment.lines) {
      const group = readGroup(line);
      if (group !== null) {
        for (const messageId of idsOf(group)) mergeState(deliveries, messageId, group, cursor++);
        continue;
      }
      const event = readEvent(line);
      if (event !== null) this.#apply(event, cursor, counts);
      cursor++;
    }
    for (const delivery of deliveries.values()) this.#history.upsertDelivery(delivery);
    for (const [key, n] of counts) {
      const [hour, kind, name] = JSON.parse(key) as [number, string, string];
      this.#history.addCount(hour, kind, name, n);
    }
  }

  #apply(event: HubEvent, cursor: number, counts: Map<string, number>): void {
    switch (event.event) {
      case "message:sent":
        this.#insert(cursor, event.message, null, counts);
        break;
      case "topic:message":
        this.#insert(cursor, event.message, { delivered: event.delivered, queued: event.queued }, counts);
        break;
      case "broadcast:sent":
        this.#insert(cursor, broadcastMessage(event), { delivered: 0, queued: 0 }, counts);
        break;
      case "queue:stats":
        this.#history.setDepth(event.instanceId, event.depth);
        break;
      case "instance:removed":
        this.#history.setDepth(event.instanceId, 0);
        break;
      case "instance:session_updated":
        this.#history.setDepth(event.oldInstanceId, 0);
        break;
    }
  }

  #insert(
    id: number,
    message: Message,
    recipients: { delivered: number; queued: number } | null,
    counts: Map<string, number>,
  ): void {
    const isNew = this.#history.insert({ id, message, body: JSON.stringify(message), counts: recipients });
    if (!isNew) return;
    const at = Date.parse(message.timestamp);
    // An ack says that work begins; the answer is what comes of it.
    if (message.replyToMessageId !== undefined && message.type !== "ack") {
      this.#history.noteAnswer(message.replyToMessageId, at);
    }
    const hour = Math.floor(at / HOUR_MS);
    const count = (kind: string, name: string) => {
      const key = JSON.stringify([hour, kind, name]);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    };
    count("type", message.type);
    count("sent", message.from);
    if (message.topicName !== undefined) count("topic", message.topicName);
    else if (recipients === null) count("received", message.to);
  }
}

/** Null for a line that cannot be read: it must not stop what follows (Q10). */
function readEvent(line: string): HubEvent | null {
  try {
    return JSON.parse(line) as HubEvent;
  } catch {
    console.error("an event of the stream cannot be read", { line: line.slice(0, 100) });
    return null;
  }
}

function broadcastMessage(event: HubEventOf<"broadcast:sent">): Message {
  const { messageId, from, type, content, timestamp } = event;
  return { messageId, from, to: "broadcast", type, content, timestamp };
}

/** Several states of one delivery in one segment are one write. */
function mergeState(
  deliveries: Map<string, Delivery>,
  messageId: string,
  group: Pick<StateGroup, "state" | "at">,
  cursor: number,
): void {
  const { at } = group;
  const state = stateNumber(group.state);
  let delivery = deliveries.get(messageId);
  if (delivery === undefined) {
    delivery = {
      id: cursor,
      messageId,
      state,
      changedAt: at,
      deliveredAt: null,
      ackedAt: null,
      seenAt: null,
      endedAt: null,
    };
    deliveries.set(messageId, delivery);
  }
  if (at > delivery.changedAt || (at === delivery.changedAt && state > delivery.state)) {
    delivery.state = state;
    delivery.changedAt = at;
  }
  if (group.state === "delivered") delivery.deliveredAt ??= at;
  else if (group.state === "acked") delivery.ackedAt ??= at;
  else if (group.state === "seen") delivery.seenAt ??= at;
  else delivery.endedAt = at;
}
