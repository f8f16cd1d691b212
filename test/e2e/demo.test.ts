import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { DecisionPage } from "../../shared/decisions.ts";
import type { MessagePage } from "../../shared/history.ts";
import type { InstanceInfo } from "../../shared/message.ts";
import type { DeadLetter } from "../../shared/rest.ts";
import { StreamClient } from "../helpers/stream-client.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { shareHub } from "../helpers/test-hub.ts";
import { Conditions } from "../helpers/until.ts";

const PROGRAM = join(import.meta.dirname, "../../demo/run.ts");
const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });

/** The demo as `npm run demo` starts it, with everything it prints. */
class Demo {
  output = "";
  readonly ended: Promise<number | null>;
  readonly child: ChildProcess;
  readonly #conditions = new Conditions();

  constructor(args: string[], env: Record<string, string> = {}) {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("CC2CC_"));
    this.child = spawn(process.execPath, [PROGRAM, ...args], { env: { ...Object.fromEntries(inherited), ...env } });
    this.ended = once(this.child, "close").then(([code]) => code as number | null);
    onTestFinished(() => void this.child.kill("SIGKILL"));
    for (const pipe of [this.child.stdout, this.child.stderr]) {
      pipe?.on("data", (chunk: Buffer) => {
        this.output += chunk.toString();
        this.#conditions.changed();
      });
    }
  }

  untilPrinted(text: string): Promise<void> {
    return this.#conditions.until(
      () => this.output.includes(text),
      () => `"${text}" in: ${this.output}`,
    );
  }
}

async function read<T>(path: string): Promise<T> {
  const response = await fetch(`${hub().url}${path}`, { headers: { authorization: `Bearer ${hub().key}` } });
  return (await response.json()) as T;
}

const statuses = async () => (await read<InstanceInfo[]>("/api/instances")).map(({ status }) => status);

it("fills a hub, and leaves a queue that waits, a question without an answer, and a dead letter", async () => {
  const stream = await StreamClient.connect(hub());
  onTestFinished(() => stream.goOffline());
  const demo = new Demo(["--once", "--speed", "30", "--url", hub().url], { CC2CC_API_KEY: hub().key });
  expect(await demo.ended, demo.output).toBe(0);
  const instances = await read<InstanceInfo[]>("/api/instances");
  expect(instances.map(({ status }) => status)).toEqual(new Array(9).fill("offline"));
  expect(new Set(instances.map(({ project }) => project)).size).toBe(4);
  expect(instances.find(({ role }) => role === "docs")?.queueDepth).toBeGreaterThanOrEqual(3);
  expect((await read<MessagePage>("/api/messages?q=is:unanswered")).items.length).toBeGreaterThan(0);
  expect((await read<DecisionPage>("/api/decisions")).items).toMatchObject([
    { question: expect.stringContaining("2026.47") },
  ]);
  await stream.until(
    () => stream.events.some((event) => event.event === "message:state" && event.state === "expired"),
    "expiry",
  );
  expect((await read<DeadLetter[]>("/api/dead-letters")).map(({ state }) => state)).toEqual(["expired"]);
});

it("goes on until it is told to stop, and comes back under the same ids", async () => {
  const demo = new Demo(["--speed", "30", "--url", hub().url], { CC2CC_API_KEY: hub().key });
  await demo.untilPrinted("Ctrl-C ends it");
  // One of the nine is away.
  expect((await statuses()).toSorted()).toEqual([...new Array(1).fill("offline"), ...new Array(8).fill("online")]);
  demo.child.kill("SIGINT");
  expect(await demo.ended, demo.output).toBe(0);
  expect(await statuses()).toEqual(new Array(9).fill("offline"));
});

it("says in words what is missing", async () => {
  const refusals = [
    [new Demo(["--url", "http://localhost:9"], { CC2CC_API_KEY: hub().key }), "no hub answers at http://localhost:9"],
    [new Demo(["--url", hub().url], { CC2CC_DATA_DIR: makeTempDir() }), "there is no key"],
    [new Demo(["--url", hub().url], { CC2CC_API_KEY: "wrong" }), "does not take this key"],
    [new Demo(["--url", hub().url, "--speed", "fast"], { CC2CC_API_KEY: hub().key }), "use a number"],
  ] as const;
  for (const [demo, words] of refusals) {
    expect(await demo.ended).toBe(1);
    expect(demo.output).toContain(words);
    expect(demo.output.split("\n").length).toBeLessThan(4);
  }
});
