/** Sockets of the benchmark: no compression, no reconnecting, as little work per frame as a client can do. */
import { once } from "node:events";
import { uuidv7 } from "uuidv7";
import { WebSocket } from "ws";
import type { Message, MessageType } from "../shared/message.ts";
import type { ReceiptFrame, SubscriptionsFrame, WelcomeFrame } from "../shared/protocol.ts";
import { SUBPROTOCOL } from "../shared/protocol.ts";
import type { RunningHub } from "../test/helpers/hub.ts";
import { CONTENT } from "./workload.ts";

export async function openSocket(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, "open");
  return socket;
}

interface Delivery {
  action: "deliver";
  messages: (Message & { seq: number; attempt: number })[];
}

interface Reply {
  action?: undefined;
  requestId: string;
  error?: string;
}

export type Frame = Delivery | Reply | ReceiptFrame | WelcomeFrame | SubscriptionsFrame;

/** A v2 client of the hub. */
export class Client {
  readonly id: string;
  readonly #socket: WebSocket;
  /** Characters that came since the last ping. */
  #length = 0;
  /** Hears the frames of each text. */
  onFrames: (frames: Frame[]) => void = () => undefined;

  private constructor(hub: RunningHub, id: string) {
    this.id = id;
    const url = `${hub.url.replace(/^http/, "ws")}/ws/plugin?instanceId=${encodeURIComponent(id)}&identity=${SECRET}`;
    const headers = { authorization: `Bearer ${hub.key}` };
    this.#socket = new WebSocket(url, SUBPROTOCOL, { perMessageDeflate: false, headers });
    this.#socket.on("message", (data) => this.#take(String(data)));
    this.#socket.on("close", (code, reason) => {
      // A hub that was killed says nothing.
      if (code >= CLOSED_BY_HUB) throw new Error(`the hub closed the connection of ${id}: ${code} ${reason}`);
    });
  }

  /** Resolves when the hub has said welcome. `onFrames` hears that too, and what comes with it. */
  static async connect(hub: RunningHub, id: string, onFrames: (frames: Frame[]) => void = () => undefined) {
    const client = new Client(hub, id);
    await new Promise<void>((resolve, reject) => {
      client.#socket.once("error", reject);
      client.onFrames = (frames) => {
        onFrames(frames);
        client.onFrames = onFrames;
        resolve();
      };
    });
    return client;
  }

  /** Much that was read is said to be read (C6), or the hub takes the client for one that does not read. */
  #take(text: string): void {
    if (text === "pong") return;
    this.#length += text.length;
    if (this.#length > PING_EVERY_LENGTH) {
      this.#length = 0;
      this.#socket.send("ping");
    }
    const value = JSON.parse(text) as Frame | Frame[];
    this.onFrames(Array.isArray(value) ? value : [value]);
  }

  /** Sends frames in one text (B1). */
  send(frames: readonly string[]): void {
    this.#socket.send(frames.length === 1 ? (frames[0] as string) : `[${frames.join(",")}]`);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }
}

/** Close codes from here on say why (docs/protocol.md, section 1). */
const CLOSED_BY_HUB = 4_000;
const PING_EVERY_LENGTH = 4_194_304;

/** C8: held over reconnects; nobody else is here to keep it from. */
const SECRET = "benchmark-benchmark-benchmark";

/** The id of the `n`th instance. */
export function instanceId(n: number): string {
  return `bench@localhost:load/session-${n}`;
}

/** A `send_message` frame. The request's id is the message's. Spliced, so `content` must need no escapes. */
export function sendFrame(to: string, messageId = uuidv7(), content = CONTENT, type: MessageType = "question"): string {
  return `{"action":"send_message","requestId":"${messageId}","to":"${to}","type":"${type}","content":"${content}","messageId":"${messageId}"}`;
}

export function ackFrame(upTo: number): string {
  return `{"action":"ack","upTo":${upTo}}`;
}

/** Resolves when `isDone` says so; rejects with `progress` when it has not for a while. */
export async function until(
  what: string,
  isDone: () => boolean,
  progress: () => object = () => ({}),
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!isDone()) {
    if (performance.now() > deadline)
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}: ${JSON.stringify(progress())}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
