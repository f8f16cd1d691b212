/** From the start of the launcher until it says that the hub is healthy, with nothing to build. */
import type { Figure } from "./figures.ts";
import type { Context } from "./part.ts";
import { medianOf } from "./percentiles.ts";

const ROUNDS = 5;

export async function measureStartUp({ startHub }: Context): Promise<Figure[]> {
  const tookMs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    const hub = await startHub();
    tookMs.push(performance.now() - startedAt);
    await hub.stop();
  }
  return [
    {
      name: "start of the launcher → healthy",
      value: medianOf(tookMs),
      unit: "ms",
      target: { of: "value", is: "at most", bound: 1_000 },
    },
  ];
}
