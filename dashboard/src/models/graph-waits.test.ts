import { expect, it } from "vitest";
import { waitArrowsOf } from "./graph-waits.ts";
import { type OpenQuestion, waitsOf } from "./waits.ts";

it("points from who waits to who owes, by age, and says what is in a ring", () => {
  const now = Date.parse("2026-11-22T12:00:00.000Z");
  const asked = (from: string, to: string, minutes: number): OpenQuestion => {
    const at = new Date(now - minutes * 60_000).toISOString();
    return { messageId: `${from}${to}${minutes}`, from, to, title: "?", at };
  };
  const [ana, ben, cy] = ["ana@desk:web/1", "ben@desk:web/1", "cy@desk:web/1"];
  const role = { state: "submitted", role: "reviewer", requester: ana, openedAt: "2026-11-22T11:00:00.000Z" } as const;
  const waiting = { ...role, taskId: "t", title: "t", changedAt: role.openedAt };
  const waits = waitsOf([waiting], [asked(ana, ben, 200), asked(ben, ana, 3), asked(ana, cy, 40), asked(ana, cy, 1)]);
  expect(waitArrowsOf(waits, now)).toMatchObject([
    { from: ana, to: ben, age: 3, isInRing: true, count: 1 },
    { from: ana, to: cy, age: 2, isInRing: false, count: 2 },
    { from: ben, to: ana, age: 0, isInRing: true, count: 1 },
  ]);
  expect(waitArrowsOf(waits, now)).toHaveLength(3);
});
