/**
 * The load of `throughput.ts` with two consumers of the event stream, beside the same without any. The runs take turns,
 * since machines drift. Fails unless each consumer hears every message and every state once.
 */
import { WebSocket } from "ws";
import type { RunningHub } from "../test/helpers/hub.ts";
import { until } from "./client.ts";
import type { Figure } from "./figures.ts";
import type { Context } from "./part.ts";
import { type LoadResult, runLoad } from "./throughput.ts";

const CONSUMERS = 2;
const ROUNDS = 3;
/** A consumer that reads a lot pings more often (docs/protocol.md). */
const PING_EVERY_MS = 500;

export async function measureStream({ startHub }: Context): Promise<Figure[]> {
  const without: LoadResult[] = [];
  const withConsumers: LoadResult[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    without.push(await runWith(0, startHub));
    withConsumers.push(await runWith(CONSUMERS, startHub));
  }
  return [
    {
      name: "load with two stream consumers (beside: with none)",
      value: median(withConsumers.map((result) => result.perSecond)),
      unit: "/s",
      echo: median(without.map((result) => result.perSecond)),
      target: { of: "ratio", is: "at least", bound: 0.85 },
    },
    {
      name: "load with two stream consumers: CPU of workerd per message (beside: with none)",
      value: median(withConsumers.map((result) => result.cpuUs)),
      unit: "µs",
      echo: median(without.map((result) => result.cpuUs)),
    },
  ];
}

async function runWith(consumers: number, startHub: Context["startHub"]): Promise<LoadResult> {
  const hub = await startHub();
  const listening = await Promise.all(Array.from({ length: consumers }, () => Consumer.connect(hub)));
  const result = await runLoad(hub, "arrays");
  for (const consumer of listening) {
    // A message is told as sent, delivered and acked.
    await until(
      "every event",
      () => consumer.events.sent === result.total && consumer.events.state === 2 * result.total,
      () => ({ ...consumer.events, total: result.total }),
      60_000,
    );
    consumer.close();
  }
  await hub.stop();
  return result;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

/** Counts events without reading them: in the benchmark it takes its share of the same two cores. */
class Consumer {
  readonly events = { sent: 0, state: 0 };
  readonly #socket: WebSocket;
  readonly #pinging: NodeJS.Timeout;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#pinging = setInterval(() => socket.send("ping"), PING_EVERY_MS);
  }

  static async connect(hub: RunningHub): Promise<Consumer> {
    const url = `${hub.url.replace(/^http/, "ws")}/ws/dashboard?v=2`;
    const headers = { authorization: `Bearer ${hub.key}` };
    const socket = new WebSocket(url, { perMessageDeflate: false, headers });
    const consumer = new Consumer(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.on("message", (data: Buffer) => {
        consumer.#count(data);
        resolve();
      });
    });
    return consumer;
  }

  close(): void {
    clearInterval(this.#pinging);
    this.#socket.close();
  }

  #count(data: Buffer): void {
    for (let at = data.indexOf(EVENT); at !== -1; at = data.indexOf(EVENT, at + EVENT.length)) {
      // message:sent or message:state
      const isState = data[at + EVENT.length] === LETTER_T;
      if (isState) this.events.state++;
      else this.events.sent++;
    }
  }
}

/** The beginning of `message:sent` and `message:state`. */
const LETTER_T = 0x74;
const EVENT = Buffer.from(`{"event":"message:s`);
