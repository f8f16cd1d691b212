import { expect, it } from "vitest";
import { makeRecord } from "../test-kit/stand-in-hub.ts";
import { groupFanOuts, isRoleCopy } from "./fan-out-groups.ts";

const SENT = { from: "ana@desk:web/1", role: "reviewer", timestamp: "2026-11-22T12:00:00.000Z", content: "review" };
const copy = (n: number, changes = {}) => ({
  ...makeRecord(n, { ...SENT, ...changes }),
  messageId: `00000000-0000-5000-8000-${String(n).padStart(12, "0")}`,
});
const group = (items: ReturnType<typeof copy>[]) => {
  const { heads, membersOf } = groupFanOuts(items, (item) => item);
  return heads.map((head) => (membersOf.get(head) ?? [head]).map((item) => items.indexOf(item)));
};

it("[M3] puts the copies of one message for a role together, also where something stands between them", () => {
  const other = makeRecord(3);
  expect(group([copy(1), copy(2), other, copy(4)])).toEqual([[0, 1, 3], [2]]);
});

it.each([
  ["another sender", { from: "ben@desk:web/1" }],
  ["another role", { role: "builder" }],
  ["another moment", { timestamp: "2026-11-22T12:00:00.001Z" }],
  ["another type", { type: "question" }],
  ["another text", { content: "review this too" }],
])("keeps apart what came from %s", (_what, changes) => {
  expect(group([copy(1), copy(2, changes), copy(3)])).toEqual([[0, 2], [1]]);
});

it("[T3] leaves a task for any one of a role alone, which has no copies", () => {
  const forAny = makeRecord(1, SENT);
  expect(isRoleCopy(forAny)).toBe(false);
  expect(group([forAny, makeRecord(2, SENT)])).toEqual([[0], [1]]);
});

it("gives back what it got where nothing belongs together, so that no list is drawn anew", () => {
  const items = [makeRecord(1), copy(2), makeRecord(3)];
  expect(groupFanOuts(items, (item) => item).heads).toBe(items);
});
