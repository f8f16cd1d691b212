/** What waited for an instance that was away: how long after it comes back until it has the last message. */
import type { RunningHub } from "../test/helpers/hub.ts";
import { ackFrame, Client, instanceId, sendFrame, until } from "./client.ts";
import type { Figure } from "./figures.ts";
import type { Context } from "./part.ts";
import { medianOf } from "./percentiles.ts";

const WAITING_MESSAGES = 1_000;
const FRAMES_PER_TEXT = 100;
const ROUNDS = 5;

export async function measureDrain({ startHub }: Context): Promise<Figure[]> {
  const hub = await startHub();
  const sender = await Client.connect(hub, instanceId(0));
  const tookMs: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const id = instanceId(round);
    const first = await Client.connect(hub, id);
    await first.close();
    await fillQueue(sender, id);
    tookMs.push(await drainQueue(hub, id));
  }
  await hub.stop();
  return [
    {
      name: `${WAITING_MESSAGES} waiting messages: reconnect → last one received`,
      value: medianOf(tookMs),
      unit: "ms",
      target: { of: "value", is: "at most", bound: 150 },
    },
  ];
}

async function fillQueue(sender: Client, to: string): Promise<void> {
  let accepted = 0;
  sender.onFrames = (frames) => {
    for (const frame of frames) if (frame.action === undefined && frame.error === undefined) accepted++;
  };
  for (let sent = 0; sent < WAITING_MESSAGES; sent += FRAMES_PER_TEXT) {
    sender.send(Array.from({ length: FRAMES_PER_TEXT }, () => sendFrame(to)));
  }
  await until("the queue to be filled", () => accepted === WAITING_MESSAGES);
}

/** From the first byte of the new connection, handshake included. */
async function drainQueue(hub: RunningHub, id: string): Promise<number> {
  const startedAt = performance.now();
  let received = 0;
  let lastAt = 0;
  const connecting = Client.connect(hub, id, (frames) => {
    const messages = frames.flatMap((frame) => (frame.action === "deliver" ? frame.messages : []));
    const last = messages.at(-1);
    if (last === undefined) return;
    received += messages.length;
    lastAt = performance.now();
    void connecting.then((client) => client.send([ackFrame(last.seq)]));
  });
  const client = await connecting;
  await until("the queue to be empty", () => received === WAITING_MESSAGES);
  await client.close();
  return lastAt - startedAt;
}
