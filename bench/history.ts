/** History with 100,000 messages: how long pages and searches take over REST, on a hub that does nothing else. */
import { setTimeout as sleep } from "node:timers/promises";
import type { MessagePage } from "../shared/history.ts";
import type { RunningHub } from "../test/helpers/hub.ts";
import { SeededRandom } from "../test/helpers/seeded-random.ts";
import { ackFrame, Client, type Frame, instanceId, sendFrame, until } from "./client.ts";
import type { Figure } from "./figures.ts";
import type { Context } from "./part.ts";
import { percentilesOf } from "./percentiles.ts";

const MESSAGES = 100_000;
const CLIENTS = 20;
const BATCH = 50;
const WORDS_PER_MESSAGE = 30;
const VOCABULARY = 5_000;
const REPEATS = 40;
const PAGE = 50;

/** A word by its rank: the first are in nearly every message, the last in few. */
const word = (rank: number) => `word${String.fromCharCode(97 + (rank % 26))}${rank}`;

const QUERIES: Readonly<Record<string, string>> = {
  "newest page": "",
  "a word in most messages": word(1),
  "a word in few messages": word(VOCABULARY - 7),
  "two words": `${word(3)} ${word(200)}`,
  "a phrase": `"${word(1)} ${word(2)}"`,
  "a word but not another": `${word(20)} -${word(1)}`,
  "one sender": `from:${instanceId(7)}`,
  "senders by user": `from:${instanceId(7).split("@")[0]}`,
  "one sender and a word": `from:${instanceId(7)} ${word(900)}`,
  "a project and a time": "project:load after:2020-01-01",
  unanswered: "is:unanswered",
  "a state that none has": "is:dead",
  "a state that none has any more": "is:queued",
  "nothing found by a full scan": "type:ping",
};

export async function measureHistory({ startHub }: Context): Promise<Figure[]> {
  const hub = await startHub();
  const filledAt = await fill(hub);
  const indexedMs = await untilIndexed(hub, filledAt);
  const figures: Figure[] = [
    {
      name: `history: ${MESSAGES.toLocaleString("en")} messages indexed after the last was acked`,
      value: indexedMs,
      unit: "ms",
    },
  ];
  for (const [name, query] of Object.entries(QUERIES)) figures.push(await measureQuery(hub, name, query));
  figures.push(await measureDeepPage(hub));
  await hub.stop();
  return figures;
}

/** Everyone sends to everyone, a batch at a time, and acks. Resolves with the time when all was acked. */
async function fill(hub: RunningHub): Promise<number> {
  const random = new SeededRandom(7);
  const counts = { answered: 0, received: 0 };
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, n) => {
      const client = await Client.connect(hub, instanceId(n));
      client.onFrames = (frames: Frame[]) => {
        for (const frame of frames) {
          if (frame.action === undefined) counts.answered++;
          if (frame.action !== "deliver") continue;
          counts.received += frame.messages.length;
          client.send([ackFrame(frame.messages.at(-1)?.seq ?? 0)]);
        }
      };
      return client;
    }),
  );
  for (let sent = 0; sent < MESSAGES; sent += BATCH) {
    const client = clients[(sent / BATCH) % CLIENTS] as Client;
    client.send(
      Array.from({ length: BATCH }, (_, i) => sendFrame(instanceId((sent + i) % CLIENTS), undefined, text(random))),
    );
    if (sent % (BATCH * CLIENTS) === 0) await until("answers", () => counts.answered >= sent - BATCH * CLIENTS);
  }
  await until(
    "every message",
    () => counts.answered === MESSAGES && counts.received === MESSAGES,
    () => counts,
    120_000,
  );
  const filledAt = performance.now();
  for (const client of clients) await client.close();
  return filledAt;
}

/** Words as languages have them: the rank of each is the size of the vocabulary to a random power. */
function text(random: SeededRandom): string {
  return Array.from({ length: WORDS_PER_MESSAGE }, () => word(Math.floor(VOCABULARY ** random.next()))).join(" ");
}

async function untilIndexed(hub: RunningHub, filledAt: number): Promise<number> {
  for (;;) {
    const { messagesToday } = (await get(hub, "/api/stats")) as { messagesToday: number };
    if (messagesToday >= MESSAGES) return performance.now() - filledAt;
    await sleep(200);
  }
}

async function measureQuery(hub: RunningHub, name: string, query: string): Promise<Figure> {
  const times: number[] = [];
  for (let i = 0; i < REPEATS; i++) times.push(await timePage(hub, query));
  return { name: `history: ${name}, p95`, value: percentilesOf(times).p95, unit: "ms" };
}

/** Pages from the newest to the oldest: the last must not be slower than the first. */
async function measureDeepPage(hub: RunningHub): Promise<Figure> {
  const times: number[] = [];
  let cursor = "";
  for (let i = 0; i < REPEATS * 5; i++) {
    const startedAt = performance.now();
    const page = (await get(hub, `/api/messages?limit=${PAGE}${cursor}`)) as MessagePage;
    times.push(performance.now() - startedAt);
    cursor = `&cursor=${page.nextCursor}`;
  }
  return {
    name: `history: page after page, ${times.length} of them, p95`,
    value: percentilesOf(times).p95,
    unit: "ms",
  };
}

async function timePage(hub: RunningHub, query: string): Promise<number> {
  const startedAt = performance.now();
  await get(hub, `/api/messages?limit=${PAGE}&q=${encodeURIComponent(query)}`);
  return performance.now() - startedAt;
}

async function get(hub: RunningHub, path: string): Promise<unknown> {
  const response = await fetch(hub.url + path, { headers: { authorization: `Bearer ${hub.key}` } });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
