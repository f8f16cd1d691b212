/** One member's socket: speaks v2, comes back when the hub does, reads what it is sent. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { uuidv7 } from "uuidv7";
import WebSocket from "ws";
import { CloseCode } from "../shared/errors.ts";
import { PING_INTERVAL_MS } from "../shared/limits.ts";
import { type ClientFrameInput, type HubFrame, type ReplyFrame, SUBPROTOCOL } from "../shared/protocol.ts";
import { DemoProblem } from "./demo-problem.ts";
import type { Person } from "./team.ts";

const RETRY_MS = 1_000;

export interface HubAddress {
  url: string;
  key: string;
}

interface Pending {
  text: string;
  resolve(reply: ReplyFrame): void;
}

export interface MemberOptions {
  hub: HubAddress;
  person: Person;
  /** How long it takes to read what it was sent: from `acked` to `seen`. */
  readingMs: number;
  /** The hub does not want this member (any more); it will not come back. */
  onRefused(problem: DemoProblem): void;
}

export class Member {
  readonly #options: MemberOptions;
  readonly #pending = new Map<string, Pending>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #socket: WebSocket | undefined;
  #isWanted = true;
  #isWelcome = false;

  constructor(options: MemberOptions) {
    this.#options = options;
    this.#connect();
    this.#repeat();
  }

  /** Sends a frame and resolves with its reply, which is an error where it has a `code`; waits for the hub while it is away. */
  ask(frame: ClientFrameInput): Promise<ReplyFrame> {
    const requestId = randomUUID();
    // An id of our own: what is sent again after a break of the link is stored once (M3).
    const messageId = "content" in frame ? { messageId: uuidv7() } : {};
    const text = JSON.stringify({ ...messageId, ...frame, requestId });
    return new Promise((resolve) => {
      this.#pending.set(requestId, { text, resolve });
      if (this.#isWelcome) this.#socket?.send(text);
    });
  }

  /** Says goodbye; nothing of it runs on. */
  async leave(): Promise<void> {
    this.#isWanted = false;
    for (const timer of this.#timers) clearTimeout(timer);
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
    const closed = once(socket, "close");
    socket.close(1000);
    await closed;
  }

  #connect(): void {
    const { hub, person } = this.#options;
    const query = new URLSearchParams({ instanceId: person.instanceId, identity: person.identity });
    const socket = new WebSocket(`${hub.url.replace(/^http/, "ws")}/ws/plugin?${query}`, SUBPROTOCOL, {
      headers: { authorization: `Bearer ${hub.key}` },
    });
    this.#socket = socket;
    socket.on("error", () => undefined);
    socket.on("unexpected-response", (_request, response: IncomingMessage) => {
      if (response.statusCode !== undefined && response.statusCode < 500) this.#giveUp(refusalOf(response.statusCode));
      socket.terminate();
    });
    socket.on("message", (data) => this.#read(String(data)));
    socket.on("close", (code) => this.#afterClose(code));
  }

  #afterClose(code: number): void {
    this.#isWelcome = false;
    if (code === CloseCode.replaced) this.#giveUp("another demo took over these sessions");
    if (code === CloseCode.revoked) this.#giveUp("the key was revoked, or a session of the demo was removed");
    if (this.#isWanted) this.#later(RETRY_MS, () => this.#connect());
  }

  #giveUp(reason: string): void {
    if (!this.#isWanted) return;
    this.#isWanted = false;
    this.#options.onRefused(new DemoProblem(`${reason}.`));
  }

  #read(text: string): void {
    if (text === "pong") return;
    for (const frame of [JSON.parse(text)].flat() as (HubFrame | ReplyFrame)[]) this.#take(frame);
  }

  #take(frame: HubFrame | ReplyFrame): void {
    if ("requestId" in frame && typeof frame.requestId === "string") {
      const pending = this.#pending.get(frame.requestId);
      this.#pending.delete(frame.requestId);
      pending?.resolve(frame as ReplyFrame);
    } else if ("action" in frame && frame.action === "welcome") {
      this.#isWelcome = true;
      for (const { text } of this.#pending.values()) this.#socket?.send(text);
    } else if ("action" in frame && frame.action === "deliver") {
      this.#readMessages((frame as Extract<HubFrame, { action: "deliver" }>).messages);
    }
  }

  /** As the plugin does: acked when the session has it, seen when the model does. */
  #readMessages(messages: Extract<HubFrame, { action: "deliver" }>["messages"]): void {
    const messageIds = messages.flatMap((message) => (message.seq === undefined ? [] : message.messageId));
    if (messageIds.length === 0) return;
    this.#write({ action: "ack", messageIds });
    this.#later(this.#options.readingMs, () => this.#write({ action: "ack", messageIds, state: "seen" }));
  }

  #write(frame: ClientFrameInput): void {
    if (this.#isWelcome) this.#socket?.send(JSON.stringify(frame));
  }

  #repeat(): void {
    this.#later(PING_INTERVAL_MS, () => {
      if (this.#isWelcome) this.#socket?.send("ping");
      this.#repeat();
    });
  }

  #later(delayMs: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, delayMs);
    this.#timers.add(timer);
  }
}

function refusalOf(status: number): string {
  if (status === 401) return "the hub does not take this key: give the one it was started with, by CC2CC_API_KEY";
  if (status === 403)
    return "this key may not connect sessions of the demo: use one without a pattern, not an observer's";
  if (status === 409) return "somebody else holds an id of the demo: take another --seed";
  return `the hub refused a session with HTTP ${status}`;
}
