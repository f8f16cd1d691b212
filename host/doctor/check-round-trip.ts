/** Does what a client does: connects, sends itself a message, acks it, leaves; and takes away what that left behind. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { askHub, connectToHub, type HubDoor } from "../hub-http.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

const TIMEOUT_MS = 10_000;
/** The hub learns a moment later that a client has gone. */
const REMOVE_TRIES = 40;
const REMOVE_AGAIN_MS = 50;
const PROJECT = "cc2cc-doctor";

type Frame = Record<string, unknown>;

class Refusal extends Error {
  readonly remedy: string;

  constructor(status: number) {
    super(`the hub refuses the connection (${status})`);
    this.remedy =
      status === 401
        ? "the key is not one of this hub's: run this with the hub's own settings, as its user"
        : status < 500
          ? 'see docs/troubleshooting.md, "A client cannot connect"'
          : "look into the hub's log";
  }
}

export async function checkRoundTrip(door: HubDoor, key: string): Promise<Finding> {
  const instanceId = `doctor@localhost:${PROJECT}/${randomBytes(8).toString("hex")}`;
  let finding: Finding;
  try {
    const tookMs = await sendToSelf(door, key, instanceId);
    finding = ok("round trip", `sent, delivered and acked in ${tookMs.toFixed(1)} ms`);
  } catch (error) {
    finding = fail(
      "round trip",
      error instanceof Error ? error.message : String(error),
      error instanceof Refusal ? error.remedy : "look into the hub's log",
    );
  }
  const isGone = await removeTraces(door, key, instanceId);
  if (finding.level !== "ok" || isGone) return finding;
  return warn(
    "round trip",
    `${finding.text}, but ${instanceId} could not be removed`,
    "remove it in the dashboard, or give the doctor an admin key",
  );
}

/** Resolves with the time from the first send to the answer of the ack, in ms. */
async function sendToSelf(door: HubDoor, key: string, instanceId: string): Promise<number> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const ws = await open(door, key, instanceId, signal);
  const inbox = new Inbox(ws, signal);
  try {
    await inbox.until((frame) => frame.action === "welcome", "the hub's welcome");
    const startedAt = performance.now();
    const content = `doctor ${randomBytes(4).toString("hex")}`;
    ws.send(JSON.stringify({ action: "send_message", requestId: "send", to: instanceId, type: "ping", content }));
    const reply = await inbox.until((frame) => frame.requestId === "send", "the answer to a send");
    if (reply.code !== undefined) throw new Error(`a send was refused: ${reply.error} (${reply.code})`);
    const delivery = await inbox.until((frame) => frame.action === "deliver", "the message");
    const [message] = delivery.messages as { seq: number; content: string }[];
    if (message?.content !== content) throw new Error("another message came than was sent");
    ws.send(JSON.stringify({ action: "ack", requestId: "ack", upTo: message.seq }));
    const acked = await inbox.until((frame) => frame.requestId === "ack", "the answer to an ack");
    if (acked.acked !== 1) throw new Error(`the hub acked ${acked.acked} messages instead of 1`);
    return performance.now() - startedAt;
  } finally {
    ws.close();
  }
}

async function open(door: HubDoor, key: string, instanceId: string, signal: AbortSignal): Promise<WebSocket> {
  const query = new URLSearchParams({ instanceId, identity: randomBytes(24).toString("base64url") });
  const url = `${door.url.replace(/^https?/, "ws")}/ws/plugin?${query}`;
  const headers = { authorization: `Bearer ${key}` };
  const socket = door.fingerprint === undefined ? undefined : await connectToHub(door.url, door.fingerprint, signal);
  return new WebSocket(url, "cc2cc.v2", {
    headers,
    ...(socket === undefined ? {} : { createConnection: () => socket }),
  });
}

/** The frames that came, and whoever waits for one. */
class Inbox {
  readonly #frames: Frame[] = [];
  readonly #signal: AbortSignal;
  #look: () => void = () => undefined;
  #ended: Error | undefined;

  constructor(ws: WebSocket, signal: AbortSignal) {
    this.#signal = signal;
    ws.on("message", (data) => {
      for (const frame of [JSON.parse(String(data))].flat() as Frame[]) this.#frames.push(frame);
      this.#look();
    });
    ws.on("unexpected-response", (_, response) => this.#end(new Refusal(response.statusCode ?? 0)));
    ws.on("error", (error) => this.#end(new Error(`the connection failed (${error.message})`)));
    ws.on("close", (code) => this.#end(new Error(`the hub closed the connection (${code})`)));
    signal.addEventListener("abort", () => this.#look(), { once: true });
  }

  until(isIt: (frame: Frame) => boolean, what: string): Promise<Frame> {
    return new Promise((resolve, reject) => {
      this.#look = () => {
        const found = this.#frames.find(isIt);
        if (found !== undefined) resolve(found);
        else if (this.#ended !== undefined) reject(this.#ended);
        else if (this.#signal.aborted) reject(new Error(`${what} did not come within ${TIMEOUT_MS / 1_000} s`));
      };
      this.#look();
    });
  }

  #end(why: Error): void {
    this.#ended ??= why;
    this.#look();
  }
}

/** The instance, and the topic of its project, which nobody else is in. */
async function removeTraces(door: HubDoor, key: string, instanceId: string): Promise<boolean> {
  const remove = async (path: string) => {
    const headers = { authorization: `Bearer ${key}` };
    const { status } = await askHub(door, { method: "DELETE", path, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return status;
  };
  try {
    for (let tries = 0; tries < REMOVE_TRIES; tries++) {
      const status = await remove(`/api/instances/${encodeURIComponent(instanceId)}`);
      if (status === 200) {
        await remove(`/api/topics/${PROJECT}`);
        return true;
      }
      if (status !== 409) return false;
      await sleep(REMOVE_AGAIN_MS);
    }
  } catch {
    // The hub is gone; the finding says so.
  }
  return false;
}
