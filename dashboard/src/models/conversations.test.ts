import { signal } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { HubEvent } from "../../../shared/events.ts";
import type { ThreadPage, ThreadSummary } from "../../../shared/history.ts";
import type { Hub } from "../adapter/hub.ts";
import { ConversationsModel } from "./conversations.ts";

function summary(rootId: string, second: number): ThreadSummary {
  const timestamp = new Date(second * 1_000).toISOString();
  const record = {
    messageId: rootId,
    from: "a@h:p/1",
    to: "b@h:p/2",
    type: "task" as const,
    content: rootId,
    timestamp,
    state: "seen" as const,
    history: [],
  };
  return { rootId, root: record, last: record, messages: 1, participants: [], isUnanswered: true };
}

const SENT = { event: "message:sent", timestamp: "", message: summary("x", 0).root } as HubEvent;

/** A hub whose answers come when the test gives them. */
function standIn() {
  const asked: { query: Record<string, unknown>; answer(page: ThreadPage): void }[] = [];
  const listeners = new Set<(events: HubEvent[]) => void>();
  const listen =
    <T>(set: Set<T>) =>
    (listener: T) => {
      set.add(listener);
      return () => void set.delete(listener);
    };
  const rest = {
    get: (_path: string, { query }: { query: Record<string, unknown> }) =>
      new Promise<ThreadPage>((answer) => void asked.push({ query, answer })),
  };
  const stream = { onEvents: listen(listeners), onGap: listen(new Set<() => void>()) };
  const tell = (...events: HubEvent[]) => [...listeners].forEach((listener) => void listener(events));
  return { hub: { rest, stream } as unknown as Hub, asked, tell, listeners };
}

function start() {
  const hub = standIn();
  const q = signal("");
  const isUnanswered = signal(false);
  const model = new ConversationsModel(hub.hub, { q, isUnanswered });
  const shown = () => model.threads.value.map(({ rootId }) => rootId).join(" ");
  const answer = async (n: number, page: ThreadPage) => {
    hub.asked[n]?.answer(page);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { ...hub, q, isUnanswered, model, shown, answer };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("ConversationsModel", () => {
  it("moves a thread to the top that goes on, and keeps what was paged in", async () => {
    const { model, asked, shown, answer, tell } = start();
    await answer(0, { items: [summary("c", 9), summary("b", 8)], nextCursor: "next" });
    const more = model.loadMore();
    expect(asked[1]?.query).toMatchObject({ cursor: "next" });
    await answer(1, { items: [summary("a", 2), summary("z", 1)] });
    await more;
    expect([shown(), model.hasMore.value]).toEqual(["c b a z", false]);
    tell(SENT);
    await vi.advanceTimersByTimeAsync(2_000);
    await answer(2, { items: [summary("a", 20), summary("c", 9)], nextCursor: "other" });
    expect(shown()).toBe("a c b z");
    expect(model.hasMore.value).toBe(false);
  });

  it("begins anew where more happened than a page tells, so that nothing is left out in between", async () => {
    const { model, asked, shown, answer, tell } = start();
    await answer(0, { items: [summary("b", 2), summary("a", 1)] });
    tell(SENT);
    await vi.advanceTimersByTimeAsync(2_000);
    await answer(1, { items: [summary("z", 30), summary("y", 29)], nextCursor: "x and before" });
    expect([shown(), model.hasMore.value]).toEqual(["z y", true]);
    void model.loadMore();
    expect(asked[2]?.query).toMatchObject({ cursor: "x and before" });
  });

  it("asks once for many events", async () => {
    const { asked, answer, tell } = start();
    await answer(0, { items: [] });
    for (let n = 0; n < 100; n++) tell(SENT);
    await vi.advanceTimersByTimeAsync(900);
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(asked).toHaveLength(2);
  });

  it("asks again while history is behind, and no longer", async () => {
    const { asked, answer, shown, tell } = start();
    await answer(0, { items: [summary("old", 1)] });
    tell(SENT);
    await vi.advanceTimersByTimeAsync(1_000);
    await answer(1, { items: [summary("old", 1)], isBehind: true });
    await vi.advanceTimersByTimeAsync(1_000);
    await answer(2, { items: [summary("new", 9), summary("old", 1)] });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([asked.length, shown()]).toEqual([3, "new old"]);
  });

  it("takes no notice of what no thread is made of", async () => {
    const { asked, answer, tell } = start();
    await answer(0, { items: [] });
    tell({ event: "queue:stats", timestamp: "", instanceId: "a@h:p/1", depth: 1 });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked).toHaveLength(1);
  });

  it("shows nothing of an answer that belongs to an earlier search", async () => {
    const { asked, q, shown, answer, model } = start();
    q.value = "port";
    await answer(0, { items: [summary("late", 9)] });
    expect([shown(), model.loading.value.kind]).toEqual(["", "loading"]);
    expect(asked[1]?.query).toMatchObject({ q: "port" });
    await answer(1, { items: [summary("found", 8)] });
    expect([shown(), model.loading.value.kind]).toEqual(["found", "ready"]);
  });

  it("hears nothing any more once it is gone", async () => {
    const { model, asked, answer, tell, listeners } = start();
    await answer(0, { items: [] });
    model[Symbol.dispose]();
    expect(listeners.size).toBe(0);
    tell(SENT);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked).toHaveLength(1);
  });
});
