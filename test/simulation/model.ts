/** What must be true of messages, whatever happens (section 6): fed with what clients do and see, it throws when it is not. */
import type { DeliveredMessage, ReceiptFrame } from "../../shared/protocol.ts";

/** One message, by its content: contents are unique in a run. */
export interface Sent {
  content: string;
  messageId: string;
  from: string;
  to: string;
  /** Sends of a later round began after those of an earlier one were answered, or cut off. */
  round: number;
  /** Epoch ms. */
  expiresAt: number;
  /** Whether the hub's answer came. Without it the message may not exist, or be under way for some rounds yet. */
  isAccepted: boolean;
  /** Nothing of a round behind this one may come before it: its own, and when its sending was cut off, that of the next crash. */
  latestRound: number;
  timesSeen: number;
  lastAttempt: number;
  /** An ack was written; its answer came. */
  isAckSent: boolean;
  isAckSure: boolean;
  isSeenSent: boolean;
}

/** What a recipient has had for the first time, as far as its order goes. */
interface Progress {
  round: number;
  /** By sender, the number of the last message. */
  last: Map<string, number>;
}

export class Model {
  readonly messages: Sent[] = [];
  readonly #byId = new Map<string, Sent>();
  readonly #progress = new Map<string, Progress>();
  #crashes = 0;
  round = 0;

  send(from: string, to: string, messageId: string, expiresAt: number): Sent {
    const sent: Sent = {
      content: String(this.messages.length),
      messageId,
      from,
      to,
      round: this.round,
      expiresAt,
      isAccepted: false,
      latestRound: Number.POSITIVE_INFINITY,
      timesSeen: 0,
      lastAttempt: 0,
      isAckSent: false,
      isAckSure: false,
      isSeenSent: false,
    };
    this.messages.push(sent);
    this.#byId.set(messageId, sent);
    return sent;
  }

  /** The answer to a send came. */
  accept(sent: Sent): void {
    sent.isAccepted = true;
    sent.latestRound = sent.round;
  }

  /** What was in memory only is gone: a send that was under way is in the log by now, or never. */
  crash(): void {
    this.#crashes++;
    for (const sent of this.messages) sent.latestRound = Math.min(sent.latestRound, this.round);
  }

  /** A recipient sees a message: pushed, or pulled (then without an attempt). `since`: when the present step began. */
  see(recipient: string, message: DeliveredMessage, since: number): Sent {
    const sent = this.#byId.get(message.messageId);
    if (sent === undefined) throw new Error(`${recipient} got a message that nobody sent: ${message.messageId}`);
    const what = `message ${sent.content} from ${sent.from} to ${sent.to}`;
    check(sent.to === recipient && message.to === recipient, `${what} came to ${recipient}`);
    check(message.content === sent.content && message.from === sent.from, `${what} came changed`);
    check(!sent.isAckSure, `Q4: ${what} came again after its ack was answered`);
    // Its time began when the hub took it, which its sender does not know.
    if (!sent.isAccepted && message.expiresAt !== undefined) sent.expiresAt = Date.parse(message.expiresAt);
    check(sent.expiresAt > since, `Q6: ${what} came after it had expired`);
    if (sent.timesSeen === 0) this.#checkOrder(sent, what);
    else if (message.attempt !== undefined && this.#crashes === 0) {
      check(message.attempt > sent.lastAttempt, `Q3: ${what} came again with attempt ${message.attempt}`);
    }
    sent.timesSeen++;
    sent.lastAttempt = message.attempt ?? sent.lastAttempt;
    return sent;
  }

  /** The answer to an ack came. What has run out by then may have expired before. */
  ackIsSure(sent: Sent): void {
    if (sent.expiresAt > Date.now()) sent.isAckSure = true;
  }

  receipt(to: string, { messageId, state, instanceId }: ReceiptFrame, now: number): void {
    const sent = this.#byId.get(messageId);
    if (sent === undefined) throw new Error(`a receipt for a message that nobody sent: ${messageId}`);
    const what = `receipt ${state} for message ${sent.content}`;
    check(sent.from === to && sent.to === instanceId, `${what} names ${instanceId} and came to ${to}`);
    if (state === "acked") check(sent.isAckSent, `${what}, which nobody acked`);
    else if (state === "seen") check(sent.isSeenSent, `${what}, which nobody has seen`);
    else if (state === "expired") check(sent.expiresAt <= now && !sent.isAckSure, `${what}, which has not expired`);
    else check(state === "delivered", `${what}, which nothing can have ended so`);
  }

  /** At the end of a run, when everyone was online and has acked everything. */
  finish(sent: Sent, state: string | undefined): void {
    const what = `message ${sent.content} from ${sent.from} to ${sent.to}`;
    // Whose sending was cut off may not know of it; what its recipient had was checked when it came.
    if (!sent.isAccepted && (sent.timesSeen === 0 || state === undefined)) return;
    if (state === "expired") check(sent.expiresAt <= Date.now() && !sent.isAckSure, `${what} ended expired`);
    else check(state === "acked" || state === "seen", `Q1: ${what} was accepted and ended as ${state}`);
    if (state !== "expired") check(sent.timesSeen > 0, `Q1: ${what} was accepted and never came`);
    if (state === "seen") check(sent.isSeenSent, `${what} ended as seen`);
  }

  #checkOrder(sent: Sent, what: string): void {
    const progress = this.#progress.get(sent.to) ?? { round: 0, last: new Map<string, number>() };
    this.#progress.set(sent.to, progress);
    const isInTime = sent.latestRound >= progress.round;
    check(isInTime, `Q2: ${what} of round ${sent.round} came after one of round ${progress.round}`);
    const number = Number(sent.content);
    const last = progress.last.get(sent.from) ?? -1;
    check(number > last, `Q2: ${what} came after message ${last} from the same sender`);
    progress.round = Math.max(sent.round, progress.round);
    progress.last.set(sent.from, number);
  }
}

function check(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what);
}
