import { expect, it } from "vitest";
import { Batcher } from "./batcher.ts";

/** workerd's scheduler, as far as it is used here. */
let waits = 0;
const wait = (ms: number) => {
  waits++;
  return new Promise((resolve) => setTimeout(resolve, ms));
};
Object.assign(globalThis, { scheduler: { wait } });

function makeBatcher(patienceMs = 0) {
  const batches: number[][] = [];
  const ends: (() => void)[] = [];
  const batcher = new Batcher<number>({
    patienceMs,
    work: (items) => {
      batches.push(items);
      return new Promise((resolve) => ends.push(resolve));
    },
  });
  const end = () => ends.shift()?.();
  return { batcher, batches, end };
}

it("does the first at once, and what comes meanwhile as the next batch", async () => {
  const { batcher, batches, end } = makeBatcher();
  for (const item of [1, 2, 3]) batcher.add(item);
  expect(batches).toEqual([[1]]);
  end();
  await expect.poll(() => batches).toEqual([[1], [2, 3]]);
  batcher.add(4);
  end();
  await expect.poll(() => batches).toEqual([[1], [2, 3], [4]]);
});

it("lets what is for later wait for what is in a hurry, or for its patience to end", async () => {
  const { batcher, batches, end } = makeBatcher(5);
  batcher.add(1, "later");
  expect(batches).toEqual([]);
  batcher.add(2);
  expect(batches).toEqual([[1, 2]]);
  end();
  batcher.add(3, "later");
  await expect.poll(() => batches).toEqual([[1, 2], [3]]);
});

it("lets what is for later wait behind a batch, too", async () => {
  const { batcher, batches, end } = makeBatcher(5);
  batcher.add(1);
  batcher.add(2, "later");
  end();
  await Promise.resolve();
  expect(batches).toEqual([[1]]);
  await expect.poll(() => batches).toEqual([[1], [2]]);
});

it("gathers for a turn behind a batch with several that are in a hurry, and behind no other", async () => {
  const { batcher, batches, end } = makeBatcher(5);
  const waitsBefore = waits;
  batcher.add(1, "later");
  batcher.add(2, "later");
  batcher.add(3);
  batcher.add(4);
  batcher.add(5);
  end();
  await expect
    .poll(() => batches)
    .toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  expect(waits).toBe(waitsBefore);
  batcher.add(6);
  end();
  await expect.poll(() => batches.length).toBe(3);
  expect(waits).toBe(waitsBefore + 1);
});

it("gathers for a turn behind a batch of many, and after a few batches that followed each other without one", async () => {
  const { batcher, batches, end } = makeBatcher(5);
  const waitsBefore = waits;
  for (const item of [1, 2, 3, 4]) batcher.add(item, "later");
  batcher.add(5);
  end();
  await Promise.resolve();
  batcher.add(6);
  await expect.poll(() => batches.length).toBe(2);
  expect(waits).toBe(waitsBefore + 1);
  for (let n = 0; n < 4; n++) {
    end();
    await expect.poll(() => waits).toBe(waitsBefore + 1);
    batcher.add(n);
    await expect.poll(() => batches.length).toBe(3 + n);
  }
  expect(waits).toBe(waitsBefore + 2);
});

it("gathers what is wanted soon over a turn", async () => {
  const { batcher, batches } = makeBatcher();
  batcher.add(1, "soon");
  batcher.add(2, "soon");
  expect(batches).toEqual([]);
  await expect.poll(() => batches).toEqual([[1, 2]]);
});
