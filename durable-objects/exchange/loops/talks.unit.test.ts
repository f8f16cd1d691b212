/** G1: what is remembered of who spoke with whom, and what is not. */
import { expect, it } from "vitest";
import { LOOP_SILENCE_MS, LOOP_TALKS_MAX } from "../../../shared/limits.ts";
import { RecentMap } from "./recent-map.ts";
import { Talks } from "./talks.ts";

it("keeps at least the newest half of what it may hold, and tells of what goes", () => {
  const gone: number[] = [];
  const map = new RecentMap<number, string>(10, (key) => gone.push(key));
  for (let n = 0; n < 100; n++) map.set(n, "x");
  for (let n = 95; n < 100; n++) expect(map.get(n)).toBe("x");
  expect(map.get(0)).toBeUndefined();
  const kept = Array.from({ length: 100 }, (_, n) => n).filter((n) => map.get(n) !== undefined);
  expect(kept.length).toBeLessThanOrEqual(10);
  expect([...gone, ...kept].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  map.delete(99);
  expect([map.get(99), gone.at(-1)]).toEqual([undefined, 99]);
});

it("[G1] counts turns of a pair, whoever begins, and forgets them after an hour of silence", () => {
  const talks = new Talks();
  for (const [from, to] of [
    [1, 2],
    [1, 2],
    [2, 1],
    [1, 2],
  ] as const) {
    talks.notePair(from, to, 0);
  }
  expect(talks.pair(2, 1, LOOP_SILENCE_MS - 1)?.turns).toBe(3);
  expect(talks.pair(2, 1, LOOP_SILENCE_MS)).toBeUndefined();
});

it("[G1] knows a pair under the next id of one of them, and the old id is in none", () => {
  const talks = new Talks();
  talks.notePair(1, 2, 0);
  talks.notePair(2, 1, 0);
  talks.move(2, 9);
  expect(talks.pair(1, 9, 0)).toMatchObject({ turns: 2, last: 9 });
  expect(talks.pair(1, 2, 0)).toBeUndefined();
  talks.move(9, 2);
  expect(talks.pair(1, 2, 0)).toMatchObject({ turns: 2, last: 2 });
});

it("[G1] remembers no more pairs than it may, however many there are", () => {
  const talks = new Talks();
  for (let n = 0; n < LOOP_TALKS_MAX * 3; n++) talks.notePair(0, n + 1, 0);
  const known = Array.from({ length: LOOP_TALKS_MAX * 3 }, (_, n) => talks.pair(0, n + 1, 0)).filter(Boolean).length;
  expect(known).toBeLessThanOrEqual(LOOP_TALKS_MAX);
  expect(known).toBeGreaterThanOrEqual(LOOP_TALKS_MAX / 2);
});
