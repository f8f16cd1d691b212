/** One message at a time between two idle instances. */
import { ackFrame, Client, instanceId, sendFrame } from "./client.ts";
import { measureEchoRoundTrip } from "./echo.ts";
import { type Figure, percentileFigures } from "./figures.ts";
import type { Context } from "./part.ts";
import { percentilesOf } from "./percentiles.ts";
import { PING_PONGS, PING_PONGS_WARMUP } from "./workload.ts";

export async function measureLatency({ startHub, echo }: Context): Promise<Figure[]> {
  const roundTrip = await measureEchoRoundTrip(echo);
  const hub = await startHub();
  const [sender, recipient] = [await Client.connect(hub, instanceId(1)), await Client.connect(hub, instanceId(2))];
  const acceptedMs: number[] = [];
  const receivedMs: number[] = [];
  for (let i = 0; i < PING_PONGS_WARMUP + PING_PONGS; i++) {
    const sentAt = performance.now();
    const accepted = untilReply(sender).then(() => performance.now() - sentAt);
    const received = untilDelivery(recipient).then((seq) => {
      const took = performance.now() - sentAt;
      recipient.send([ackFrame(seq)]);
      return took;
    });
    sender.send([sendFrame(recipient.id)]);
    const [acceptedAfter, receivedAfter] = await Promise.all([accepted, received]);
    if (i < PING_PONGS_WARMUP) continue;
    acceptedMs.push(acceptedAfter);
    receivedMs.push(receivedAfter);
  }
  await hub.stop();
  return [
    ...percentileFigures("idle, send → accepted", percentilesOf(acceptedMs), roundTrip),
    ...percentileFigures("idle, send → received", percentilesOf(receivedMs), roundTrip, {
      of: "ratio",
      is: "at most",
      bound: 3,
    }),
  ];
}

function untilReply(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.onFrames = (frames) => {
      for (const frame of frames) {
        if (frame.action !== undefined) continue;
        if (frame.error === undefined) resolve();
        else reject(new Error(frame.error));
      }
    };
  });
}

/** The seq of the next message. */
function untilDelivery(client: Client): Promise<number> {
  return new Promise((resolve) => {
    client.onFrames = (frames) => {
      for (const frame of frames) if (frame.action === "deliver") resolve(frame.messages.at(-1)?.seq ?? 0);
    };
  });
}
