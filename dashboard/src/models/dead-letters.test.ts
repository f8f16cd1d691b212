import { signal } from "@preact/signals";
import { expect, it } from "vitest";
import { makeStandInHub, settle } from "../test-kit/stand-in-hub.ts";
import { DeadLettersModel } from "./dead-letters.ts";
import { readSpan } from "./time-span.ts";

it("shows what was given up in a span, and lets nothing else be selected", async () => {
  const hub = makeStandInHub();
  const span = signal(readSpan(""));
  const model = new DeadLettersModel(hub, span);
  const letter = (messageId: string, hoursAgo: number) => ({
    messageId,
    endedAt: new Date(Date.now() - hoursAgo * 3_600_000).toISOString(),
  });
  hub.take("/api/dead-letters").answer([letter("new", 1), letter("old", 5)]);
  await settle();
  const ids = () => model.letters.value.map(({ messageId }) => messageId);
  expect(ids()).toEqual(["new", "old"]);
  model.selectAll(true);
  expect([...model.selected.value]).toEqual(["new", "old"]);
  span.value = readSpan("2h");
  expect(ids()).toEqual(["new"]);
  expect([...model.selected.value]).toEqual(["new"]);
  const hour = (ago: number) => new Date(Date.now() - ago * 3_600_000).toISOString();
  span.value = readSpan(`${hour(6)}..${hour(4)}`);
  expect(ids()).toEqual(["old"]);
  model[Symbol.dispose]();
});
