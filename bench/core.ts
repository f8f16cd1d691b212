/**
 * `npm run bench:core` measures the hub beside two bare hubs in the same run, taking turns, and prints the table of
 * docs/performance.md. `-- steady separate --rounds 5` runs some parts, more often; `--quick` shows only that it works;
 * `--skeleton` prints the table without figures.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildIfStale, DASHBOARD_BUNDLE, MAILBOX_BUNDLE, WORKER_BUNDLE } from "../host/bundles.ts";
import { startLinksHub, startPlainHub } from "./core/bare-systems.ts";
import { startHubSystem } from "./core/hub-system.ts";
import { CORE_PARTS, type CorePart, type Figures, type PartOptions } from "./core/parts.ts";
import type { System } from "./core/system.ts";
import { type Measured, renderCoreTable } from "./core/table.ts";
import { medianOf } from "./percentiles.ts";

const ROOT = join(import.meta.dirname, "..");
const STARTS: Readonly<Record<System["name"], () => Promise<System>>> = {
  hub: startHubSystem,
  links: startLinksHub,
  plain: startPlainHub,
};
const FULL: PartOptions = { seconds: 5, warmupSeconds: 1, idleClients: 1_000, rushClients: 2_000 };
const QUICK: PartOptions = { seconds: 1, warmupSeconds: 0.5, idleClients: 100, rushClients: 200 };

type Samples = Record<System["name"], Record<string, number[]>>;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "3" },
      quick: { type: "boolean", default: false },
      skeleton: { type: "boolean", default: false },
      systems: { type: "string", default: "hub,links,plain" },
    },
  });
  if (values.skeleton) return console.log(renderCoreTable({}));
  const unknown = positionals.filter((name) => !Object.hasOwn(CORE_PARTS, name));
  if (unknown.length > 0) {
    console.error(`no part is called ${unknown.join(", ")}: there are ${Object.keys(CORE_PARTS).join(", ")}`);
    process.exitCode = 1;
    return;
  }
  for (const bundle of [WORKER_BUNDLE, MAILBOX_BUNDLE, DASHBOARD_BUNDLE]) await buildIfStale(ROOT, bundle);
  const names = positionals.length > 0 ? positionals : Object.keys(CORE_PARTS);
  const systems = values.systems.split(",") as System["name"][];
  const rounds = values.quick ? 1 : Number(values.rounds);
  const samples = await measureAll(names, systems, rounds, values.quick ? QUICK : FULL);
  const measured: Measured = Object.fromEntries(
    Object.entries(samples).map(([system, figures]) => [
      system,
      Object.fromEntries(Object.entries(figures).map(([key, all]) => [key, medianOf(all)])),
    ]),
  );
  console.log(renderCoreTable(measured));
  const folder = join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, `core-${new Date().toISOString().replaceAll(":", "-")}.json`),
    JSON.stringify({ rounds, samples }, null, 2),
  );
}

/** Systems take turns within each part of each round, since machines drift. */
async function measureAll(
  names: readonly string[],
  systems: readonly System["name"][],
  rounds: number,
  options: PartOptions,
): Promise<Samples> {
  const samples: Samples = { hub: {}, links: {}, plain: {} };
  for (let round = 1; round <= rounds; round++) {
    for (const name of names) {
      for (const system of systems) {
        console.error(`round ${round}, ${name}: ${system} …`);
        const figures = await measureOne(CORE_PARTS[name] as CorePart, system, options);
        for (const [key, value] of Object.entries(figures)) {
          if (value !== undefined) samples[system][key] = [...(samples[system][key] ?? []), value];
        }
      }
    }
  }
  return samples;
}

/** A part that fails is told and left out: the others are not lost with it. */
async function measureOne(part: CorePart, name: System["name"], options: PartOptions): Promise<Figures> {
  const system = await STARTS[name]();
  try {
    return await part(system, options, (line) => console.error(line));
  } catch (error) {
    console.error(`  failed: ${error instanceof Error ? error.message : String(error)}`);
    return {};
  } finally {
    await system.stop();
  }
}

await main();
// Sockets to what was stopped may still be closing.
process.exit();
