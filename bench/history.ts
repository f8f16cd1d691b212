/**
 * History with 100,000 messages, half of which answer another: how long pages, searches, conversations and series take over
 * REST, on a hub that does nothing else.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { uuidv7 } from "uuidv7";
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
/** Every other message answers one of so many before it, so that conversations have two messages in the mean. */
const ANSWERABLE = 200;
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

const HOUR_MS = 3_600_000;

/** Paths besides those of single messages, and what is asked of them. */
function pathsOf(messageId: string): Readonly<Record<string, string>> {
  const hourAgo = new Date(Date.now() - HOUR_MS).toISOString();
  const someone = encodeURIComponent(instanceId(7));
  return {
    "conversations, newest page": `/api/threads?limit=${PAGE}`,
    "conversations without an answer": `/api/threads?limit=${PAGE}&unanswered=true`,
    "conversations with a word of most messages": `/api/threads?limit=${PAGE}&q=${word(1)}`,
    "conversations with a word of few messages": `/api/threads?limit=${PAGE}&q=${word(VOCABULARY - 7)}`,
    "one conversation": `/api/threads/${messageId}`,
    "series of a day": "/api/stats/series",
    "series of an hour by minutes": `/api/stats/series?from=${hourAgo}`,
    "series of one instance": `/api/stats/series?instance=${someone}`,
    "series of one type": "/api/stats/series?type=task",
    traffic: "/api/traffic",
    stats: "/api/stats",
  };
}

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
  figures.push(await measureDeepPage(hub, "page after page", "/api/messages"));
  const { items } = (await get(hub, "/api/messages?limit=1&q=is:answered")) as MessagePage;
  for (const [name, path] of Object.entries(pathsOf(items[0]?.messageId ?? ""))) {
    figures.push(await measurePath(hub, name, path));
  }
  figures.push(await measureDeepPage(hub, "conversations, page after page", "/api/threads"));
  await hub.stop();
  return figures;
}

/** Everyone sends to everyone, a batch at a time, and acks. Resolves with the time when all was acked. */
async function fill(hub: RunningHub): Promise<number> {
  const random = new SeededRandom(7);
  const counts = { answered: 0, received: 0 };
  const answerable: string[] = [];
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
      Array.from({ length: BATCH }, (_, i) => {
        const answered = i % 2 === 1 ? answerable[Math.floor(random.next() * answerable.length)] : undefined;
        const messageId = uuidv7();
        answerable[(sent + i) % ANSWERABLE] = messageId;
        return frameOf(instanceId((sent + i) % CLIENTS), messageId, text(random), answered);
      }),
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

function frameOf(to: string, messageId: string, content: string, answered: string | undefined): string {
  const frame = sendFrame(to, messageId, content, "task");
  return answered === undefined ? frame : `${frame.slice(0, -1)},"replyToMessageId":"${answered}"}`;
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

function measureQuery(hub: RunningHub, name: string, query: string): Promise<Figure> {
  return measurePath(hub, name, `/api/messages?limit=${PAGE}&q=${encodeURIComponent(query)}`);
}

async function measurePath(hub: RunningHub, name: string, path: string): Promise<Figure> {
  const times: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    const startedAt = performance.now();
    await get(hub, path);
    times.push(performance.now() - startedAt);
  }
  return { name: `history: ${name}, p95`, value: percentilesOf(times).p95, unit: "ms" };
}

/** Pages from the newest to the oldest: the last must not be slower than the first. */
async function measureDeepPage(hub: RunningHub, name: string, path: string): Promise<Figure> {
  const times: number[] = [];
  let cursor = "";
  for (let i = 0; i < REPEATS * 5; i++) {
    const startedAt = performance.now();
    const page = (await get(hub, `${path}?limit=${PAGE}${cursor}`)) as { nextCursor: string };
    times.push(performance.now() - startedAt);
    cursor = `&cursor=${page.nextCursor}`;
  }
  return {
    name: `history: ${name}, ${times.length} of them, p95`,
    value: percentilesOf(times).p95,
    unit: "ms",
  };
}

async function get(hub: RunningHub, path: string): Promise<unknown> {
  const response = await fetch(hub.url + path, { headers: { authorization: `Bearer ${hub.key}` } });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
