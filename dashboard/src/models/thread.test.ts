import { signal } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { HubEvent } from "../../../shared/events.ts";
import type { MessageRecord } from "../../../shared/history.ts";
import type { Hub } from "../adapter/hub.ts";
import { RestProblem } from "../adapter/rest.ts";
import { MessageStoreModel } from "./message-store.ts";
import { ThreadModel } from "./thread.ts";

const record = (messageId: string, replyToMessageId?: string): MessageRecord => ({
  messageId,
  from: "a@h:p/1",
  to: "b@h:p/2",
  type: "task",
  content: messageId,
  timestamp: `2026-11-22T00:00:0${messageId.charCodeAt(0) - 96}.000Z`,
  state: "queued",
  history: [],
  ...(replyToMessageId !== undefined && { replyToMessageId }),
});

/** A hub whose history has these messages; more may come. */
function start(wanted: string, ...messages: MessageRecord[]) {
  const history = [...messages];
  const listeners = new Set<(events: HubEvent[]) => void>();
  const asked: string[] = [];
  const rest = {
    async get(path: string) {
      asked.push(path);
      const isThere = history.some(({ messageId }) => path.endsWith(messageId));
      if (!isThere) throw new RestProblem(404, "not_found", "no such message");
      return { rootId: history[0]?.messageId, items: [...history], truncated: false };
    },
  };
  const listen = (listener: (events: HubEvent[]) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const hub = { rest, stream: { onEvents: listen, onGap: () => () => undefined } } as unknown as Hub;
  const store = new MessageStoreModel();
  const messageId = signal(wanted);
  const model = new ThreadModel(hub, store, messageId);
  const shown = () => model.rows.value.map(({ message, indent }) => `${message.messageId}${indent}`).join(" ");
  const tell = (message: MessageRecord) => {
    const event = { event: "message:sent", timestamp: message.timestamp, message } as HubEvent;
    for (const listener of listeners) listener([event]);
  };
  return { model, store, history, messageId, asked, shown, tell };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("ThreadModel", () => {
  it("grows by what answers something in it, and by nothing else", async () => {
    const { shown, tell } = start("a", record("a"));
    await vi.advanceTimersByTimeAsync(0);
    tell(record("c", "other"));
    tell(record("d"));
    tell(record("b", "a"));
    expect(shown()).toBe("a0 b1");
  });

  it("keeps what an event told of while history was read", async () => {
    const { shown, tell, messageId } = start("a", record("a"), record("b", "a"));
    await vi.advanceTimersByTimeAsync(0);
    messageId.value = "b";
    tell(record("c", "b"));
    await vi.advanceTimersByTimeAsync(0);
    expect(shown()).toBe("a0 b1 c1");
  });

  it("waits for history to take in what the page knows to be sent", async () => {
    const { model, store, history, messageId, shown } = start("");
    store.put(record("a"));
    messageId.value = "a";
    await vi.advanceTimersByTimeAsync(500);
    expect(model.loading.value.kind).toBe("loading");
    history.push(record("a"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect([model.loading.value.kind, shown()]).toEqual(["ready", "a0"]);
  });

  it("says that a message is gone of which nobody knows, and at last of one that never comes", async () => {
    const { model, store, messageId, asked } = start("z");
    await vi.advanceTimersByTimeAsync(0);
    expect(model.loading.value).toMatchObject({ kind: "failed", error: expect.stringContaining("no such message") });
    store.put(record("y"));
    messageId.value = "y";
    await vi.advanceTimersByTimeAsync(60_000);
    expect(model.loading.value.kind).toBe("failed");
    expect(asked.length).toBeLessThan(20);
  });
});
