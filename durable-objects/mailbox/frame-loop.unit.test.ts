import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Connection } from "./connection.ts";
import { FrameLoop } from "./frame-loop.ts";
import { TokenBucket } from "./rate-limit.ts";

const SEND = JSON.stringify({ action: "send_message", to: "b@h:p/1", type: "task", content: "x" });
const RUN_TAKES_MS = 10;
const connection = Connection.relayed({ isOpen: true, pingedAt: null, send() {}, close() {} }, 1, 2, 0);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A loop, and the sizes of the runs that it begins. */
function makeLoop() {
  const runs: number[] = [];
  const loop = new FrameLoop(new TokenBucket(1_000, 1_000, undefined), {
    ack: () => null,
    send: (sends) => {
      runs.push(sends.length);
      return new Promise((resolve) => setTimeout(resolve, RUN_TAKES_MS));
    },
    publish: async () => {},
    run: async () => {},
  });
  const take = (...texts: string[]) => {
    for (const text of texts) void loop.take(connection, text, Date.now());
  };
  return { runs, take, stopGathering: () => loop.stopGathering() };
}

/** The same when a run of one and one of what collected behind it, which waited for an answer to the first, have just ended. */
async function makeBusyLoop(count: number) {
  const loop = makeLoop();
  loop.take(SEND, ...new Array<string>(count).fill(SEND));
  await vi.advanceTimersByTimeAsync(3 * RUN_TAKES_MS);
  return loop;
}

it("lets a frame that comes alone wait for nothing", async () => {
  const { runs, take } = makeLoop();
  take(SEND);
  await vi.advanceTimersByTimeAsync(0);
  expect(runs).toEqual([1]);
});

it("gathers what single texts bring in answer to a run", async () => {
  const { runs, take } = await makeBusyLoop(8);
  for (let n = 0; n < 8; n++) {
    take(SEND);
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(runs).toEqual([1, 8, 8]);
});

it("gathers what came during a run with what comes in answer to it", async () => {
  const { runs, take } = await makeBusyLoop(8);
  take(...new Array<string>(8).fill(SEND));
  await vi.advanceTimersByTimeAsync(0);
  take(SEND, SEND, SEND);
  await vi.advanceTimersByTimeAsync(RUN_TAKES_MS);
  expect(runs).toEqual([1, 8, 8]);
  take(...new Array<string>(8).fill(SEND));
  await vi.advanceTimersByTimeAsync(0);
  expect(runs).toEqual([1, 8, 8, 11]);
});

it("goes on with less when no more comes for as long as the run took", async () => {
  const { runs, take } = await makeBusyLoop(8);
  take(SEND, SEND);
  await vi.advanceTimersByTimeAsync(RUN_TAKES_MS - 1);
  expect(runs).toEqual([1, 8]);
  await vi.advanceTimersByTimeAsync(1);
  expect(runs).toEqual([1, 8, 2]);
});

it("waits for nothing behind a text of several frames, nor after a pause", async () => {
  const { runs, take } = await makeBusyLoop(8);
  take(`[${SEND},${SEND}]`);
  await vi.advanceTimersByTimeAsync(0);
  expect(runs).toEqual([1, 8, 2]);
  await vi.advanceTimersByTimeAsync(1_000);
  take(SEND);
  await vi.advanceTimersByTimeAsync(0);
  expect(runs).toEqual([1, 8, 2, 1]);
});

it("waits no more when the client has gone", async () => {
  const { runs, take, stopGathering } = await makeBusyLoop(8);
  take(SEND, SEND);
  stopGathering();
  await vi.advanceTimersByTimeAsync(0);
  expect(runs).toEqual([1, 8, 2]);
});
