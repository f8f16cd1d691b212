/**
 * The mailbox's end of a link. One batch of ops is under way at a time, and what comes meanwhile is the next: a link has no
 * backpressure, so this bounds what the exchange may have to hold. After a link broke, what has no answer is sent again.
 */
import type { Result } from "../../../shared/errors.ts";
import { type AckOp, type Op, type UpHead, writeLinkText } from "../../link.ts";
import { soon } from "../../soon.ts";

/** An op that waits for its answer. */
export interface Waiting {
  op: Op;
  body: string | null;
  answer(result: Result<object>): void;
}

/** Nothing changes by these but what the client knows; `pull` acks what would reach nobody. */
const QUESTIONS: ReadonlySet<Op["do"]> = new Set([
  "pull",
  "status",
  "list_instances",
  "list_topics",
  "ping",
  "get_decision",
]);
/** The most that one batch carries, in ops and in characters of messages; one op always fits, and a pull, whose answer is large, ends it. */
const BATCH_MAX_OPS = 1_000;
const BATCH_MAX_LENGTH = 4_000_000;

export class UpLink {
  /** Null while the link is down. */
  #ws: WebSocket | null = null;
  #acks: AckOp[] = [];
  #waiting: Waiting[] = [];
  #underWay: Waiting[] = [];
  #length = 0;
  #isSetToSend = false;

  /** Ops that have no answer yet, and the characters of their messages. */
  get outstanding(): { count: number; length: number } {
    return { count: this.#waiting.length + this.#underWay.length, length: this.#length };
  }

  /** A link is up: what the one before left without an answer goes first. */
  attach(ws: WebSocket): void {
    this.#ws = ws;
    this.#waiting = [...this.#underWay, ...this.#waiting];
    this.#underWay = [];
    this.#send();
  }

  detach(): void {
    this.#ws = null;
    // What was given before is given again on the next link, and acked anew.
    this.#acks = [];
  }

  /** Sends an op with all others of this turn. */
  ask(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#length += waiting.body?.length ?? 0;
    this.#sendSoon();
  }

  /** The same for an ack that wants no answer. */
  ack(op: AckOp): void {
    this.#acks.push(op);
    this.#sendSoon();
  }

  /** The batch under way has been answered. */
  takeResults(results: readonly Result<object>[]): void {
    const answered = this.#underWay;
    this.#underWay = [];
    for (const [index, { body, answer }] of answered.entries()) {
      this.#length -= body?.length ?? 0;
      const result = results[index];
      if (result !== undefined) answer(result);
    }
    this.#sendSoon();
  }

  /** Sends everything that waits at once, answers outstanding or not, and this behind it. */
  finish(last: UpHead): void {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#underWay.push(...batch);
    this.#write(batch, last);
  }

  /** The client is gone: what it asked for itself alone is not asked any more. */
  dropQuestions(): void {
    this.#waiting = this.#waiting.filter(({ op }) => !QUESTIONS.has(op.do));
  }

  /** The exchange does not come back: everything that waits is answered so. */
  fail(result: Result<object>): void {
    const waiting = [...this.#underWay, ...this.#waiting];
    this.#underWay = [];
    this.#waiting = [];
    this.#length = 0;
    for (const { answer } of waiting) answer(result);
  }

  #sendSoon(): void {
    if (this.#isSetToSend) return;
    this.#isSetToSend = true;
    soon(() => {
      this.#isSetToSend = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#ws === null || this.#underWay.length > 0) return;
    const batch = this.#takeBatch();
    if (batch.length === 0 && this.#acks.length === 0) return;
    this.#underWay = batch;
    this.#write(batch, {});
  }

  #takeBatch(): Waiting[] {
    let length = 0;
    let count = 0;
    for (const { op, body } of this.#waiting) {
      length += body?.length ?? 0;
      if (count === BATCH_MAX_OPS || (count > 0 && length > BATCH_MAX_LENGTH)) break;
      count++;
      if (op.do === "pull") break;
    }
    return this.#waiting.splice(0, count);
  }

  #write(batch: readonly Waiting[], more: UpHead): void {
    const head: UpHead = {
      ...(this.#acks.length === 0 ? {} : { acks: this.#acks }),
      ...(batch.length === 0 ? {} : { ops: batch.map(({ op }) => op) }),
      ...more,
    };
    this.#acks = [];
    const bodies = batch.flatMap(({ body }) => (body === null ? [] : [body]));
    try {
      this.#ws?.send(writeLinkText(head, bodies));
    } catch {
      // The link broke in this moment: its close event follows.
    }
  }
}
