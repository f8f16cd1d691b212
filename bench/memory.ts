/** Resident memory of workerd with idle connections. */
import { setTimeout as sleep } from "node:timers/promises";
import { Client, instanceId } from "./client.ts";
import type { Figure } from "./figures.ts";
import type { Context } from "./part.ts";
import { residentMemoryOf } from "./process-stats.ts";

const CONNECTION_COUNTS = [0, 100, 1_000];
const TARGET = { of: "value", is: "at most", bound: 350 } as const;
/** Connections are opened so many at a time. */
const AT_ONCE = 50;
/** Less than the 10 s after which workerd lets an idle object hibernate: what it takes before is what counts. */
const SETTLE_MS = 3_000;

export async function measureMemory({ startHub }: Context): Promise<Figure[]> {
  const hub = await startHub();
  const figures: Figure[] = [];
  const clients: Client[] = [];
  for (const count of CONNECTION_COUNTS) {
    while (clients.length < count) {
      const ids = Array.from({ length: Math.min(AT_ONCE, count - clients.length) }, (_, n) =>
        instanceId(clients.length + n),
      );
      clients.push(...(await Promise.all(ids.map((id) => Client.connect(hub, id)))));
    }
    await sleep(SETTLE_MS);
    figures.push({
      name: `memory of workerd, ${count} idle connections`,
      value: residentMemoryOf(hub.workerdPid),
      unit: "MiB",
      ...(count === 1_000 ? { target: TARGET } : {}),
    });
  }
  await hub.stop();
  return figures;
}
