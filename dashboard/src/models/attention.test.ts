import { signal } from "@preact/signals";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { makeRecord, makeStandInHub, OWN_ID, sent } from "../test-kit/stand-in-hub.ts";
import { AttentionModel, type Call } from "./attention.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const timestamp = "2026-11-22T12:00:00.000Z";
const letter = (n: number) => ({ messageId: makeRecord(n).messageId });

async function make(path: string) {
  const hub = makeStandInHub();
  const page = signal(path);
  const isVisible = signal(true);
  const calls: string[] = [];
  const model = new AttentionModel(hub, page, isVisible, ({ title, href }: Call) => calls.push(`${href} ${title}`));
  hub.take("/api/loops").answer([]);
  hub.take("/api/dead-letters").answer([letter(1)]);
  await vi.advanceTimersByTimeAsync(0);
  return { hub, page, isVisible, calls, model, countOf: (href: string) => model.counts.value[href]?.count };
}

it("counts messages to this tab until the Command Center is seen, and calls for each", async () => {
  const { hub, page, isVisible, calls, countOf } = await make("/topics");
  hub.tell(sent(makeRecord(2, { to: OWN_ID })), sent(makeRecord(3)));
  expect([countOf("/"), calls]).toEqual([1, ["/ ana@desk:web/1 wrote to you"]]);
  page.value = "/";
  expect(countOf("/")).toBe(0);
  hub.tell(sent(makeRecord(4, { to: OWN_ID })));
  expect([countOf("/"), calls.length]).toEqual([0, 1]);
  isVisible.value = false;
  hub.tell(sent(makeRecord(5, { to: OWN_ID })));
  expect([countOf("/"), calls.length]).toEqual([1, 2]);
});

it("counts stopped exchanges and dead letters, and reads them again when an event is about them", async () => {
  const { hub, page, calls, model, countOf } = await make("/dead-letters");
  expect([countOf("/inbox"), countOf("/dead-letters")]).toEqual([0, 1]);
  const loopId = crypto.randomUUID();
  const instances = ["ana@desk:web/1", "bob@desk:api/1"];
  hub.tell({ event: "loop:stopped", timestamp, loopId, instances, messages: 40 });
  await vi.advanceTimersByTimeAsync(500);
  hub.take("/api/loops").answer([{ loopId, instances }]);
  await vi.advanceTimersByTimeAsync(0);
  expect([countOf("/inbox"), calls]).toEqual([1, ["/inbox The hub stopped ana@desk:web/1 and bob@desk:api/1"]]);
  expect([...model.stopped.value]).toEqual(instances);
  const state = { event: "message:state", timestamp, instanceId: "bob@desk:api/1", at: timestamp } as const;
  hub.tell({ ...state, messageId: makeRecord(2).messageId, state: "acked" });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(hub.requests).toEqual([]);
  hub.tell({ ...state, messageId: makeRecord(2).messageId, state: "expired" });
  await vi.advanceTimersByTimeAsync(5_000);
  hub.take("/api/dead-letters").answer([letter(1), letter(2)]);
  await vi.advanceTimersByTimeAsync(0);
  expect(countOf("/dead-letters")).toBe(2);
  // What was dropped there, no event tells.
  page.value = "/";
  await vi.advanceTimersByTimeAsync(5_000);
  hub.take("/api/dead-letters").answer([]);
  await vi.advanceTimersByTimeAsync(0);
  expect(countOf("/dead-letters")).toBe(0);
});
