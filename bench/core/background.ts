/** Other work that goes on while times are taken: bursts among other clients, and for the product what reads its journal. */
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import type { HubSystem } from "./hub-system.ts";
import { keyOf, type System } from "./system.ts";

const FIRST_CLIENT = 500;
const CLIENTS = 20;
const BURST = 20;
const EVERY_MS = 100;
const CONSUMERS = 2;

export interface Background {
  end(): Promise<void>;
}

export async function startBackground(system: System): Promise<Background> {
  let isOver = false;
  const peers = [];
  for (let n = 0; n < CLIENTS; n++) peers.push(await system.connect(FIRST_CLIENT + n));
  const bursts = (async () => {
    for (let turn = 0; !isOver; turn++) {
      const peer = peers[turn % CLIENTS];
      for (let i = 0; i < BURST; i++) peer?.send(FIRST_CLIENT + ((turn + 1) % CLIENTS), keyOf(900_000_000 + i));
      await sleep(EVERY_MS);
    }
  })();
  const readers = system.name === "hub" ? readJournal(system as HubSystem, () => isOver) : undefined;
  return {
    async end() {
      isOver = true;
      await Promise.all([bursts, readers]);
    },
  };
}

/** Two consumers of the stream, and somebody who searches. */
async function readJournal({ hub }: HubSystem, isOver: () => boolean): Promise<void> {
  const headers = { authorization: `Bearer ${hub.key}` };
  const url = `${hub.url.replace("http", "ws")}/ws/dashboard?v=2`;
  const consumers = Array.from({ length: CONSUMERS }, () => new WebSocket(url, { headers, perMessageDeflate: false }));
  for (const consumer of consumers) consumer.on("message", (data) => JSON.parse(String(data)));
  while (!isOver()) {
    await (await fetch(`${hub.url}/api/messages?q=xxx&limit=50`, { headers })).arrayBuffer();
    await sleep(EVERY_MS);
  }
  for (const consumer of consumers) consumer.close();
}
