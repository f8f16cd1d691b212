import { expect, it } from "vitest";
import { makeRecord } from "../test-kit/stand-in-hub.ts";
import { describeProgress, isDone, progressOf, progressOfPage } from "./fan-out-words.ts";

const REACHED = { delivered: 0, acked: 0, seen: 0, ended: 0 };
const progress = (total: number | undefined, answered: number, reached: object | undefined = {}) => ({
  total,
  answered,
  reached: { ...REACHED, ...reached },
});

it("says how many answered where answers are wanted, and how far the others are", () => {
  expect(describeProgress(progress(24, 3, { delivered: 20, acked: 10, seen: 6 }), "task")).toBe(
    "3 of 24 answered, 6 seen",
  );
  expect(describeProgress(progress(5, 5, { delivered: 5, acked: 5, seen: 5 }), "task")).toBe("5 of 5 answered");
  expect(describeProgress(progress(5, 0, { delivered: 2, ended: 1 }), "question")).toBe(
    "0 of 5 answered, 2 delivered, 1 given up",
  );
});

it("says how far it got where none is wanted", () => {
  expect(describeProgress(progress(5, 0, { delivered: 4, acked: 2 }), "result")).toBe("2 of 5 taken");
  expect(describeProgress(progress(5, 1, { delivered: 4, acked: 2 }), "result")).toBe("1 of 5 answered, 2 taken");
});

it("[S5] says no more than is kept of what was only written to who was there", () => {
  const live = { total: 2, answered: 0, reached: undefined };
  expect(describeProgress(live, "ping")).toBe("for 2");
  expect(describeProgress(live, "question")).toBe("0 of 2 answered");
  expect(describeProgress({ ...live, total: undefined }, "ping")).toBe("");
  expect(describeProgress({ ...live, total: undefined, answered: 1 }, "ping")).toBe("1 answered");
  expect(describeProgress({ ...live, total: 0 }, "ping")).toBe("for nobody");
  const tally = { ...REACHED, answered: 1 };
  const answer = { instanceId: "a@b:c/1", messageId: "x", answeredAt: "2026-11-22T12:00:00.000Z" };
  expect(progressOfPage({ messageId: "w", tally, items: [answer] }).reached).toBeUndefined();
  expect(progressOfPage({ messageId: "w", tally, items: [{ ...answer, state: "acked" }] }).reached).toEqual(REACHED);
});

it("knows of copies on the page what they tell themselves, and of one alone nothing", () => {
  const at = "2026-11-22T12:00:00.000Z";
  const copies = [
    makeRecord(1, {
      state: "seen",
      history: [
        { state: "delivered", at },
        { state: "seen", at },
      ],
      answeredAt: at,
    }),
    makeRecord(2, { state: "expired", history: [{ state: "expired", at }] }),
  ];
  const [first = makeRecord(1)] = copies;
  expect(progressOf(first, copies)).toEqual({
    total: 2,
    answered: 1,
    reached: { delivered: 1, acked: 1, seen: 1, ended: 1 },
  });
  expect(progressOf(first, [first])).toBeUndefined();
});

it("misses an answer where one is wanted, and otherwise only that it is taken", () => {
  const recipient = { instanceId: "a@b:c/1", messageId: "x", state: "acked" as const };
  expect(isDone(recipient, "task")).toBe(false);
  expect(isDone(recipient, "ping")).toBe(true);
  expect(isDone({ ...recipient, state: "delivered" }, "ping")).toBe(false);
  expect(isDone({ ...recipient, answeredAt: "2026-11-22T12:00:00.000Z" }, "task")).toBe(true);
});
