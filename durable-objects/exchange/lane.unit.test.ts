import { beforeEach, expect, it, vi } from "vitest";
import type { LoggedParcel } from "../parcels.ts";
import type { VerdictColumns } from "../rpc.ts";
import type { StateGroup } from "../states.ts";
import { Lane, type LaneItem } from "./lane.ts";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

interface Call {
  bodies: string[];
  receipts: StateGroup[];
  answer(): void;
  fail(): void;
}

/** A lane to a mailbox that answers when the test says so. */
function openLane() {
  const calls: Call[] = [];
  const handed: string[][] = [];
  const waits: number[] = [];
  const lane = new Lane("u@h:p/t", {
    apply: (items, receipts) =>
      new Promise<VerdictColumns>((resolve, reject) => {
        calls.push({
          bodies: items.map((item) => item.parcel.body),
          receipts: [...receipts],
          answer: () => resolve({ deliveredAt: items.map(() => 0), isQueued: items.map(() => true), special: [] }),
          fail: () => reject(new Error("gone")),
        });
      }),
    onVerdicts: (items) => handed.push(items.map((item) => item.parcel.body)),
    wait: async (ms) => void waits.push(ms),
  });
  return { lane, calls, handed, waits };
}

function item(body: string): LaneItem {
  const parcel: LoggedParcel = { to: "u@h:p/t", body, bytes: body.length, expiresAt: 0, position: 1, acceptedAt: 0 };
  return { parcel, isShared: false, waiter: null };
}

function receipt(ids: string): StateGroup {
  return { state: "acked", at: 1, instanceId: "u@h:p/r", ids };
}

/** Lets everything that waits for promises run. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

it("has one batch under way; what comes meanwhile goes together with the next, in order", async () => {
  const { lane, calls, handed } = openLane();
  lane.push([item("a")]);
  lane.push([item("b")]);
  lane.push([item("c"), item("d")]);
  expect(calls.map((call) => call.bodies)).toEqual([["a"]]);
  calls[0]?.answer();
  await settle();
  expect(calls.map((call) => call.bodies)).toEqual([["a"], ["b", "c", "d"]]);
  expect(lane.isIdle).toBe(false);
  calls[1]?.answer();
  await settle();
  expect(handed).toEqual([["a"], ["b", "c", "d"]]);
  expect(lane.isIdle).toBe(true);
});

it("tries again, later each time, until the mailbox has it, and lets nothing overtake", async () => {
  const { lane, calls, handed, waits } = openLane();
  lane.push([item("a")]);
  for (let i = 0; i < 10; i++) {
    calls[i]?.fail();
    await settle();
  }
  lane.push([item("b")]);
  expect(waits).toEqual([50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  expect(handed).toEqual([]);
  calls[10]?.answer();
  await settle();
  calls[11]?.answer();
  await settle();
  expect(handed).toEqual([["a"], ["b"]]);
});

it("splits what is more than a batch carries, by count and by length", async () => {
  const { lane, calls } = openLane();
  lane.push(Array.from({ length: 1_001 }, (_, i) => item(String(i))));
  lane.push([item("x".repeat(3_000_000)), item("y".repeat(3_000_000)), item("z".repeat(5_000_000)), item("end")]);
  for (let i = 0; i < 5; i++) {
    calls[i]?.answer();
    await settle();
  }
  expect(calls.map((call) => call.bodies.length)).toEqual([1_000, 2, 1, 1, 1]);
  expect(calls[1]?.bodies[0]).toBe("1000");
});

it("takes receipts along with a batch, or alone when told to", async () => {
  const { lane, calls } = openLane();
  lane.addReceipts([receipt("1")], 0);
  expect([calls.length, lane.hasReceipts]).toEqual([0, true]);
  lane.push([item("a")]);
  expect([calls[0]?.receipts, lane.hasReceipts]).toEqual([[receipt("1")], false]);
  calls[0]?.answer();
  await settle();
  lane.addReceipts([receipt("2")], 0);
  lane.run();
  expect([calls[1]?.bodies, calls[1]?.receipts]).toEqual([[], [receipt("2")]]);
});

it("does not try again for receipts alone: they are for a live socket", async () => {
  const { lane, calls, waits } = openLane();
  lane.addReceipts([receipt("1")], 0);
  lane.run();
  calls[0]?.fail();
  await settle();
  expect([calls.length, waits.length, lane.isIdle]).toEqual([1, 0, true]);
});
