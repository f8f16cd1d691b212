/**
 * The v2 protocol from a client's side, without I/O: plugin, dashboard, command line and demo share it. Whoever holds the
 * socket says what happened to it (`connecting`, `received`, `closed`), and sends what `takeTexts` gives.
 */
import { READ_SHOWN_EVERY_LENGTH } from "../limits.ts";
import type { Pause } from "../pauses.ts";
import type {
  ClientFrameInput,
  DecisionFrame,
  DeliveredMessage,
  ErrorFrame,
  HubFrame,
  ReceiptFrame,
  ReplyFrame,
  WelcomeFrame,
} from "../protocol.ts";
import { textsOf } from "./texts-of.ts";

/** How a client stands to the hub. Nothing is sent before the hub has said who the client is to it. */
export type ClientState =
  | { is: "offline" }
  /** A socket is being opened, or is open and the hub has not greeted yet. */
  | { is: "connecting" }
  | { is: "ready"; welcome: WelcomeFrame };

export type Reply = Record<string, unknown>;
type Failed = Pick<ErrorFrame, "error"> & Partial<ErrorFrame>;
export type Answer = { ok: true; reply: Reply } | ({ ok: false } & Failed);

/** What the hub's words mean to the client, in the order in which they came. */
export type ClientEvent =
  | { is: "ready"; welcome: WelcomeFrame }
  | { is: "answered"; requestId: string; answer: Answer }
  | { is: "delivered"; messages: DeliveredMessage[] }
  | { is: "receipt"; receipt: ReceiptFrame }
  | { is: "subscriptions"; topics: string[] }
  /** H2: an approval that this client asked for has ended. */
  | { is: "decided"; decision: DecisionFrame }
  /** An error that answers no request. */
  | { is: "remark"; error: ErrorFrame };

interface Request {
  requestId: string;
  frame: ClientFrameInput;
  isSent: boolean;
}

export class ClientCore {
  #state: ClientState = { is: "offline" };
  /** What has no answer yet, in the order of asking: a resend keeps it. */
  #requests: Request[] = [];
  /** Frames that nobody waits for; they belong to one connection, and are lost with it. */
  #notices: string[] = [];
  /** What waited as the hub greeted last, and what it has sent since, repetitions included. */
  #pendingCount = 0;
  #deliveredCount = 0;
  #deliveredUpTo = 0;
  /** Characters that came since the hub was last shown that they are read. */
  #unshownLength = 0;
  #paused: Pause | undefined;

  get state(): ClientState {
    return this.#state;
  }

  get isReady(): boolean {
    return this.#state.is === "ready";
  }

  /** How many messages the hub holds back (Q5), as of the last welcome and what has come since; what a pause holds is none. */
  get behindCount(): number {
    if (this.#paused !== undefined) return 0;
    return Math.max(0, this.#pendingCount - this.#deliveredCount);
  }

  /** H3: what holds this client up, as the hub said last. */
  get paused(): Pause | undefined {
    return this.#paused;
  }

  /** The highest `seq` given on this connection, which `ack {upTo}` may name; 0 for none (Q4). */
  get deliveredUpTo(): number {
    return this.#deliveredUpTo;
  }

  /** Asks the hub; the answer comes as an event, after a reconnect if need be. The ids of the frame make that safe (M3). */
  ask(requestId: string, frame: ClientFrameInput): void {
    const request = { requestId, frame, isSent: false };
    // What is asked after a session change is asked as the new session, also where both waited for a connection.
    if (frame.action === "session_update") this.#requests.unshift(request);
    else this.#requests.push(request);
  }

  /** Nobody waits for this answer any more: it is not sent again. Returns what was asked. */
  forget(requestId: string): ClientFrameInput | undefined {
    const found = this.#requests.find((request) => request.requestId === requestId);
    this.#requests = this.#requests.filter((request) => request !== found);
    return found?.frame;
  }

  /** Says something on this connection, if there is one: an `ack {upTo}` means nothing on another (Q4). */
  tell(frame: ClientFrameInput): void {
    if (this.isReady) this.#notices.push(JSON.stringify(frame));
  }

  /** A socket is being opened. */
  connecting(): void {
    this.#drop({ is: "connecting" });
  }

  /** The socket is gone. What had no answer is sent again after the next welcome, but for what is returned, by its id. */
  closed(): string[] {
    return this.#drop({ is: "offline" });
  }

  /** Reads a text of the hub (B1). Throws on what is no JSON, which no hub sends. */
  received(text: string): ClientEvent[] {
    this.#unshownLength += text.length;
    if (text === "pong") return [];
    return [JSON.parse(text)].flat().flatMap((frame: HubFrame | ReplyFrame) => this.#take(frame));
  }

  /** What to write to the socket now; empty before the welcome. */
  takeTexts(): string[] {
    if (!this.isReady) return [];
    const unsent = this.#requests.filter(({ isSent }) => !isSent);
    for (const request of unsent) request.isSent = true;
    const notices = this.#notices.splice(0);
    const frames = [...notices, ...unsent.map(({ frame, requestId }) => JSON.stringify({ ...frame, requestId }))];
    return [...this.#showReading(), ...textsOf(frames)];
  }

  /** C6: a ping besides those that time brings, once much has come: receipts of a publication to many, which nobody acks. */
  #showReading(): string[] {
    if (this.#unshownLength < READ_SHOWN_EVERY_LENGTH) return [];
    this.#unshownLength = 0;
    return ["ping"];
  }

  #drop(state: ClientState): string[] {
    this.#state = state;
    this.#unshownLength = 0;
    this.#notices = [];
    // A session change is made anew after the welcome, from the id that the hub then knows (Q8).
    const dropped = this.#requests.filter(({ frame }) => frame.action === "session_update");
    this.#requests = this.#requests.filter((request) => !dropped.includes(request));
    for (const request of this.#requests) request.isSent = false;
    return dropped.map(({ requestId }) => requestId);
  }

  #take(frame: HubFrame | ReplyFrame): ClientEvent[] {
    if ("requestId" in frame && typeof frame.requestId === "string") return this.#settle(frame.requestId, frame);
    const unasked = frame as HubFrame | ErrorFrame;
    if (!("action" in unasked)) return [{ is: "remark", error: unasked }];
    switch (unasked.action) {
      case "welcome":
        this.#pendingCount = unasked.pending;
        this.#deliveredCount = 0;
        this.#deliveredUpTo = 0;
        this.#paused = unasked.paused;
        this.#state = { is: "ready", welcome: unasked };
        return [{ is: "ready", welcome: unasked }];
      case "deliver":
        return [{ is: "delivered", messages: this.#note(unasked.messages) }];
      case "receipt":
        return [{ is: "receipt", receipt: unasked }];
      case "subscriptions:sync":
        return [{ is: "subscriptions", topics: unasked.topics }];
      case "decision":
        return [{ is: "decided", decision: unasked }];
      case "paused": {
        const { action: _, ...pause } = unasked;
        this.#paused = pause;
        return [];
      }
      case "resumed":
        this.#paused = undefined;
        return [];
      default:
        // A newer hub may say more than this client knows.
        return [];
    }
  }

  #note(messages: DeliveredMessage[]): DeliveredMessage[] {
    const seqs = messages.flatMap(({ seq }) => seq ?? []);
    this.#deliveredCount += seqs.length;
    this.#deliveredUpTo = Math.max(this.#deliveredUpTo, ...seqs);
    return messages;
  }

  #settle(requestId: string, frame: ReplyFrame): ClientEvent[] {
    const asked = this.forget(requestId);
    if (asked === undefined) return [];
    // `seq` starts anew under another id (Q8).
    if (asked.action === "session_update" && !("error" in frame)) this.#deliveredUpTo = 0;
    const { requestId: _, ...reply } = frame;
    const answer: Answer = "error" in reply ? { ok: false, ...(reply as ErrorFrame) } : { ok: true, reply };
    return [{ is: "answered", requestId, answer }];
  }
}
