/** What `npm run demo` is told, and what it finds by itself. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readKeys } from "../host/key-file.ts";
import { readSettings } from "../host/settings.ts";
import type { SessionInfo } from "../shared/keys.ts";
import { DemoProblem } from "./demo-problem.ts";
import type { HubAddress } from "./member.ts";

export const USAGE = `npm run demo -- [options]

Fills a running hub with what a small team of Claude Code sessions says to one another: first a minute of
stories, then small talk until Ctrl-C.

  --once         leave after the minute
  --speed N      N times as fast, 1 by default
  --seed N       other chance, other session ids; 1 by default
  --url URL      the hub, http://localhost:3100 by default (or CC2CC_HUB_URL)
  --key KEY      its key; better in CC2CC_API_KEY, where other users of this machine do not see it. Without
                 either, that of the data folder (CC2CC_DATA_DIR, ~/.cc2cc by default)`;

export interface DemoOptions {
  hub: HubAddress;
  isOnce: boolean;
  speed: number;
  seed: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined when only help is wanted. Throws a DemoProblem for what it does not understand, and without a key. */
export function readOptions(args: readonly string[], env: Environment, home: string): DemoOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const settings = readSettings(env, home);
  const url = values.url ?? env.CC2CC_HUB_URL ?? `${settings.tls ? "https" : "http"}://localhost:${settings.hubPort}`;
  const key = values.key ?? env.CC2CC_API_KEY ?? settings.keys[0] ?? readKeyFile(settings.dataDir);
  return {
    hub: { url: readUrl(url), key },
    isOnce: values.once ?? false,
    speed: readNumber("--speed", values.speed ?? "1", 0.01),
    seed: Math.floor(readNumber("--seed", values.seed ?? "1", 0)),
  };
}

/** Throws a DemoProblem unless a hub answers and takes the key for a member. */
export async function checkHub({ url, key }: HubAddress): Promise<void> {
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/api/session`, { headers, signal: AbortSignal.timeout(5_000) }).catch(
    (error: unknown) => {
      throw new DemoProblem(describeFailure(url, error));
    },
  );
  if (response.status === 401) {
    throw new DemoProblem(`the hub at ${url} does not take this key: set CC2CC_API_KEY to one that it takes.`);
  }
  if (!response.ok) throw new DemoProblem(`${url} answers HTTP ${response.status} and not as a hub does.`);
  const session = (await response.json()) as SessionInfo;
  if (session.scope === "observer" || session.pattern !== undefined) {
    throw new DemoProblem("this key may not speak for a whole team: use a member's or an admin's without a pattern.");
  }
}

function describeFailure(url: string, error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : "";
  return /certificate|issuer/.test(cause)
    ? `${url} is not trusted (${cause}): name the file of its CA in NODE_EXTRA_CA_CERTS.`
    : `no hub answers at ${url}: start one with \`npm start\`, or name another with --url.`;
}

function parse(args: readonly string[]) {
  try {
    const options = {
      once: { type: "boolean" },
      help: { type: "boolean", short: "h" },
      speed: { type: "string" },
      seed: { type: "string" },
      url: { type: "string" },
      key: { type: "string" },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new DemoProblem(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

function readKeyFile(dataDir: string): string {
  const [key] = readKeys(dataDir) ?? [];
  if (key !== undefined) return key;
  throw new DemoProblem(
    `there is no key: ${join(dataDir, "key")} does not exist. Start the hub once, or set CC2CC_API_KEY to its key, or CC2CC_DATA_DIR to its folder.`,
  );
}

/** A hub's address as the plugin takes it too: `ws:` and `wss:` mean the same hub. */
function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text.replace(/^ws/, "http")) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new DemoProblem(`"${text}" is no address of a hub: write it like http://localhost:3100.`);
  }
  return url.origin;
}

function readNumber(name: string, text: string, min: number): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < min) {
    throw new DemoProblem(`${name} is "${text}": use a number of ${min} or more.`);
  }
  return value;
}
