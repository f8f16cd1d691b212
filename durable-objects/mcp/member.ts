/**
 * An MCP session as a client of its instance's mailbox, over a WebSocket within the hub: so order, windows, limits and what
 * counts as accepted or acked are those of every other client.
 */
import { type Answer, ClientCore, type ClientEvent } from "../../shared/client/client-core.ts";
import { CloseCode, type Failure } from "../../shared/errors.ts";
import { MCP_PRESENCE_MS, PING_INTERVAL_MS } from "../../shared/limits.ts";
import type { Pause } from "../../shared/pauses.ts";
import type { ClientFrameInput, ReceiptFrame, WelcomeFrame } from "../../shared/protocol.ts";
import { ReplyWaiters } from "../../shared/replies/reply-waiters.ts";
import { SentMessages } from "../../shared/replies/sent-messages.ts";
import { answerClose } from "../answer-close.ts";
import { type Env, mailboxOf } from "../env.ts";
import { errorText, log } from "../log.ts";
import { upgradeRequest } from "../upgrade.ts";
import { askAboutAudience } from "./history.ts";
import { Mail } from "./mail.ts";
import type { McpFacts } from "./request.ts";
import { enterSession, leaveSession } from "./room.ts";

/** How long a request waits for its answer: a store that starts anew fits in. */
const REPLY_WAIT_MS = 20_000;
/** Receipts are for `wait_for_reply`; the hub knows them all, so only the newest are kept. */
const RECEIPTS_MAX = 200;

type Standing =
  | { is: "away" }
  /** Resolves with why it was refused, or null. */
  | { is: "opening"; done: Promise<Failure | null> }
  | { is: "open"; ws: WebSocket; welcome: WelcomeFrame };

interface MemberEvents {
  onOnline(): void;
  onOffline(): void;
  /** It has lost the instance, or the hub goes down. */
  onLost(): void;
}

export class Member {
  readonly facts: McpFacts;
  readonly sent: SentMessages;
  readonly waiters: ReplyWaiters;
  readonly mail: Mail;
  readonly receipts = new Map<string, ReceiptFrame["state"]>();
  readonly #env: Env;
  readonly #events: MemberEvents;
  readonly #core = new ClientCore();
  readonly #answers = new Map<string, (answer: Answer) => void>();
  #standing: Standing = { is: "away" };
  #onWelcome: ((welcome: WelcomeFrame) => void) | undefined;
  #heartbeat: ReturnType<typeof setInterval> | null = null;
  #refusal: Failure | null = null;
  #hasRoom = false;
  #openCalls = 0;
  #lastCallAt = 0;

  constructor(facts: McpFacts, env: Env, events: MemberEvents) {
    this.facts = facts;
    this.#env = env;
    this.#events = events;
    const isKnown = async (messageId: string) => (await this.ask({ action: "status", messageId })).ok;
    this.sent = new SentMessages({ ...askAboutAudience(env), isKnown });
    this.waiters = new ReplyWaiters(this.sent);
    this.mail = new Mail({
      waiters: this.waiters,
      ack: (messageIds) => this.#tell({ action: "ack", messageIds }),
      behindCount: () => this.#core.behindCount,
    });
  }

  get welcome(): WelcomeFrame | undefined {
    return this.#standing.is === "open" ? this.#standing.welcome : undefined;
  }

  /** H3: what holds it up; undefined where nothing does. */
  get paused(): Pause | undefined {
    return this.#core.paused;
  }

  /** Why it could not connect the last time; null where it could. */
  get refusal(): Failure | null {
    return this.#refusal;
  }

  /** Becomes online, if it is not; returns why it may not. */
  connect(): Promise<Failure | null> {
    if (this.#standing.is === "open") return Promise.resolve(null);
    if (this.#standing.is === "opening") return this.#standing.done;
    const done = this.#open()
      .catch((error: unknown) => {
        log("warn", "an MCP session could not connect", { instance: this.facts.instanceId, error: errorText(error) });
        return UNREACHABLE;
      })
      .then((refusal) => {
        if (refusal !== null) this.#fall();
        this.#refusal = refusal;
        return refusal;
      });
    this.#standing = { is: "opening", done };
    return done;
  }

  /** A call begins. It is online as long as one is open, and for some time after the last. */
  enter(): void {
    this.#openCalls++;
    this.#lastCallAt = Date.now();
  }

  leave(): void {
    this.#openCalls--;
    this.#lastCallAt = Date.now();
  }

  /** Goes offline; what is not acked comes again. */
  end(): void {
    const standing = this.#standing;
    this.#fall();
    if (standing.is === "open") standing.ws.close(CloseCode.normal, "session ended");
  }

  /** Asks the hub; never throws. */
  async ask(frame: ClientFrameInput): Promise<Answer> {
    const refusal = await this.connect();
    if (refusal !== null) return refusal;
    return new Promise((resolve) => {
      const requestId = crypto.randomUUID();
      const timer = setTimeout(() => this.#giveUp(requestId), REPLY_WAIT_MS);
      this.#answers.set(requestId, (answer) => {
        clearTimeout(timer);
        this.#answers.delete(requestId);
        resolve(answer);
      });
      this.#core.ask(requestId, frame);
      this.#flush();
    });
  }

  #tell(frame: ClientFrameInput): void {
    this.#core.tell(frame);
    this.#flush();
  }

  #giveUp(requestId: string): void {
    const frame = this.#core.forget(requestId);
    const id = frame !== undefined && "messageId" in frame ? frame.messageId : undefined;
    const check = id === undefined ? "" : ` It may or may not have been stored: ask message_status for ${id}.`;
    this.#answers.get(requestId)?.({ ok: false, error: `The hub did not confirm in time.${check}` });
  }

  async #open(): Promise<Failure | null> {
    const noRoom = enterSession();
    if (noRoom !== null) return noRoom;
    this.#hasRoom = true;
    const { instanceId, principal, identityHash, isTransient } = this.facts;
    const bearing = { instanceId, principal, identityHash, isTransient, isPull: true };
    const upgrade = upgradeRequest({ ...bearing, version: 2, isSubprotocolAsked: false });
    const response = await mailboxOf(this.#env, instanceId).fetch(upgrade);
    const ws = response.webSocket;
    if (ws === null) return { ok: false, ...(await response.json<Pick<Failure, "code" | "error">>()) };
    this.#core.connecting();
    const welcomed = new Promise<WelcomeFrame | null>((resolve) => {
      this.#onWelcome = resolve;
      ws.addEventListener("message", ({ data }) => this.#read(String(data)));
      ws.addEventListener("close", ({ code }) => {
        answerClose(ws, code);
        resolve(null);
        this.#onClosed(ws, code);
      });
      ws.accept();
    });
    const welcome = await welcomed;
    if (welcome === null) return UNREACHABLE;
    this.#standing = { is: "open", ws, welcome };
    this.#heartbeat = setInterval(() => this.look(Date.now()), PING_INTERVAL_MS);
    this.#events.onOnline();
    this.#flush();
    return null;
  }

  #flush(): void {
    if (this.#standing.is !== "open") return;
    for (const text of this.#core.takeTexts()) this.#standing.ws.send(text);
  }

  #read(text: string): void {
    for (const event of this.#core.received(text)) this.#take(event);
    this.#flush();
  }

  #take(event: ClientEvent): void {
    if (event.is === "ready") this.#onWelcome?.(event.welcome);
    else if (event.is === "answered") this.#answers.get(event.requestId)?.(event.answer);
    else if (event.is === "delivered") this.mail.receive(event.messages);
    else if (event.is === "receipt") this.#noteReceipt(event.receipt);
  }

  #noteReceipt({ messageId, state }: ReceiptFrame): void {
    this.receipts.delete(messageId);
    this.receipts.set(messageId, state);
    if (this.receipts.size > RECEIPTS_MAX) this.receipts.delete(this.receipts.keys().next().value as string);
  }

  /** Goes offline where its last call ended too long ago; otherwise it shows the mailbox that it is there (C6). */
  look(now: number): void {
    if (this.#standing.is !== "open") return;
    if (this.#openCalls === 0 && now - this.#lastCallAt >= MCP_PRESENCE_MS) this.end();
    else this.#standing.ws.send("ping");
  }

  #onClosed(ws: WebSocket, code: number | undefined): void {
    if (this.#standing.is !== "open" || this.#standing.ws !== ws) return;
    this.#fall();
    const why = FINAL.get(code);
    if (why !== undefined) this.#events.onLost();
    if (this.#answers.size === 0) return;
    // What has no answer is sent again under its ids, once there is a connection.
    void (why === undefined ? this.connect() : Promise.resolve(why)).then((refusal) => {
      if (refusal !== null) for (const settle of [...this.#answers.values()]) settle(refusal);
    });
  }

  #fall(): void {
    if (this.#hasRoom) leaveSession();
    this.#hasRoom = false;
    if (this.#standing.is === "open") this.#events.onOffline();
    this.#standing = { is: "away" };
    clearInterval(this.#heartbeat);
    this.#core.closed();
  }
}

const UNREACHABLE: Failure = {
  ok: false,
  code: "internal",
  error: "The hub could not open this session's connection; it has logged why. Try again.",
};

/** Closes after which its calls wait in vain. */
const FINAL: ReadonlyMap<number | undefined, Failure> = new Map([
  [CloseCode.revoked, lost("its key was revoked, or its instance removed")],
  [CloseCode.replaced, lost("another client has its id")],
  [CloseCode.goingAway, lost("the hub goes down")],
]);

function lost(why: string): Failure {
  return { ok: false, code: "unauthorized", error: `This session is no longer on the hub: ${why}.` };
}
