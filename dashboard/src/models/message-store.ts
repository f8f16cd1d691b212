/** Messages by id, whatever they came by: REST pages, the event stream, or this tab's own sending. */
import { createModel, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { HubEvent } from "../../../shared/events.ts";
import type { MessageRecord } from "../../../shared/history.ts";
import type { DeliveryState } from "../../../shared/message.ts";

/** What the store keeps; the oldest go first. A row that still shows one keeps it alive, and no longer changes. */
export const STORE_MAX_RECORDS = 20_000;

/** What stands in the place of a message that was deleted. */
const DELETED = "This message was deleted.";

/** A message as the page knows it. `local` is there while it is this tab's own and not confirmed. */
export type StoredMessage = MessageRecord & { local?: LocalState };

export type LocalState = { kind: "pending" } | { kind: "failed"; error: string };

export type MessageSignal = ReadonlySignal<StoredMessage>;

export interface MessageStore {
  /** The live record of a message; undefined if it was never met, or is forgotten. */
  get(messageId: string): MessageSignal | undefined;
  /** Takes a record in, or what is newer of it, and gives the live one. */
  put(record: StoredMessage): MessageSignal;
  putAll(records: readonly StoredMessage[]): MessageSignal[];
  /** Marks this tab's own message as confirmed, pending or failed. */
  setLocal(messageId: string, local: LocalState | undefined): void;
  forget(messageId: string): void;
  /** Takes in what events say of messages. */
  apply(events: readonly HubEvent[]): void;
  /** Whoever signs in next starts with nothing. */
  clear(): void;
}

export const MessageStoreModel = createModel((): MessageStore => {
  const records = new Map<string, Signal<StoredMessage>>();

  /** Two senders may have used one id (M3): the one that was met first has it, the other a key of its own. */
  function keyOf({ messageId, from }: StoredMessage): string {
    const known = records.get(messageId);
    return known === undefined || known.peek().from === from ? messageId : `${messageId} ${from}`;
  }

  function put(record: StoredMessage): MessageSignal {
    const key = keyOf(record);
    const known = records.get(key);
    if (known !== undefined) {
      known.value = merge(known.peek(), record);
      return known;
    }
    const created = signal(record);
    records.set(key, created);
    if (records.size > STORE_MAX_RECORDS) records.delete(records.keys().next().value as string);
    return created;
  }

  function applyEvent(event: HubEvent): void {
    if (event.event === "message:state") applyState(event);
    if (event.event === "message:deleted") blank(event.messageId, event.from);
    const record = recordOf(event);
    if (record !== undefined) put(record);
  }

  /** Rows that show it say so until they are read anew. */
  function blank(messageId: string, from: string): void {
    const known = records.get(messageId);
    if (known === undefined || known.peek().from !== from) return;
    const { metadata: _, ...rest } = known.peek();
    known.value = { ...rest, content: DELETED };
    records.delete(messageId);
  }

  function applyState({ messageId, state, at }: Extract<HubEvent, { event: "message:state" }>): void {
    const known = records.get(messageId);
    if (known === undefined) return;
    const { history } = known.peek();
    if (history.some((step) => step.state === state && step.at === at)) return;
    known.value = merge(known.peek(), { ...known.peek(), state, history: [...history, { state, at }] });
  }

  return {
    get: (messageId) => records.get(messageId),
    put,
    putAll: (items) => items.map(put),
    setLocal(messageId, local) {
      const known = records.get(messageId);
      if (known !== undefined) known.value = withLocal(known.peek(), local);
    },
    forget: (messageId) => void records.delete(messageId),
    apply: (events) => {
      for (const event of events) applyEvent(event);
    },
    clear: () => records.clear(),
  };
});

/** The message that an event brings as new; undefined for any other event. */
export function messageIdOf(event: HubEvent): string | undefined {
  if (event.event === "broadcast:sent") return event.messageId;
  return event.event === "message:sent" || event.event === "topic:message" ? event.message.messageId : undefined;
}

/** The record that an event brings; undefined for events about anything else than a new message. */
export function recordOf(event: HubEvent): MessageRecord | undefined {
  switch (event.event) {
    case "message:sent":
      return { ...event.message, state: "queued", history: [{ state: "queued", at: event.timestamp }] };
    case "topic:message": {
      const { message, delivered, queued, timestamp } = event;
      return {
        ...message,
        to: `topic:${event.name}`,
        topicName: event.name,
        state: "delivered",
        history: [{ state: "delivered", at: timestamp }],
        recipients: { delivered, queued },
      };
    }
    case "broadcast:sent": {
      const { from, type, content, messageId, timestamp } = event;
      const history = [{ state: "delivered" as const, at: timestamp }];
      return { messageId, from, to: "broadcast", type, content, timestamp, state: "delivered", history };
    }
    default:
      return undefined;
  }
}

/** How far each state is on the way of a message. */
const STEP: Readonly<Record<DeliveryState, number>> = {
  queued: 0,
  delivered: 1,
  acked: 2,
  seen: 3,
  expired: 4,
  dead: 4,
  removed: 4,
};

/**
 * Both say something of one message, and either may be late. The newest step tells the state: not the furthest, since a
 * dead letter that is retried goes on from the beginning.
 */
function merge(known: StoredMessage, told: StoredMessage): StoredMessage {
  const history = [...known.history];
  for (const step of told.history) {
    if (!history.some(({ state, at }) => state === step.state && at === step.at)) history.push(step);
  }
  history.sort((a, b) => a.at.localeCompare(b.at) || STEP[a.state] - STEP[b.state]);
  // What the hub tells of a message proves that it has it.
  return withLocal({ ...known, ...told, state: history.at(-1)?.state ?? told.state, history }, told.local);
}

function withLocal(record: StoredMessage, local: LocalState | undefined): StoredMessage {
  const { local: _, ...rest } = record;
  return local === undefined ? rest : { ...rest, local };
}
