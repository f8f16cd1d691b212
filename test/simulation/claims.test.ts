/**
 * L1 by seeds: sessions claim names and files, wait, release, change their ids, are killed, stay away too long, and the hub is
 * killed. After each step nobody holds what meets another's, tokens have only grown, and nobody waits for what is free.
 */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { type ClaimMode, namesMeet, readName } from "../../shared/claims.ts";
import { SeededRandom } from "../helpers/seeded-random.ts";
import { useClock } from "../helpers/workerd/clock.ts";
import { crash, crashExchange, freshIds, runAlarm, storeRows } from "../helpers/workerd/hub.ts";
import { TestClient } from "../helpers/workerd/test-client.ts";
import { draw } from "./parts.ts";

const settings = env as { CC2CC_SIMULATION_SEEDS?: string };
const SEEDS = settings.CC2CC_SIMULATION_SEEDS?.split(",").map(Number) ?? [1, 2, 3];
const STEPS = 60;
const SESSIONS = 4;
/** C8: held over all ids that a session has had. */
const SECRET = "the-secret-of-one-who-claims";

interface Held {
  name: string;
  token: number;
  holder: number;
  mode: ClaimMode;
}

class Run {
  readonly #random: SeededRandom;
  readonly #clock: { advance(ms: number): void };
  readonly #partial = freshIds().partial;
  readonly #names: readonly string[];
  readonly #clients: (TestClient | undefined)[] = [];
  readonly #ids: string[] = [];
  #lastId = 0;
  /** The largest token that was seen of each name, and whose it was. */
  readonly #tokens = new Map<string, { token: number; holder: number }>();
  grants = 0;

  constructor(seed: number, clock: { advance(ms: number): void }) {
    this.#random = new SeededRandom(seed);
    this.#clock = clock;
    const own = crypto.randomUUID();
    const file = (glob: string) => `file:${own}:main:${glob}`;
    this.#names = [`deploy ${own}`, `schema ${own}`, file("src/**"), file("src/a.ts"), file("docs/*")];
  }

  async begin(): Promise<void> {
    for (let n = 0; n < SESSIONS; n++) {
      this.#ids.push(this.#newId());
      await this.#connect(n);
    }
  }

  async step(): Promise<void> {
    const random = this.#random;
    const n = random.int(0, SESSIONS - 1);
    const action = draw<() => Promise<void>>(random, [
      [40, () => this.#claim(n)],
      [20, () => this.#release(n)],
      [8, () => this.#changeSession(n)],
      [8, () => this.#leave(n)],
      [10, () => this.#connect(n)],
      [4, crashExchange],
      [4, () => this.#crash()],
      [6, () => this.#pass()],
    ]);
    await action();
    await this.#check();
  }

  async #claim(n: number): Promise<void> {
    const random = this.#random;
    const names = [random.pick(this.#names), random.pick(this.#names)].slice(0, random.int(1, 2));
    const mode = random.chance(0.3) ? "shared" : "exclusive";
    const reply = await this.#clients[n]?.ask({
      action: "claim",
      names,
      mode,
      wait: random.chance(0.6),
      ttlSeconds: 300,
    });
    if (reply !== undefined && "granted" in reply && reply.granted === true) this.grants++;
  }

  async #release(n: number): Promise<void> {
    const names = this.#random.chance(0.5) ? undefined : [this.#random.pick(this.#names)];
    await this.#clients[n]?.ask({ action: "release", names });
  }

  async #changeSession(n: number): Promise<void> {
    const id = this.#newId();
    const reply = await this.#clients[n]?.ask({ action: "session_update", newInstanceId: id });
    if (reply !== undefined && reply.code === undefined) this.#ids[n] = id;
  }

  async #connect(n: number): Promise<void> {
    this.#clients[n] ??= await TestClient.connect(this.#ids[n] as string, { identity: `${SECRET}-${n}` });
  }

  async #leave(n: number): Promise<void> {
    await this.#clients[n]?.close();
    this.#clients[n] = undefined;
  }

  async #crash(): Promise<void> {
    await crash();
    this.#clients.fill(undefined);
    for (let n = 0; n < SESSIONS; n++) if (this.#random.chance(0.7)) await this.#connect(n);
  }

  async #pass(): Promise<void> {
    this.#clock.advance(this.#random.pick([60_000, 125_000, 301_000]));
    await runAlarm();
  }

  #newId(): string {
    return `${this.#partial}/s${++this.#lastId}`;
  }

  async #check(): Promise<void> {
    const held = (await rowsOf("claims")).filter(({ name }) => this.#names.includes(name));
    for (const [index, a] of held.entries()) {
      const met = held.slice(index + 1).find((b) => a.holder !== b.holder && isAgainst(a, b) && meet(a.name, b.name));
      expect(met, `${a.holder} holds ${a.name}`).toBeUndefined();
      this.#checkToken(a);
    }
    await this.#checkWaits(held);
  }

  #checkToken({ name, token, holder }: Held): void {
    const last = this.#tokens.get(name);
    if (last !== undefined && last.token > token) expect(last.holder, "a smaller token than before").not.toBe(holder);
    if (last === undefined || last.token < token) this.#tokens.set(name, { token, holder });
  }

  /** Each that waits has somebody in its way: a holder, or one who waits before it. */
  async #checkWaits(held: readonly Held[]): Promise<void> {
    const rows = await storeRows<{ number: number; holder: number; names: string; is_exclusive: number }>(
      "SELECT number, holder, names, is_exclusive FROM claim_waits ORDER BY number",
    );
    const waits = rows.map((row) => ({ ...row, list: JSON.parse(row.names) as string[], mode: modeOf(row) }));
    for (const [index, wait] of waits.entries()) {
      if (!wait.list.every((name) => this.#names.includes(name))) continue;
      const ahead = waits
        .slice(0, index)
        .flatMap(({ list, holder, mode }) => list.map((name) => ({ name, holder, mode })));
      const isBlocked = [...held, ...ahead].some(
        (other) =>
          other.holder !== wait.holder && isAgainst(other, wait) && wait.list.some((name) => meet(name, other.name)),
      );
      expect(isBlocked, `${wait.holder} waits for ${wait.names}`).toBe(true);
    }
  }
}

const meet = (a: string, b: string) => namesMeet(readName(a), readName(b));
const modeOf = (row: { is_exclusive: number }): ClaimMode => (row.is_exclusive === 1 ? "exclusive" : "shared");

function isAgainst(a: { mode: ClaimMode }, b: { mode: ClaimMode }): boolean {
  return a.mode === "exclusive" || b.mode === "exclusive";
}

async function rowsOf(table: "claims"): Promise<Held[]> {
  const rows = await storeRows<{ name: string; token: number; holder: number; is_exclusive: number }>(
    `SELECT name, token, holder, is_exclusive FROM ${table}`,
  );
  return rows.map((row) => ({ name: row.name, token: row.token, holder: row.holder, mode: modeOf(row) }));
}

it.each(SEEDS)(
  "[L1] no two hold what meets, tokens grow, and nobody waits for what is free; seed %i",
  async (seed) => {
    const run = new Run(seed, useClock());
    await run.begin();
    for (let n = 0; n < STEPS; n++) await run.step();
    // A run in which nobody got anything would prove nothing.
    expect(run.grants).toBeGreaterThan(0);
  },
  60_000,
);
