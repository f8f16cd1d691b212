/** What waited for someone who was away: from the first byte of the new connection to the last message. */
import { until } from "../client.ts";
import { medianOf } from "../percentiles.ts";
import { keyOf, type System } from "./system.ts";

const WAITING = 1_000;
const ROUNDS = 5;

export async function measureWaiting(system: System): Promise<number> {
  let accepted = 0;
  const onAccepted = (count: number) => {
    accepted += count;
  };
  const sender = await system.connect(0, { onAccepted });
  const times: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    await (await system.connect(round)).close();
    accepted = 0;
    for (let i = 0; i < WAITING; i++) sender.send(round, keyOf(i));
    await until("the queue to be filled", () => accepted === WAITING);
    let received = 0;
    const startedAt = performance.now();
    let lastAt = startedAt;
    const reader = await system.connect(round, {
      onDelivered(keys) {
        received += keys.length;
        lastAt = performance.now();
      },
    });
    await until("the queue to be empty", () => received >= WAITING);
    times.push(lastAt - startedAt);
    await reader.close();
  }
  return medianOf(times);
}
