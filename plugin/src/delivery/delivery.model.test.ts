import { describe, expect, it } from "vitest";
import { HostModel } from "../../../test/helpers/host-model.ts";
import { fc } from "../../../test/helpers/property.ts";
import { makeTempDir } from "../../../test/helpers/temp-dir.ts";
import { GRACE_MS } from "./overdue.ts";

type Step = (host: HostModel) => void;

const printed = fc.boolean();
/** What a hub, a host and its person do, in any order; with the name that a failing run prints. */
const step: fc.Arbitrary<[string, Step]> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 30 }).map((n): [string, Step] => [`send ${n}`, (h) => h.send(n)]) },
  { weight: 1, arbitrary: fc.constant<[string, Step]>(["send long", (h) => h.send(1, "x".repeat(20_000))]) },
  { weight: 4, arbitrary: printed.map((is): [string, Step] => [`prompt ${is}`, (h) => h.prompt(is)]) },
  { weight: 4, arbitrary: printed.map((is): [string, Step] => [`tool ${is}`, (h) => h.tool(is)]) },
  { weight: 3, arbitrary: printed.map((is): [string, Step] => [`stop ${is}`, (h) => h.stop(is)]) },
  { weight: 2, arbitrary: printed.map((is): [string, Step] => [`get ${is}`, (h) => h.getMessages(is)]) },
  { weight: 1, arbitrary: fc.constant<[string, Step]>(["interrupt", (h) => h.interrupt()]) },
  { weight: 1, arbitrary: fc.constant<[string, Step]>(["restart", (h) => h.restart()]) },
  { weight: 1, arbitrary: fc.constant<[string, Step]>(["clear", (h) => h.clear()]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("take" as const, "refuse" as const).map((policy): [string, Step] => [
      policy,
      (h) => {
        h.policy = policy;
      },
    ]),
  },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(100, 1_000, GRACE_MS, 30_000)
      .map((ms): [string, Step] => [`wait ${ms}`, (h) => h.wait(ms)]),
  },
);

/** Lets what was started and waits for nothing outside come to its end. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

async function play(steps: readonly [string, Step][]): Promise<HostModel> {
  const host = new HostModel(makeTempDir());
  for (const [, run] of steps) {
    run(host);
    await settle();
    expect(host.falselyAcked).toEqual([]);
    expect([...host.shown].filter(([, times]) => times > 1)).toEqual([]);
  }
  return host;
}

/** A host that does what it should, and a model that asks for what it was told of. */
async function recover(host: HostModel): Promise<void> {
  host.policy = "take";
  for (let round = 0; round < 80 && host.acked.size < host.sent; round++) {
    for (const run of [
      () => host.wait(GRACE_MS + 1),
      () => host.prompt(true),
      () => host.getMessages(false),
      () => host.getMessages(false),
      () => host.stop(true),
      () => host.stop(true),
      () => host.wait(30_001),
    ]) {
      run();
      await settle();
    }
  }
}

describe("whatever a host does with what it is given", () => {
  it("acks nothing that no transcript showed, shows nothing twice, and loses nothing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const host = await play(steps);
        await recover(host);
        expect([host.acked.size, host.falselyAcked]).toEqual([host.sent, []]);
        expect([...host.shown].filter(([, times]) => times > 1)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
