/** What every simulation needs: to ask on a link that may end, to draw what happens next, ids that a seed fixes. */
import type { ClientFrameInput } from "../../shared/protocol.ts";
import type { SeededRandom } from "../helpers/seeded-random.ts";
import type { Reply, TestClient } from "../helpers/workerd/test-client.ts";

/** Does something, and says what. */
export type Action = (random: SeededRandom) => Promise<string>;

/** The reply, or undefined when the link ends before it comes. */
export async function askOn(client: TestClient, frame: ClientFrameInput): Promise<Reply | undefined> {
  if (!client.canSend) return undefined;
  const asking = client.ask(frame);
  asking.catch(() => undefined);
  return Promise.race([asking, client.onClosed.then(() => undefined)]);
}

export function draw<T>(random: SeededRandom, weighted: readonly (readonly [number, T])[]): T {
  let rest = random.next() * weighted.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, action] of weighted) {
    rest -= weight;
    if (rest < 0) return action;
  }
  return (weighted.at(-1) as readonly [number, T])[1];
}

/**
 * Some sort by time, some do not, as clients may bring them (M3). `mark` is a digit of the simulation's own: others draw from the
 * same seeds, and a hub takes an id only once.
 */
export function uuidOf(random: SeededRandom, mark: "0" | "1" | "2"): string {
  const hex = Array.from({ length: 32 }, () => random.int(0, 15).toString(16)).join("");
  const time = random.chance(0.5) ? Date.now().toString(16).padStart(12, "0") : hex.slice(0, 12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${mark}${hex.slice(21)}`;
}

export function short(instanceId: string): string {
  return instanceId.slice(instanceId.lastIndexOf("/") + 1);
}
