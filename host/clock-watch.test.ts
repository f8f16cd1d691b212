import { expect, it } from "vitest";
import { ClockWatch } from "./clock-watch.ts";

/** A machine's clocks: `pass` lets time go by, `set` moves the clock on the wall. */
function makeClocks() {
  let [wall, steady] = [1_800_000_000_000, 5_000];
  return {
    clocks: { wall: () => wall, steady: () => steady },
    pass(ms: number) {
      wall += ms;
      steady += ms;
    },
    set(ms: number) {
      wall += ms;
    },
  };
}

it("says once by how much the clock was set back", () => {
  const { clocks, pass, set } = makeClocks();
  const watch = new ClockWatch(clocks);
  pass(60_000);
  expect(watch.look()).toBe(0);
  set(-3_600_000);
  pass(1_000);
  expect(watch.look()).toBe(3_600_000);
  pass(1_000);
  expect(watch.look()).toBe(0);
});

it("says nothing of a clock that is set ahead, and knows how far ahead it was when it is set back again", () => {
  const { clocks, pass, set } = makeClocks();
  const watch = new ClockWatch(clocks);
  set(3_600_000);
  pass(1_000);
  expect(watch.look()).toBe(0);
  set(-3_600_000);
  expect(watch.look()).toBe(3_600_000);
});

it("leaves small steps alone, and adds them up", () => {
  const { clocks, pass, set } = makeClocks();
  const watch = new ClockWatch(clocks);
  for (let i = 0; i < 3; i++) {
    set(-600);
    pass(1_000);
    expect(watch.look()).toBe(0);
  }
  set(-600);
  expect(watch.look()).toBe(2_400);
});
