/** The product under the benchmarks of the core: a real hub with its rate limits lifted, and v2 clients. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type RunningHub, startHub, untilGone } from "../../test/helpers/hub.ts";
import { ackFrame, Client, type Frame, instanceId, sendFrame, until } from "../client.ts";
import { KEY_LENGTH, type Listener, type Peer, type System } from "./system.ts";

const TOPIC = "bench/core";
const SUBSCRIPTION = "sub";
const TEXT = "x".repeat(200 - KEY_LENGTH);
const SETTINGS = { CC2CC_RATE_FRAMES: "0", CC2CC_BROADCAST_INTERVAL_SECONDS: "0", CC2CC_LOOP_MESSAGES: "0" };

export interface HubSystem extends System {
  name: "hub";
  readonly hub: RunningHub;
}

export async function startHubSystem(): Promise<HubSystem> {
  const dataDir = mkdtempSync(join(tmpdir(), "cc2cc-bench-hub-"));
  let hub = await startHub({ dataDir, env: SETTINGS });
  const { port } = hub;
  return {
    name: "hub",
    get hub() {
      return hub;
    },
    get pid() {
      return hub.workerdPid;
    },
    get livezUrl() {
      return `${hub.url}/livez`;
    },
    connect: (n, listener = {}) => connectClient(hub, n, listener),
    async killAndStart() {
      const [launcher, workerd] = [hub.pid, hub.workerdPid];
      process.kill(launcher, "SIGKILL");
      process.kill(workerd, "SIGKILL");
      await Promise.all([untilGone(launcher), untilGone(workerd)]);
      const startedAt = performance.now();
      const starting = startHub({ dataDir, port, env: SETTINGS });
      const launcherMs = await untilWorkerdStarts(starting, startedAt);
      hub = await starting;
      return { readyMs: performance.now() - startedAt, launcherMs };
    },
    async stop() {
      await hub.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** How long after `startedAt` the launcher of this process started a workerd; NaN where /proc does not tell. */
async function untilWorkerdStarts(starting: Promise<unknown>, startedAt: number): Promise<number> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  starting.then(over, over);
  const childrenOf = (pid: string): string[] => {
    try {
      return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
    } catch {
      return [];
    }
  };
  const isWorkerd = (pid: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("workerd");
    } catch {
      return false;
    }
  };
  while (!isOver && process.platform === "linux") {
    const grandchildren = childrenOf(String(process.pid)).flatMap(childrenOf);
    if (grandchildren.some(isWorkerd)) return performance.now() - startedAt;
    await sleep(5);
  }
  return Number.NaN;
}

async function connectClient(hub: RunningHub, n: number, listener: Listener): Promise<Peer> {
  let isSubscribed = false;
  const onFrames = (frames: Frame[]) => {
    isSubscribed ||= frames.some((frame) => frame.action === undefined && frame.requestId === SUBSCRIPTION);
    const upTo = readFrames(frames, listener);
    if (upTo > 0) void connecting.then((connected) => connected.send([ackFrame(upTo)]));
  };
  const connecting = Client.connect(hub, instanceId(n), onFrames);
  const client = await connecting;
  const send = (frame: string) => client.send([frame]);
  return {
    send: (to, key, type) => send(sendFrame(instanceId(to), undefined, `${key}${TEXT}`, type)),
    async join() {
      send(`{"action":"subscribe_topic","requestId":"${SUBSCRIPTION}","topic":"${TOPIC}"}`);
      await until("the subscription", () => isSubscribed);
    },
    publish: (key, isDurable) => send(publishFrame(key, isDurable)),
    close: () => client.close(),
  };
}

/** Returns up to which seq the frames are to be acked, 0 for none. */
function readFrames(frames: readonly Frame[], listener: Listener): number {
  let upTo = 0;
  let accepted = 0;
  const keys: string[] = [];
  for (const frame of frames) {
    if (frame.action === "deliver") {
      for (const { seq, content } of frame.messages) {
        upTo = Math.max(upTo, seq ?? 0);
        keys.push(content.slice(0, KEY_LENGTH));
      }
    } else if (frame.action === undefined && frame.requestId !== SUBSCRIPTION) {
      if (frame.error !== undefined) throw new Error(frame.error);
      accepted++;
    }
  }
  if (accepted > 0) listener.onAccepted?.(accepted);
  if (keys.length > 0) listener.onDelivered?.(keys);
  return upTo;
}

let published = 0;

function publishFrame(key: string, isDurable: boolean): string {
  const requestId = `p${++published}`;
  return `{"action":"publish_topic","requestId":"${requestId}","topic":"${TOPIC}","type":"question","content":"${key}${TEXT}","persistent":${isDurable}}`;
}
