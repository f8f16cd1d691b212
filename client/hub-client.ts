/** Requests to the hub and what it sends unasked, over a link that comes and goes. */
import { randomUUID } from "node:crypto";
import { type Answer, ClientCore, type ClientEvent } from "../shared/client/client-core.ts";
import { instanceUrl } from "../shared/client/connection-rules.ts";
import type { Pause } from "../shared/pauses.ts";
import type {
  ClientFrameInput,
  DecisionFrame,
  DeliveredMessage,
  ReceiptFrame,
  WelcomeFrame,
} from "../shared/protocol.ts";
import { HubLink, type LinkOptions } from "./hub-link.ts";
import { type ClientWords, type Standing, troubleOf } from "./trouble.ts";

export type { Answer, Reply } from "../shared/client/client-core.ts";
export type { ClientWords, Standing } from "./trouble.ts";

/** How long a call waits for a hub that is away before it says so: a restart and the next attempts fit in. */
const CONNECT_WAIT_MS = 8_000;
/** How long a request that went out waits for its reply, over reconnects. */
const REPLY_WAIT_MS = 20_000;

export interface HubClientOptions {
  hubUrl: URL | undefined;
  apiKey: string | undefined;
  identity: string;
  isTransient?: boolean;
  /** C11. */
  isPull?: boolean;
  instanceId: string;
  /** Why there is no connection to be had at all. */
  problems: readonly string[];
  waits?: { connectMs: number; replyMs: number };
  retry?: LinkOptions["retry"];
  words: ClientWords;
  onDeliver(messages: DeliveredMessage[]): void;
  onReceipt(receipt: ReceiptFrame): void;
  /** H2: an approval that this client asked for has ended. */
  onDecision?(decision: DecisionFrame): void;
  /** A free session id in place of one that another holds; undefined where only that one will do. */
  nextInstanceId(taken: string): string | undefined;
  /** It has given up: the key is refused, or the id is another's. */
  onRefused?(reason: string): void;
  log(line: string): void;
}

interface Waiting {
  timer: NodeJS.Timeout | undefined;
  resolve(answer: Answer): void;
}

export class HubClient {
  readonly #options: HubClientOptions;
  readonly #waits: { connectMs: number; replyMs: number };
  /** Undefined before `connect`, after `leave`, and where a setting is missing. */
  #link: HubLink | undefined;
  readonly #core = new ClientCore();
  /** By request id. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #onReady = new Set<() => void>();
  /** What the hub knows us as, and what we want to be: apart while a session change is under way. */
  #heldId: string;
  #wantedId: string;
  #welcome: WelcomeFrame | undefined;
  #openTasks = 0;
  #hasLeft = false;
  #downSince = Date.now();
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
    const { hubUrl, apiKey, identity, isTransient = false, isPull = false, retry, words } = this.#options;
    if (this.#link !== undefined || this.#hasLeft || hubUrl === undefined || apiKey === undefined) return;
    this.#downSince = Date.now();
    this.#link = new HubLink({
      url: () => {
        this.#core.connecting();
        return instanceUrl(hubUrl.origin, { instanceId: this.#heldId, identity, isTransient, isPull });
      },
      apiKey,
      newKey: words.newKey,
      ...(retry === undefined ? {} : { retry }),
      onText: (text) => this.#read(text),
      onDown: (reason) => this.#onDown(reason),
      onIdentityTaken: () => this.#takeAnotherId(),
    });
  }

  /** Says goodbye, until `join`. Mail waits in the hub for the session or its successor. */
  async leave(): Promise<void> {
    this.#hasLeft = true;
    const link = this.#link;
    this.#link = undefined;
    this.#core.closed();
    await link?.close();
  }

  join(): void {
    this.#hasLeft = false;
    this.connect();
  }

  get isReady(): boolean {
    return this.#core.isReady;
  }

  get instanceId(): string {
    return this.#wantedId;
  }

  get welcome(): WelcomeFrame | undefined {
    return this.#welcome;
  }

  /** How many open tasks this session has (T5), as of the last connection or session change. */
  get openTasks(): number {
    return this.#openTasks;
  }

  /** H3: what holds this session up; undefined where nothing does. */
  get paused(): Pause | undefined {
    return this.isReady ? this.#core.paused : undefined;
  }

  get standing(): Standing {
    if (this.isReady) return { is: "ready" };
    const { problems } = this.#options;
    if (this.#link === undefined) return problems.length > 0 ? { is: "missing" } : { is: "left" };
    const over = this.#link.refusedOver;
    return over !== undefined ? { is: "refused", over } : { is: "away", since: this.#downSince };
  }

  /** Why there is no connection, and what to do; undefined while there is one. */
  get trouble(): string | undefined {
    const { hubUrl, problems, words } = this.#options;
    return troubleOf(this.standing, {
      where: hubUrl?.origin,
      problems,
      words,
      reason: this.#link?.downReason ?? "no link",
    });
  }

  /** Asks the hub; never throws. A request that went out is sent again after a reconnect, with the same ids. */
  async ask(frame: ClientFrameInput): Promise<Answer> {
    if (!(await this.#untilReady())) return { ok: false, error: `${this.trouble} Nothing was sent.` };
    return this.#request(frame);
  }

  /** How many messages the hub holds for us, as of the last connection and what it has sent since; at least 0. */
  get behindCount(): number {
    return this.#core.behindCount;
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
    if (this.isReady) this.#updateSession();
  }

  #request(frame: ClientFrameInput, patienceMs: number | null = this.#waits.replyMs): Promise<Answer> {
    return new Promise((resolve) => {
      const requestId = randomUUID();
      const timer = patienceMs === null ? undefined : setTimeout(() => this.#giveUp(requestId), patienceMs);
      this.#waiting.set(requestId, { timer, resolve });
      this.#core.ask(requestId, frame);
      this.#flush();
    });
  }

  #giveUp(requestId: string): void {
    const frame = this.#core.forget(requestId);
    const id = frame !== undefined && "messageId" in frame ? frame.messageId : undefined;
    const check =
      id === undefined ? "" : `It may or may not have been stored: ${this.#options.words.checkMessage(id)}.`;
    this.#settle(requestId, {
      ok: false,
      error: ["The hub did not confirm in time.", this.trouble, check].filter(Boolean).join(" "),
    });
  }

  #untilReady(): Promise<boolean> {
    if (this.isReady) return Promise.resolve(true);
    if (this.#link === undefined) return Promise.resolve(false);
    this.#link.hurry();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#onReady.delete(end);
        resolve(this.isReady);
      };
      const timer = setTimeout(end, this.#waits.connectMs);
      this.#onReady.add(end);
    });
  }

  #flush(): void {
    for (const text of this.#core.takeTexts()) this.#link?.send(text);
  }

  #read(text: string): void {
    for (const event of this.#core.received(text)) this.#take(event);
    this.#flush();
  }

  #take(event: ClientEvent): void {
    if (event.is === "ready") this.#begin(event.welcome);
    else if (event.is === "answered") this.#settle(event.requestId, event.answer);
    else if (event.is === "delivered") this.#options.onDeliver(event.messages);
    else if (event.is === "receipt") this.#options.onReceipt(event.receipt);
    else if (event.is === "decided") this.#options.onDecision?.(event.decision);
    else if (event.is === "remark") this.#options.log(`the hub says: ${event.error.error}`);
  }

  #settle(requestId: string, answer: Answer): void {
    const waiting = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    clearTimeout(waiting?.timer);
    waiting?.resolve(answer);
  }

  #begin(welcome: WelcomeFrame): void {
    this.#welcome = welcome;
    this.#openTasks = welcome.openTasks ?? 0;
    this.#loggedReason = undefined;
    this.#options.log(`connected as ${welcome.instanceId}, ${welcome.pending} pending`);
    if (this.#heldId !== this.#wantedId) this.#updateSession();
    this.#wake();
  }

  #updateSession(): void {
    const to = this.#wantedId;
    const frame = { action: "session_update", newInstanceId: to, identity: this.#options.identity } as const;
    void this.#request(frame, null).then((answer) => {
      const next = !answer.ok && answer.code === "identity_taken" ? this.#options.nextInstanceId(to) : undefined;
      if (answer.ok) {
        this.#heldId = to;
        this.#openTasks = Number(answer.reply.openTasks ?? 0);
      } else if (next !== undefined && to === this.#wantedId) this.changeInstanceId(next);
      else this.#options.log(`the hub did not take the new session id: ${answer.error}`);
    });
  }

  #onDown(reason: string): void {
    if (this.isReady) this.#downSince = Date.now();
    for (const requestId of this.#core.closed()) this.#waiting.delete(requestId);
    if (reason !== this.#loggedReason) this.#options.log(`not connected: ${reason}`);
    this.#loggedReason = reason;
    if (!this.#link?.isStopped) return;
    this.#wake();
    this.#options.onRefused?.(this.#link.downReason);
  }

  #takeAnotherId(): void {
    const next = this.#options.nextInstanceId(this.#heldId);
    if (next === undefined) {
      this.#link?.giveUp();
    } else {
      this.#heldId = next;
      this.#wantedId = next;
      this.#link?.reconnect();
    }
  }

  #wake(): void {
    for (const end of this.#onReady) end();
  }
}
