import { describe, expect, it } from "vitest";
import type { HubEvent } from "../../../shared/events.ts";
import type { DeliveryState } from "../../../shared/message.ts";
import { makeRecord, sent } from "../test-kit/stand-in-hub.ts";
import { MessageStoreModel, STORE_MAX_RECORDS } from "./message-store.ts";

const at = (seconds: number) => new Date(Date.parse("2026-11-22T13:00:00.000Z") + seconds * 1_000).toISOString();

function stateEvent(n: number, state: Exclude<DeliveryState, "queued">, seconds: number): HubEvent {
  const { messageId } = makeRecord(n);
  return {
    event: "message:state",
    timestamp: at(seconds),
    messageId,
    instanceId: "bob@desk:api/1",
    state,
    at: at(seconds),
  };
}

it("keeps two messages apart that came under one id", () => {
  const store = new MessageStoreModel();
  const [hers, his] = [makeRecord(1), { ...makeRecord(1), from: "mallory@far:web/1", content: "his" }];
  expect(store.putAll([hers, his, hers]).map((row) => row.value.content)).toEqual([hers.content, "his", hers.content]);
  expect(store.get(hers.messageId)?.value.from).toBe(hers.from);
});

describe("a message that was deleted", () => {
  it("is blank where it is shown, and not known any more", () => {
    const store = new MessageStoreModel();
    const at = "2026-11-22T12:00:00.000Z";
    const message = {
      messageId: "m1",
      from: "a@h:p/1",
      to: "b@h:p/1",
      type: "task" as const,
      content: "words",
      timestamp: at,
    };
    const shown = store.put({ ...message, metadata: { k: 1 }, state: "queued", history: [] });
    store.apply([{ event: "message:deleted", timestamp: at, messageId: "m1", from: "c@h:p/1" }]);
    expect(shown.value.content).toBe("words");
    store.apply([{ event: "message:deleted", timestamp: at, messageId: "m1", from: message.from }]);
    expect([shown.value.content, shown.value.metadata]).toEqual(["This message was deleted.", undefined]);
    expect(store.get("m1")).toBeUndefined();
  });
});

describe("a message", () => {
  it("is one, by whatever it comes", () => {
    const store = new MessageStoreModel();
    store.apply([sent(makeRecord(1))]);
    const [row] = store.putAll([makeRecord(1)]);
    expect(store.get(makeRecord(1).messageId)).toBe(row);
  });

  it("gets further by events, each step once", () => {
    const store = new MessageStoreModel();
    const row = store.put(makeRecord(1));
    store.apply([stateEvent(1, "delivered", 1), stateEvent(1, "acked", 2), stateEvent(1, "acked", 2)]);
    expect(row.value.state).toBe("acked");
    expect(row.value.history.map(({ state }) => state)).toEqual(["queued", "delivered", "acked"]);
  });

  it("does not go back when an older page of history comes late", () => {
    const store = new MessageStoreModel();
    const row = store.put(makeRecord(1));
    store.apply([stateEvent(1, "seen", 3)]);
    store.put(makeRecord(1));
    expect(row.value.state).toBe("seen");
  });

  it("begins again when a dead letter is retried", () => {
    const store = new MessageStoreModel();
    const row = store.put(makeRecord(1));
    store.apply([stateEvent(1, "dead", 1), stateEvent(1, "delivered", 9)]);
    expect(row.value.state).toBe("delivered");
  });

  it("of this tab is confirmed by whatever the hub tells of it", () => {
    const store = new MessageStoreModel();
    const row = store.put({ ...makeRecord(1, { history: [] }), local: { kind: "pending" } });
    store.apply([sent(makeRecord(1))]);
    expect(row.value.local).toBeUndefined();
  });

  it("that nobody showed is not made up from its state alone", () => {
    const store = new MessageStoreModel();
    store.apply([stateEvent(1, "acked", 1)]);
    expect(store.get(makeRecord(1).messageId)).toBeUndefined();
  });
});

it("keeps what is bounded, the oldest out first; a row that is shown stays as it is", () => {
  const store = new MessageStoreModel();
  const first = store.put(makeRecord(0));
  for (let n = 1; n <= STORE_MAX_RECORDS; n++) store.put(makeRecord(n));
  expect(store.get(first.value.messageId)).toBeUndefined();
  expect(store.get(makeRecord(1).messageId)).toBeDefined();
  expect(first.value.content).toBe("message 0");
});

it("shows a publication and a broadcast as a whole", () => {
  const store = new MessageStoreModel();
  const publication = makeRecord(1, { to: "topic:news", topicName: "news" });
  const { state: _, history: __, ...message } = publication;
  const broadcast = makeRecord(2);
  store.apply([
    { event: "topic:message", timestamp: at(1), name: "news", message, persistent: true, delivered: 2, queued: 1 },
    {
      event: "broadcast:sent",
      timestamp: at(2),
      from: broadcast.from,
      content: "all",
      type: "task",
      messageId: broadcast.messageId,
    },
  ]);
  expect(store.get(publication.messageId)?.value).toMatchObject({
    state: "delivered",
    recipients: { delivered: 2, queued: 1 },
  });
  expect(store.get(broadcast.messageId)?.value).toMatchObject({ to: "broadcast", content: "all", state: "delivered" });
});
