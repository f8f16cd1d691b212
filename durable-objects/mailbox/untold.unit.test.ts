import { describe, expect, it } from "vitest";
import { Untold } from "./untold.ts";

function makeStore(since: number | null = null) {
  const store = { since, writes: 0 };
  return {
    store,
    untoldSince: () => store.since,
    setUntoldSince: (at: number | null) => {
      store.since = at;
      store.writes++;
    },
  };
}

describe("untold", () => {
  it("puts the first change on disk with it, and takes it away after a pause", () => {
    const disk = makeStore();
    const untold = new Untold(disk);
    untold.save();
    expect(disk.store.writes).toBe(0);
    untold.note(100);
    untold.note(105);
    untold.save();
    untold.hand(110);
    expect(disk.store.since).toBe(100);
    untold.settle();
    expect(untold.isSettled).toBe(false);
    untold.heard(110, false);
    untold.settle();
    expect([disk.store.since, untold.isSettled]).toEqual([null, true]);
  });

  it("follows from afar under load", () => {
    const disk = makeStore();
    const untold = new Untold(disk);
    for (let at = 0; at <= 60_000; at += 100) {
      untold.note(at);
      untold.save();
      untold.hand(at);
      if (at >= 200) untold.heard(at - 200, true);
    }
    expect(disk.store.since).toBeGreaterThan(45_000);
    expect(disk.store.writes).toBeLessThan(10);
  });

  it("keeps the time while a later batch is under way", () => {
    const untold = new Untold(makeStore());
    untold.note(100);
    untold.hand(110);
    untold.note(120);
    untold.hand(130);
    untold.heard(110, false);
    expect(untold.since).toBe(110);
    untold.heard(130, false);
    expect(untold.since).toBeNull();
  });

  it("goes on from before a crash or a lost call until everything was told again", () => {
    const untold = new Untold(makeStore(50));
    untold.note(100);
    untold.hand(100);
    untold.heard(100, false);
    expect(untold.since).toBe(50);
    untold.repeat(120, false);
    expect(untold.since).toBeNull();
    untold.note(200);
    untold.lose();
    untold.heard(210, false);
    expect(untold.since).toBe(200);
  });
});
