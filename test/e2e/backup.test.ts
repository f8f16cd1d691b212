/** A backup that is taken in the middle of traffic, and a hub that is started from it. */
import { execFile } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { SCHEMA_STEPS } from "../../host/data-format.ts";
import type { RunningHub } from "../helpers/hub.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";

const IDS = ["ada@a:p/1", "bob@b:p/1", "cyd@c:p/1", "dan@d:p/1"];
const ABSENT = "eve@e:p/1";
const NO_LIMITS = { CC2CC_RATE_FRAMES: "0" };

/** Runs a command of ours as its npm script does. */
async function run(args: string[], dataDir: string): Promise<string> {
  const env = { PATH: process.env.PATH ?? "", CC2CC_DATA_DIR: dataDir };
  const ran = promisify(execFile)(process.execPath, ["host/backup.ts", ...args], { env });
  return (
    await ran.catch((error: { code: number; stdout: string; stderr: string }) => ({
      stdout: `${error.stdout}${error.stderr}exit code ${error.code}`,
    }))
  ).stdout;
}

/** What was accepted, in the order of each sender. */
interface Accepted {
  messageId: string;
  from: string;
  to: string;
}

class Traffic {
  readonly accepted: Accepted[] = [];
  readonly #isOver = new AbortController();
  readonly #senders: Promise<void>[];

  constructor(clients: HubClient[]) {
    this.#senders = clients.map((client, i) => this.#send(client, i));
  }

  async stop(): Promise<void> {
    this.#isOver.abort();
    await Promise.all(this.#senders);
  }

  /** As fast as the hub answers: five messages under way for each sender. */
  async #send(client: HubClient, i: number): Promise<void> {
    const targets = [...IDS.filter((id) => id !== client.instanceId), ABSENT];
    for (let n = 0; !this.#isOver.signal.aborted; n++) {
      const drafts = Array.from({ length: 5 }, (_, k) => ({
        to: targets[(n + i + k) % targets.length] as string,
        content: "x",
      }));
      const answers = await Promise.all(client.sendAll(drafts));
      for (const [k, answer] of answers.entries()) {
        const { messageId } = answer as unknown as { messageId: string };
        this.accepted.push({ messageId, from: client.instanceId, to: drafts[k]?.to ?? "" });
      }
    }
  }
}

/** The messages that their senders know to be acked. An answered ack is on disk before anyone hears of it. */
async function findAcked(clients: HubClient[], messages: Accepted[]): Promise<Set<string>> {
  const acked = await Promise.all(
    messages.map(async ({ messageId, from }) => {
      const sender = clients.find((client) => client.instanceId === from) as HubClient;
      const { state } = await sender.ask({ action: "status", messageId });
      return state === "acked" ? [messageId] : [];
    }),
  );
  return new Set(acked.flat());
}

function connectAll(hub: RunningHub, ids: string[]): Promise<HubClient[]> {
  return Promise.all(ids.map((instanceId) => HubClient.connect(hub, { instanceId, acks: "answered" })));
}

it("restores to a hub that has, once, all that was accepted before the backup began", async () => {
  const dataDir = makeTempDir();
  const hub = await startTestHub({ dataDir, env: NO_LIMITS });
  await connectAll(hub, [ABSENT]).then(([absent]) => absent?.goOffline());
  const clients = await connectAll(hub, IDS);
  const traffic = new Traffic(clients);
  await clients[0]?.until(() => traffic.accepted.length >= 400, "traffic");

  const before = [...traffic.accepted];
  const acked = await findAcked(clients, before);
  const backup = join(makeTempDir(), "backup.tar");
  const countAtStart = traffic.accepted.length;
  expect(await run(["take", backup], dataDir)).toMatch(/stood still for \d+ ms/);
  await clients[0]?.until(() => traffic.accepted.length > countAtStart + 100, "traffic after the backup");
  await traffic.stop();
  expect(acked.size).toBeGreaterThan(0);
  expect(await run(["check", backup], dataDir)).toMatch(/sound$/m);

  const restoredDir = join(makeTempDir(), "restored");
  await run(["restore", backup, "--into", restoredDir], dataDir);
  const restored = await startTestHub({ dataDir: restoredDir, env: { ...NO_LIMITS, CC2CC_HUB_API_KEY: hub.key } });
  const again = await connectAll(restored, [...IDS, ABSENT]);
  await expectAllOnce(again, before, acked);
});

async function expectAllOnce(clients: HubClient[], before: Accepted[], acked: Set<string>): Promise<void> {
  const idsOf = (client: HubClient) => client.received.map((message) => message.messageId);
  const queueIsEmpty = async (client: HubClient) => {
    await client.until(() => client.received.length >= (client.welcome?.pending ?? 0), "its queue");
    expect(client.repeated).toEqual([]);
  };
  await Promise.all(clients.map(queueIsEmpty));
  const received = new Set(clients.flatMap(idsOf));
  // Nothing that was acked for certain comes again, and what comes was not acked: so each is there once.
  expect([...acked].filter((id) => received.has(id))).toEqual([]);
  const ackedNow = await findAcked(clients, before);
  expect(before.filter(({ messageId }) => !ackedNow.has(messageId))).toEqual([]);
  // Everything for the one who was never there is in its queue, in the order of each sender.
  const absent = clients.at(-1) as HubClient;
  for (const from of IDS) {
    const due = before.filter((message) => message.to === ABSENT && message.from === from).map((m) => m.messageId);
    const came = absent.received.filter((message) => message.from === from).map((message) => message.messageId);
    expect(due.length).toBeGreaterThan(0);
    expect(came.slice(0, due.length)).toEqual(due);
  }
}

it("writes the schemas that its data format names", async () => {
  const dataDir = makeTempDir();
  const hub = await startTestHub({ dataDir });
  const [ada, bob] = await connectAll(hub, IDS.slice(0, 2));
  await ada?.send(IDS[1] as string, "hello");
  await bob?.untilReceived(1);
  await hub.stop();
  const backup = join(makeTempDir(), "backup");
  await run(["take", backup], dataDir);
  const { databases, problems } = JSON.parse(
    (await run(["check", backup, "--json"], dataDir)).replace(/exit code \d+$/, ""),
  );
  const steps: Record<string, number> = {};
  for (const { className, schemaSteps } of Object.values(databases) as { className: string; schemaSteps?: number }[]) {
    if (schemaSteps !== undefined) steps[className] = schemaSteps;
  }
  expect({ steps, problems }).toEqual({ steps: SCHEMA_STEPS, problems: [] });

  const [{ path: someFile }] = JSON.parse(readFileSync(join(backup, "manifest.json"), "utf8")).files.slice(-1);
  appendFileSync(join(backup, "data", someFile), "x");
  expect(await run(["check", backup], dataDir)).toMatch(/^NOT SOUND: .*\nexit code 1$/m);
});
