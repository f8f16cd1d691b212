/** Requests to the hub and what it sends unasked, over a link that comes and goes. */
import { randomUUID } from "node:crypto";
import type {
  ClientFrameInput,
  DeliveredMessage,
  ErrorFrame,
  HubFrame,
  ReceiptFrame,
  ReplyFrame,
  WelcomeFrame,
} from "../../../shared/protocol.ts";
import { HubLink } from "./hub-link.ts";
import { textsOf } from "./texts-of.ts";

/** How long a call waits for a hub that is away before it says so: a restart and the next attempts fit in. */
const CONNECT_WAIT_MS = 8_000;
/** How long a request that went out waits for its reply, over reconnects. */
const REPLY_WAIT_MS = 20_000;

export type Reply = Record<string, unknown>;
type Failed = Pick<ErrorFrame, "error"> & Partial<ErrorFrame>;
export type Answer = { ok: true; reply: Reply } | ({ ok: false } & Failed);

/** How this session stands to the hub. */
export type Standing =
  | { is: "ready" }
  /** A setting is missing. */
  | { is: "missing" }
  /** Not asked to connect yet, or asked to leave. */
  | { is: "left" }
  | { is: "refused" }
  /** `since`: epoch ms. */
  | { is: "away"; since: number };

export interface HubClientOptions {
  hubUrl: URL | undefined;
  apiKey: string | undefined;
  identity: string;
  isTransient?: boolean;
  instanceId: string;
  /** Why there is no connection to be had at all. */
  problems: readonly string[];
  waits?: { connectMs: number; replyMs: number };
  onDeliver(messages: DeliveredMessage[]): void;
  onReceipt(receipt: ReceiptFrame): void;
  /** A free session id in place of one that another holds. */
  nextInstanceId(taken: string): string;
  log(line: string): void;
}

interface Pending {
  frame: ClientFrameInput & { requestId: string };
  isSent: boolean;
  resolve(answer: Answer): void;
}

export class HubClient {
  readonly #options: HubClientOptions;
  readonly #waits: { connectMs: number; replyMs: number };
  /** Undefined before `connect`, after `leave`, and where a setting is missing. */
  #link: HubLink | undefined;
  /** In the order of asking: a resend keeps it. */
  readonly #pending = new Map<string, Pending>();
  readonly #onReady = new Set<() => void>();
  /** What the hub knows us as, and what we want to be: apart while a session change is under way. */
  #heldId: string;
  #wantedId: string;
  #welcome: WelcomeFrame | undefined;
  #isReady = false;
  #hasLeft = false;
  #downSince = Date.now();
  /** Messages sent on this connection, repetitions included. */
  #deliveredCount = 0;
  /** A hub that is away for days fails every half minute for the same reason. */
  #loggedReason: string | undefined;

  constructor(options: HubClientOptions) {
    this.#options = options;
    this.#waits = options.waits ?? { connectMs: CONNECT_WAIT_MS, replyMs: REPLY_WAIT_MS };
    this.#heldId = options.instanceId;
    this.#wantedId = options.instanceId;
  }

  /** Becomes a member of the hub, unless the person has left it. */
  connect(): void {
    const { hubUrl, apiKey, identity, isTransient = false } = this.#options;
    if (this.#link !== undefined || this.#hasLeft || hubUrl === undefined || apiKey === undefined) return;
    this.#downSince = Date.now();
    this.#link = new HubLink({
      hubUrl,
      apiKey,
      identity,
      isTransient,
      instanceId: () => this.#heldId,
      onText: (text) => this.#read(text),
      onDown: (reason) => this.#onDown(reason),
      onIdentityTaken: () => this.#takeAnotherId(),
    });
  }

  /** Says goodbye, until `join`. Mail waits in the hub for the session or its successor. */
  leave(): void {
    this.#hasLeft = true;
    this.#link?.close();
    this.#link = undefined;
    this.#isReady = false;
  }

  join(): void {
    this.#hasLeft = false;
    this.connect();
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get instanceId(): string {
    return this.#wantedId;
  }

  get welcome(): WelcomeFrame | undefined {
    return this.#welcome;
  }

  get standing(): Standing {
    if (this.#isReady) return { is: "ready" };
    const { problems } = this.#options;
    if (this.#link === undefined) return problems.length > 0 ? { is: "missing" } : { is: "left" };
    return this.#link.isStopped ? { is: "refused" } : { is: "away", since: this.#downSince };
  }

  /** Why there is no connection, and what to do; undefined while there is one. */
  get trouble(): string | undefined {
    const { is } = this.standing;
    if (is === "ready") return undefined;
    if (is === "missing") return this.#options.problems.join(" ");
    if (is === "left") return "This session is not on the hub: its person can type /cc2cc join.";
    const where = this.#options.hubUrl?.origin;
    const reason = this.#link?.downReason ?? "no link";
    if (is === "refused") return `Not connected to the hub at ${where}: ${reason.replace(/\.$/, "")}.`;
    const remedy = /certificate/i.test(reason)
      ? "if its CA is your own, name the CA's file in NODE_EXTRA_CA_CERTS where the agent starts"
      : `check that it runs (curl ${where}/health)`;
    return `The hub at ${where} cannot be reached: ${reason}. Reconnecting by itself; ${remedy}.`;
  }

  /** Asks the hub; never throws. A request that went out is sent again after a reconnect, with the same ids. */
  async ask(frame: ClientFrameInput): Promise<Answer> {
    if (!(await this.#untilReady())) return { ok: false, error: `${this.trouble} Nothing was sent.` };
    return this.#request(frame);
  }

  /** How many messages the hub holds for us, as of the last connection and what it has sent since; at least 0. */
  get behindCount(): number {
    return Math.max(0, (this.#welcome?.pending ?? 0) - this.#deliveredCount);
  }

  /** Tells the hub without anyone waiting: kept over reconnects until the hub has answered. */
  tell(frame: ClientFrameInput): void {
    if (this.#link !== undefined) void this.#request(frame, null);
  }

  /** From now on we are another session. Mail, role and topics follow, at the latest with the next connection. */
  changeInstanceId(instanceId: string): void {
    this.#wantedId = instanceId;
    // Before the first connection there is no mail, role or topic to bring along, and the old id may be another's.
    if (this.#link === undefined && this.#welcome === undefined) this.#heldId = instanceId;
    if (this.#isReady) this.#updateSession();
  }

  #request(frame: ClientFrameInput, patienceMs: number | null = this.#waits.replyMs): Promise<Answer> {
    return new Promise((resolve) => {
      const requestId = randomUUID();
      const timer = patienceMs === null ? undefined : setTimeout(() => this.#giveUp(requestId), patienceMs);
      const pending: Pending = {
        frame: { ...frame, requestId },
        isSent: false,
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
      };
      this.#pending.set(requestId, pending);
      if (this.#isReady) this.#write([pending]);
    });
  }

  #giveUp(requestId: string): void {
    const pending = this.#pending.get(requestId);
    this.#pending.delete(requestId);
    const id = pending !== undefined && "messageId" in pending.frame ? pending.frame.messageId : undefined;
    const check = id === undefined ? "" : ` It may or may not have been stored: ask message_status for ${id}.`;
    pending?.resolve({ ok: false, error: `The hub did not confirm in time. ${this.trouble ?? ""}${check}`.trim() });
  }

  #untilReady(): Promise<boolean> {
    if (this.#isReady) return Promise.resolve(true);
    if (this.#link === undefined) return Promise.resolve(false);
    this.#link.hurry();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#onReady.delete(end);
        resolve(this.#isReady);
      };
      const timer = setTimeout(end, this.#waits.connectMs);
      this.#onReady.add(end);
    });
  }

  #write(requests: readonly Pending[]): void {
    for (const pending of requests) pending.isSent = true;
    for (const text of textsOf(requests.map(({ frame }) => JSON.stringify(frame)))) this.#link?.send(text);
  }

  #read(text: string): void {
    for (const frame of [JSON.parse(text)].flat() as (HubFrame | ReplyFrame)[]) this.#take(frame);
  }

  #take(frame: HubFrame | ReplyFrame): void {
    if ("requestId" in frame && typeof frame.requestId === "string") this.#settle(frame.requestId, frame);
    else this.#takeUnasked(frame as HubFrame | ErrorFrame);
  }

  #takeUnasked(unasked: HubFrame | ErrorFrame): void {
    if (!("action" in unasked)) this.#options.log(`the hub says: ${unasked.error}`);
    else if (unasked.action === "welcome") this.#begin(unasked);
    else if (unasked.action === "deliver") this.#deliver(unasked.messages);
    else if (unasked.action === "receipt") this.#options.onReceipt(unasked);
  }

  #deliver(messages: DeliveredMessage[]): void {
    this.#deliveredCount += messages.filter(({ seq }) => seq !== undefined).length;
    this.#options.onDeliver(messages);
  }

  #settle(requestId: string, frame: ReplyFrame): void {
    const pending = this.#pending.get(requestId);
    this.#pending.delete(requestId);
    const { requestId: _, ...reply } = frame;
    pending?.resolve("error" in reply ? { ok: false, ...(reply as ErrorFrame) } : { ok: true, reply });
  }

  #begin(welcome: WelcomeFrame): void {
    this.#welcome = welcome;
    this.#deliveredCount = 0;
    this.#isReady = true;
    this.#loggedReason = undefined;
    this.#options.log(`connected as ${welcome.instanceId}, ${welcome.pending} pending`);
    if (this.#heldId !== this.#wantedId) this.#updateSession();
    this.#write([...this.#pending.values()].filter(({ isSent }) => !isSent));
    this.#wake();
  }

  #updateSession(): void {
    const to = this.#wantedId;
    const frame = { action: "session_update", newInstanceId: to, identity: this.#options.identity } as const;
    void this.#request(frame, null).then((answer) => {
      if (answer.ok) this.#heldId = to;
      else if (answer.code === "identity_taken" && to === this.#wantedId) {
        this.changeInstanceId(this.#options.nextInstanceId(to));
      } else this.#options.log(`the hub did not take the new session id: ${answer.error}`);
    });
  }

  #onDown(reason: string): void {
    if (this.#isReady) this.#downSince = Date.now();
    this.#isReady = false;
    for (const [id, pending] of this.#pending) {
      pending.isSent = false;
      // Made anew after the welcome, from the id that the hub then knows.
      if (pending.frame.action === "session_update") this.#pending.delete(id);
    }
    if (reason !== this.#loggedReason) this.#options.log(`not connected: ${reason}`);
    this.#loggedReason = reason;
    if (this.#link?.isStopped) this.#wake();
  }

  #takeAnotherId(): void {
    this.#heldId = this.#options.nextInstanceId(this.#heldId);
    this.#wantedId = this.#heldId;
    this.#link?.reconnect();
  }

  #wake(): void {
    for (const end of this.#onReady) end();
  }
}
