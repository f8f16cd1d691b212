import { expect, it } from "vitest";
import { isDeadLetter, isOpen, STATE_NAMES, State, TRANSITIONS, transition } from "./delivery-state.ts";

it("[Q4] moves an acked message to seen and nowhere else", () => {
  const names = Object.keys(TRANSITIONS) as (keyof typeof TRANSITIONS)[];
  expect(names.filter((name) => transition(State.acked, name) !== null)).toEqual(["see"]);
  expect(transition(State.acked, "see")).toBe(State.seen);
  expect(names.filter((name) => transition(State.seen, name) !== null)).toEqual([]);
});

it("[Q6] makes dead letters of what is open, and lets these be retried or dropped", () => {
  for (const state of Object.values(State)) {
    expect(transition(state, "expire") !== null).toBe(isOpen(state));
    expect(transition(state, "retry") !== null).toBe(isDeadLetter(state));
  }
});

it("has a name of the protocol for every state", () => {
  expect(STATE_NAMES).toHaveLength(Object.keys(State).length);
});
