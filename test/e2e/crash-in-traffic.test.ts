import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import type { RunningHub } from "../helpers/hub.ts";
import { HubClient, type HubClientOptions } from "../helpers/hub-client.ts";
import { SeededRandom } from "../helpers/seeded-random.ts";
import { shareHub } from "../helpers/test-hub.ts";

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);

/** Kinds of clients; their number tells them apart. What each does with acks and ids is in its options. */
const KINDS: Omit<HubClientOptions, "instanceId">[] = [
  { acks: "silent" },
  { acks: "answered" },
  { acks: "silent", hasRandomIds: true },
  { acks: "answered", hasRandomIds: true },
  // Sends nothing again: what was not answered may or may not have been accepted.
  { acks: "silent", isResending: false },
];
const IDS = KINDS.map((_, i) => `user@host-${i}:project/session`);

/** What one client sent to another in a round, in its order, and what the hub said of it. */
interface Sent {
  from: string;
  to: string;
  content: string;
  messageId: string | undefined;
}

// One hub and one set of instances for all rounds: each crash meets the archive, the ids and the log of those before.
const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0", CC2CC_LOOP_MESSAGES: "0" } });

it.each(SEEDS)(
  "loses, doubles and reorders nothing when it is killed in the middle of traffic: seed %i",
  async (seed) => {
    const random = new SeededRandom(seed);
    const clients = await Promise.all(
      KINDS.map((kind, i) => HubClient.connect(hub(), { ...kind, instanceId: IDS[i] as string })),
    );
    const sent: Sent[] = [];
    const answered: Promise<void>[] = [];
    const traffic = new AbortController();
    const senders = clients.map((client, i) => {
      const own = new SeededRandom(seed * 1_000 + i);
      return sendUntil(traffic.signal, client, own, sent, answered);
    });
    const absent = random.chance(0.5) ? random.pick(clients.slice(0, -1)) : undefined;
    await disturb(hub(), clients, absent, random);
    traffic.abort();
    await absent?.goOnline();
    await Promise.all(senders);
    await Promise.all(answered);

    const accepted = sent.filter((message) => message.messageId !== undefined);
    for (const client of clients) await expectAll(client, accepted, sent);
    await expectEmptyQueues(clients);
    await Promise.all(clients.map((client) => client.goOffline()));
  },
);

/** Texts of one or many frames, one after the other without waiting for answers, until told to stop. */
async function sendUntil(
  signal: AbortSignal,
  client: HubClient,
  random: SeededRandom,
  sent: Sent[],
  answered: Promise<void>[],
): Promise<void> {
  for (let burst = 0; !signal.aborted; burst++) {
    const messages = Array.from(
      { length: random.chance(0.3) ? random.int(20, 60) : random.int(1, 6) },
      (_, i): Sent => {
        const to = random.pick(IDS.filter((id) => id !== client.instanceId));
        return { from: client.instanceId, to, content: `${burst}.${i}`, messageId: undefined };
      },
    );
    sent.push(...messages);
    for (const [i, answer] of client.sendAll(messages.map(({ to, content }) => ({ to, content }))).entries()) {
      answered.push(answer.then((reply) => noteAnswer(messages[i] as Sent, reply)));
    }
    await sleep(random.int(0, 12));
    // A client in its right mind does not pile up without end while the hub is away.
    await client.until(() => client.unanswered < 300, "replies");
  }
}

function noteAnswer(message: Sent, reply: object | null): void {
  if (reply === null) return;
  expect(reply).toMatchObject({ messageId: expect.any(String), to: message.to });
  message.messageId = (reply as { messageId: string }).messageId;
}

/** Traffic for a while, a torn link or an absence, a kill, and traffic over the restart. */
async function disturb(
  running: RunningHub,
  clients: HubClient[],
  absent: HubClient | undefined,
  random: SeededRandom,
): Promise<void> {
  await sleep(random.int(0, 120));
  await absent?.goOffline();
  if (random.chance(0.5)) random.pick(clients.filter((client) => client !== absent)).dropLink();
  await sleep(random.int(0, 120));
  await running.crash();
  await sleep(random.int(0, 60));
}

/** Everything accepted for a client came; once; in order from each sender; and nothing that nobody sent. */
async function expectAll(client: HubClient, accepted: Sent[], sent: Sent[]): Promise<void> {
  const due = accepted.filter((message) => message.to === client.instanceId);
  const receivedIds = () => new Set(client.received.map((message) => message.messageId));
  const missing = () => due.filter((message) => !receivedIds().has(message.messageId as string));
  await client
    .until(() => missing().length === 0, "all that was accepted")
    .catch((error: unknown) => {
      throw new Error(`${String(error)}; missing: ${JSON.stringify(missing().slice(0, 5))} of ${missing().length}`);
    });
  expect(receivedIds().size).toBe(client.received.length);
  expect(client.wronglyRepeated).toEqual([]);
  expect(client.errors).toEqual([]);
  for (const from of IDS) {
    const came = client.received.filter((message) => message.from === from).map((message) => message.content);
    const isDue = new Set(came);
    const inOrder = sent.filter((m) => m.from === from && m.to === client.instanceId && isDue.has(m.content));
    expect(came).toEqual(inOrder.map((message) => message.content));
  }
}

async function expectEmptyQueues(clients: HubClient[]): Promise<void> {
  for (const client of clients) {
    // A new link offers again what is owed (Q3): the welcome counts it.
    await client.goOffline();
    await client.goOnline();
    expect(client.welcome?.pending).toBe(0);
  }
}
