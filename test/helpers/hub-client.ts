import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { uuidv7 } from "uuidv7";
import WebSocket from "ws";
import { FRAMES_PER_TEXT } from "../../shared/limits.ts";
import type {
  ClientFrameInput,
  DeliveredMessage,
  ErrorFrame,
  HubFrame,
  ReceiptFrame,
  ReplyFrame,
  WelcomeFrame,
} from "../../shared/protocol.ts";
import { type HubAddress, secretOf } from "./test-socket.ts";
import { Conditions } from "./until.ts";

const RETRY_MS = 20;
/** 4001 replaced, 4003 revoked, 4009 identity taken: coming back would be wrong. */
const FINAL_CODES = [4001, 4003, 4009];

export interface HubClientOptions {
  instanceId: string;
  /**
   * How it acks what it was given, cumulatively: without asking for a reply, with one (then it remembers what is surely
   * acked), or not at all.
   */
  acks?: "silent" | "answered" | "none";
  /** Whether it sends again, with the same messageId, what was not answered when the link broke. */
  isResending?: boolean;
  /** UUIDs that do not sort by time, as a client may bring them (M3). */
  hasRandomIds?: boolean;
  /** C8: the secret of the id; by default one that every client of a test makes of it. */
  identity?: string;
}

/** What became of a request: its reply, or null when the link broke first and the client does not resend. */
export type Answer = ReplyFrame | null;

interface Pending {
  frame: ClientFrameInput & { requestId: string };
  resolve(answer: Answer): void;
}

/** A v2 client as the protocol wants it: reconnects, resends by id, acks cumulatively, takes each message once. */
export class HubClient {
  readonly instanceId: string;
  /** Every message once, in the order of its first arrival. */
  readonly received: DeliveredMessage[] = [];
  readonly receipts: ReceiptFrame[] = [];
  /** Errors that answer no request. */
  readonly errors: ErrorFrame[] = [];
  /** Messages that came again, in their order. */
  readonly repeated: DeliveredMessage[] = [];
  /** Messages that came again although the hub had confirmed their ack: there must be none (Q4). */
  readonly wronglyRepeated: DeliveredMessage[] = [];
  /** Of the present connection, or of the last one. */
  welcome: WelcomeFrame | undefined;
  closeCode: number | undefined;
  readonly #hub: HubAddress;
  readonly #options: Required<HubClientOptions>;
  readonly #conditions = new Conditions();
  readonly #receivedIds = new Set<string>();
  readonly #surelyAcked = new Set<string>();
  /** Delivered on the present link: not acked yet, and acked without an answer yet. */
  #unackedIds: string[] = [];
  readonly #acksUnderWay = new Map<string, string[]>();
  /** In the order of sending: a resend keeps it. */
  readonly #pending = new Map<string, Pending>();
  #ws: WebSocket | undefined;
  #isWanted = false;
  #isWelcome = false;

  constructor(hub: HubAddress, options: HubClientOptions) {
    this.#hub = hub;
    const identity = secretOf(options.instanceId);
    this.#options = { acks: "silent", isResending: true, hasRandomIds: false, identity, ...options };
    this.instanceId = options.instanceId;
  }

  /** A client that has its welcome. */
  static async connect(hub: HubAddress, options: HubClientOptions): Promise<HubClient> {
    const client = new HubClient(hub, options);
    await client.goOnline();
    return client;
  }

  get isOnline(): boolean {
    return this.#isWelcome;
  }

  /** Requests that have no reply yet. */
  get unanswered(): number {
    return this.#pending.size;
  }

  /** Connects, and stays connected until told otherwise. Resolves with the welcome. */
  async goOnline(): Promise<void> {
    this.#isWanted = true;
    if (this.#ws === undefined) this.#connect();
    await this.until(() => this.#isWelcome, "welcome");
  }

  /** Says goodbye and stays away. */
  async goOffline(): Promise<void> {
    this.#isWanted = false;
    this.#ws?.close();
    await this.until(() => this.#ws === undefined, "close");
  }

  /** Tears the link as a network does; comes back by itself. */
  dropLink(): void {
    this.#ws?.terminate();
  }

  /** Sends one message. */
  send(to: string, content: string): Promise<Answer> {
    return this.sendAll([{ to, content }])[0] as Promise<Answer>;
  }

  /** Sends messages, as many as may share a text message in each (B1). */
  sendAll(drafts: { to: string; content: string }[]): Promise<Answer>[] {
    return this.#requestAll(
      drafts.map((draft) => ({
        action: "send_message",
        type: "task",
        messageId: this.#options.hasRandomIds ? randomUUID() : uuidv7(),
        ...draft,
      })),
    );
  }

  /** Sends any frame that wants a reply. */
  async ask(frame: ClientFrameInput): Promise<Record<string, unknown>> {
    const answer = await this.#requestAll([frame])[0];
    if (answer === null || answer === undefined) throw new Error("the link broke before the reply");
    return answer as Record<string, unknown>;
  }

  /** Acks everything that was delivered on the present link. */
  ackAll(): void {
    const seq = Math.max(0, ...this.received.map((message) => message.seq ?? 0));
    this.#write([{ action: "ack", upTo: seq }]);
  }

  until(isTrue: () => boolean, what: string): Promise<void> {
    const describe = () =>
      `${what}; ${this.instanceId} received ${this.received.length}, awaits ${this.#pending.size} replies, ` +
      `online: ${this.#isWelcome}, close code: ${this.closeCode}, errors: ${JSON.stringify(this.errors.slice(-2))}`;
    return this.#conditions.until(isTrue, describe);
  }

  untilReceived(count: number): Promise<void> {
    return this.until(() => this.received.length >= count, `${count} messages`);
  }

  #requestAll(frames: ClientFrameInput[]): Promise<Answer>[] {
    const requests = frames.map((frame) => ({ ...frame, requestId: randomUUID() }));
    const answers = requests.map(
      (frame) => new Promise<Answer>((resolve) => this.#pending.set(frame.requestId, { frame, resolve })),
    );
    if (this.#isWelcome) this.#write(requests);
    return answers;
  }

  #write(frames: ClientFrameInput[]): void {
    for (let from = 0; from < frames.length; from += FRAMES_PER_TEXT) {
      const batch = frames.slice(from, from + FRAMES_PER_TEXT);
      this.#ws?.send(JSON.stringify(batch.length === 1 ? batch[0] : batch));
    }
  }

  #connect(): void {
    const query = new URLSearchParams({ instanceId: this.instanceId, identity: this.#options.identity });
    const ws = new WebSocket(`${this.#hub.url.replace("http", "ws")}/ws/plugin?${query}`, "cc2cc.v2", {
      headers: { authorization: `Bearer ${this.#hub.key}` },
    });
    this.#ws = ws;
    ws.on("message", (data) => {
      // A torn link may still have messages in the kernel; the session that they belonged to is over.
      if (this.#ws === ws) this.#read(String(data));
    });
    ws.on("error", () => undefined);
    ws.on("close", (code) => void this.#afterClose(ws, code));
  }

  async #afterClose(ws: WebSocket, code: number): Promise<void> {
    if (this.#ws !== ws) return;
    this.#ws = undefined;
    this.#isWelcome = false;
    this.closeCode = code;
    if (!this.#options.isResending) {
      for (const { resolve } of this.#pending.values()) resolve(null);
      this.#pending.clear();
    }
    this.#conditions.changed();
    if (!this.#isWanted || FINAL_CODES.includes(code)) return;
    await sleep(RETRY_MS);
    if (this.#isWanted && this.#ws === undefined) this.#connect();
  }

  #read(text: string): void {
    let highest = 0;
    for (const frame of [JSON.parse(text)].flat() as (HubFrame | ReplyFrame)[]) {
      highest = Math.max(highest, this.#take(frame));
    }
    if (highest > 0) this.#ack(highest);
    this.#conditions.changed();
  }

  /** Returns the highest seq that the frame delivered. */
  #take(frame: HubFrame | ReplyFrame): number {
    if ("requestId" in frame && typeof frame.requestId === "string") {
      for (const id of this.#acksUnderWay.get(frame.requestId) ?? []) this.#surelyAcked.add(id);
      this.#acksUnderWay.delete(frame.requestId);
      const pending = this.#pending.get(frame.requestId);
      this.#pending.delete(frame.requestId);
      pending?.resolve(frame as ReplyFrame);
      return 0;
    }
    const unasked = frame as HubFrame | ErrorFrame;
    if (!("action" in unasked)) this.errors.push(unasked);
    else if (unasked.action === "welcome") this.#begin(unasked);
    else if (unasked.action === "receipt") this.receipts.push(unasked);
    else if (unasked.action === "deliver")
      return Math.max(0, ...unasked.messages.map((message) => this.#keep(message)));
    return 0;
  }

  #begin(welcome: WelcomeFrame): void {
    this.welcome = welcome;
    this.#isWelcome = true;
    this.#unackedIds = [];
    this.#acksUnderWay.clear();
    this.#write([...this.#pending.values()].map(({ frame }) => frame));
  }

  #keep(message: DeliveredMessage): number {
    if (this.#surelyAcked.has(message.messageId)) this.wronglyRepeated.push(message);
    if (this.#receivedIds.has(message.messageId)) this.repeated.push(message);
    else this.received.push(message);
    this.#receivedIds.add(message.messageId);
    this.#unackedIds.push(message.messageId);
    return message.seq ?? 0;
  }

  #ack(upTo: number): void {
    const { acks } = this.#options;
    if (acks === "silent") this.#write([{ action: "ack", upTo }]);
    if (acks !== "answered") return;
    // Not among `#pending`: a seq means nothing on another link, so an ack is never sent again.
    const requestId = randomUUID();
    this.#acksUnderWay.set(requestId, this.#unackedIds);
    this.#unackedIds = [];
    this.#write([{ action: "ack", upTo, requestId }]);
  }
}
