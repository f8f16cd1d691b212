/**
 * The messages of one instance between its mailbox and the results of calls. Nothing tells that a model has read a result, so
 * a message is acked when a later call of the same connection shows that its client went on with the one that brought it.
 * Whatever ends otherwise is given again, under its id. Pure but for the ack.
 */
import { Inbox } from "../../shared/client/inbox.ts";
import type { DeliveredMessage } from "../../shared/protocol.ts";
import type { ReplyWaiters } from "../../shared/replies/reply-waiters.ts";
import { MessageParts } from "../../shared/tools/message-parts.ts";
import type { PullInbox, ReceivedAnswer } from "../../shared/tools/tool-session.ts";
import type { Call } from "./call.ts";

/** Of what came, so much is remembered: whose it was, and what it answered. */
const KNOWN_MAX = 2_000;
/** Connections whose way through long messages is remembered. */
const CONNECTIONS_MAX = 8;
/** Live publications and broadcasts are kept by nobody else: of a flood, the oldest give way. In characters. */
const LIVE_MAX_LENGTH = 1_000_000;
/** What a message costs besides its body. */
const FACTS_LENGTH = 1_000;

type Stage =
  | { is: "waiting" }
  /** A call is about to return it. */
  | { is: "taken" }
  /** The result of a call has it; written once the call is. */
  | { is: "returned"; by: Call };

interface Letter {
  message: DeliveredMessage;
  stage: Stage;
}

interface MailOptions {
  waiters: ReplyWaiters;
  ack(messageIds: string[]): void;
  behindCount(): number;
}

export class Mail {
  readonly #options: MailOptions;
  readonly #seen = new Inbox();
  readonly #letters = new Map<string, Letter>();
  readonly #known = new Map<string, ReceivedAnswer["facts"]>();
  /** Calls that wait for any message. */
  readonly #waiting = new Set<() => void>();
  /** How far each connection is with messages that are given in parts. */
  readonly #parts = new Map<string, MessageParts>();
  /** What calls have returned a part of, until they are written or broken. */
  readonly #partial = new Map<Call, DeliveredMessage[]>();

  constructor(options: MailOptions) {
    this.#options = options;
  }

  get waitingCount(): number {
    return this.#free().length;
  }

  /** How many were handed over without a later call that shows it. */
  get unconfirmedCount(): number {
    return this.#letters.size - this.waitingCount;
  }

  /** Messages as the hub sends them: each is taken once, whatever comes again. */
  receive(messages: readonly DeliveredMessage[]): void {
    const { fresh, doneIds } = this.#seen.take(messages);
    // Q4: they came again, so the hub did not get our ack.
    if (doneIds.length > 0) this.#options.ack(doneIds);
    for (const message of fresh) if (!this.#letters.has(message.messageId)) this.#add(message);
    for (const look of this.#waiting) look();
  }

  /** A call begins: its client went on with what its earlier calls have returned; another's calls prove nothing. */
  begin(call: Call): void {
    const done: string[] = [];
    for (const [messageId, { message, stage }] of this.#letters) {
      if (stage.is !== "returned" || stage.by.state !== "written") continue;
      if (stage.by.connection !== call.connection) this.#move([message], { is: "waiting" });
      else {
        this.#letters.delete(messageId);
        this.#seen.done(messageId);
        if (message.seq !== undefined) done.push(messageId);
      }
    }
    for (const earlier of this.#partial.keys()) if (earlier.state !== "open") this.#partial.delete(earlier);
    if (done.length > 0) this.#options.ack(done);
  }

  /** The result of a call did not reach its client: what it had is for the next. */
  noteBroken(call: Call): void {
    const lost = [...this.#letters.values()].filter(({ stage }) => stage.is === "returned" && stage.by === call);
    const parts = this.partsOf(call);
    for (const { message } of lost) parts.restart(message);
    for (const message of this.#partial.get(call) ?? []) parts.restart(message);
    this.#partial.delete(call);
    this.#release(lost.map(({ message }) => message));
  }

  /** How far the connection of a call is with long messages. */
  partsOf({ connection }: Call): MessageParts {
    const parts = this.#parts.get(connection) ?? new MessageParts();
    this.#parts.delete(connection);
    this.#parts.set(connection, parts);
    if (this.#parts.size > CONNECTIONS_MAX) this.#parts.delete(this.#parts.keys().next().value as string);
    return parts;
  }

  /** The messages as a call sees them. */
  inboxOf(call: Call): PullInbox {
    const { behindCount } = this.#options;
    return {
      get behindCount() {
        return behindCount();
      },
      // The call has said so by itself as it began.
      noteCall: () => undefined,
      free: () => this.#free(),
      add: (messages) => this.receive(messages),
      take: (messages) => this.#move(messages, { is: "taken" }),
      giveBack: (messages) => this.#release(messages),
      finish: ({ shown, listed }) => this.#finish(call, shown, listed),
      answers: () => this.#answers(),
      noteNamed: (messageId) => this.#noteNamed(messageId),
      senderOf: (messageId) => this.#known.get(messageId)?.from,
      senders: () => [...new Set([...this.#known.values()].map(({ from }) => from))],
      arrival: (waitMs, signal) => this.#arrival(waitMs, signal),
    };
  }

  #add(message: DeliveredMessage): void {
    const { messageId, from, type, replyToMessageId, seq } = message;
    const letter: Letter = { message, stage: { is: "waiting" } };
    this.#letters.set(messageId, letter);
    this.#known.set(messageId, { messageId, from, type, ...(replyToMessageId && { replyToMessageId }) });
    if (this.#known.size > KNOWN_MAX) this.#known.delete(this.#known.keys().next().value as string);
    if (seq === undefined) this.#boundLive();
    const decision = this.#options.waiters.offer(message);
    if (decision === undefined) return;
    letter.stage = { is: "taken" };
    void decision.then((isTaken) => {
      if (!isTaken) this.#release([message]);
    });
  }

  #boundLive(): void {
    const live = [...this.#letters.values()].filter(({ message }) => message.seq === undefined);
    let length = live.reduce((sum, { message }) => sum + message.content.length + FACTS_LENGTH, 0);
    for (const { message, stage } of live) {
      if (length <= LIVE_MAX_LENGTH) return;
      if (stage.is !== "waiting") continue;
      this.#letters.delete(message.messageId);
      length -= message.content.length + FACTS_LENGTH;
    }
  }

  #free(): DeliveredMessage[] {
    return [...this.#letters.values()].filter(({ stage }) => stage.is === "waiting").map(({ message }) => message);
  }

  #move(messages: readonly DeliveredMessage[], stage: Stage): void {
    for (const { messageId } of messages) {
      const letter = this.#letters.get(messageId);
      if (letter !== undefined) letter.stage = stage;
    }
  }

  #release(messages: readonly DeliveredMessage[]): void {
    if (messages.length === 0) return;
    this.#move(messages, { is: "waiting" });
    for (const look of this.#waiting) look();
  }

  #finish(call: Call, shown: DeliveredMessage[], listed: DeliveredMessage[]): void {
    this.#move(shown, { is: "returned", by: call });
    // The next call gives what is left of these.
    this.#move(listed, { is: "waiting" });
    if (listed.length > 0) this.#partial.set(call, listed);
    if (call.state === "broken") this.noteBroken(call);
  }

  #answers(): ReceivedAnswer[] {
    const answers = [...this.#known.values()].filter(
      ({ replyToMessageId, type }) => replyToMessageId !== undefined && type !== "ack",
    );
    return answers.map((facts) => {
      const letter = this.#letters.get(facts.messageId);
      return { facts, message: letter?.stage.is === "waiting" ? letter.message : undefined };
    });
  }

  /** Who answers a message has it, whatever became of the call that brought it. */
  #noteNamed(messageId: string): void {
    const letter = this.#letters.get(messageId);
    if (letter?.stage.is !== "returned") return;
    this.#letters.delete(messageId);
    this.#seen.done(messageId);
    if (letter.message.seq !== undefined) this.#options.ack([messageId]);
  }

  /** Resolves when a message is there for a call to take, the time is up, or the call was given up. */
  #arrival(waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.waitingCount > 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        this.#waiting.delete(look);
        resolve();
      };
      const look = () => {
        if (this.waitingCount > 0) end();
      };
      const timer = setTimeout(end, waitMs);
      signal.addEventListener("abort", end);
      this.#waiting.add(look);
    });
  }
}
