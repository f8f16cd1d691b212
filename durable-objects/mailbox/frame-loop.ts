/** A client's texts become frames here, are limited (E4, 4029) and take their turn (B1): acks at once, all else in order. */
import { CloseCode, type Failure, failure, type Result } from "../../shared/errors.ts";
import { isTopicName } from "../../shared/ids.ts";
import { FLOOD_REFUSALS, FLOOD_WINDOW_MS, PENDING_FRAMES_MAX, TEXT_MAX_BYTES } from "../../shared/limits.ts";
import { fitsUtf8 } from "../../shared/message.ts";
import type { ClientFrame, FrameOf, ReadFrame } from "../../shared/protocol.ts";
import { log } from "../log.ts";
import type { Connection } from "./connection.ts";
import type { PublishFrame } from "./publish.ts";
import { RefusalCounter, type TokenBucket } from "./rate-limit.ts";
import { readText } from "./read-text.ts";
import type { SendFrame } from "./send.ts";

/** A frame that waits for its turn, and where its answer goes. */
export interface PendingFrame<F extends ClientFrame = ClientFrame> {
  frame: F;
  connection: Connection;
}

/** Who does what frames ask. */
export interface FrameHandlers {
  /** Returns a frame to do in turn when the ack cannot be taken at once. */
  ack(frame: FrameOf<"ack">, connection: Connection, now: number): FrameOf<"ack"> | null;
  /** A run of frames of one kind, done as one. */
  send(sends: readonly PendingFrame<SendFrame>[]): Promise<void>;
  publish(publications: readonly PendingFrame<PublishFrame>[]): Promise<void>;
  run(pending: PendingFrame): Promise<void>;
}

/** Runs of so many frames just before mean load: then the next waits for as many, at most as long as the last one took. */
const LOAD_FRAMES = 4;
const LOAD_MS = 50;
const GATHER_MS = 20;

export class FrameLoop {
  readonly #bucket: TokenBucket;
  readonly #handlers: FrameHandlers;
  readonly #refusals = new RefusalCounter(FLOOD_REFUSALS, FLOOD_WINDOW_MS);
  readonly #pending: PendingFrame[] = [];
  #isDraining = false;
  /** Whether the last text held one frame: who sends arrays (B1) has put together already what was ready. */
  #isSingle = false;
  /** Frames that the next run may have, if its client goes on like that. */
  #expected = 0;
  #lastRun = { tookMs: 0, endedAt: 0 };
  #onEnough: (() => void) | undefined;

  constructor(bucket: TokenBucket, handlers: FrameHandlers) {
    this.#bucket = bucket;
    this.#handlers = handlers;
  }

  /** Takes one text message. Resolves when it and what came before it is done. */
  async take(connection: Connection, data: string | ArrayBuffer, now: number): Promise<void> {
    connection.noteHeard(now);
    if (typeof data !== "string") {
      this.#refuse(connection, undefined, BINARY, now);
      return;
    }
    if (!fitsUtf8(data, TEXT_MAX_BYTES)) {
      connection.close(CloseCode.messageTooBig, `a text message may have at most ${TEXT_MAX_BYTES} bytes`);
      return;
    }
    const frames = readText(data, connection.version);
    if (!Array.isArray(frames)) this.#refuse(connection, undefined, frames, now);
    else {
      this.#isSingle = frames.length === 1;
      for (const frame of frames) this.#enqueue(frame, connection, now);
    }
    if (this.#pending.length >= this.#expected) this.#onEnough?.();
    if (!this.#isDraining) await this.#drain();
  }

  /** The client went: no more will come, so what it said waits for nothing. */
  stopGathering(): void {
    this.#onEnough?.();
  }

  /** Gives up what waits: the caller sees to it. */
  takeWaiting(): ClientFrame[] {
    return this.#pending.splice(0).map(({ frame }) => frame);
  }

  #enqueue({ requestId, result }: ReadFrame, connection: Connection, now: number): void {
    if (!result.ok) {
      const waitMs = this.#bucket.take(now);
      this.#refuse(connection, requestId, waitMs > 0 ? rateLimited(waitMs) : result, now);
      return;
    }
    if (result.value.action === "ack") {
      // Deliveries wait for acks, so acks wait for nothing.
      const later = this.#handlers.ack(result.value, connection, now);
      if (later !== null) this.#pending.push({ frame: later, connection });
      return;
    }
    const waitMs = this.#pending.length >= PENDING_FRAMES_MAX ? 1_000 : this.#bucket.take(now);
    if (waitMs > 0) this.#refuse(connection, requestId, rateLimited(waitMs), now);
    else this.#pending.push({ frame: plainFrame(result.value), connection });
  }

  /** A run of sends, or of publications, goes as one; the next collects while it is under way. */
  async #drain(): Promise<void> {
    this.#isDraining = true;
    try {
      while (this.#pending.length > 0) {
        if (this.#expectsMore()) await this.#gather();
        await this.#doNext();
      }
    } finally {
      this.#isDraining = false;
    }
  }

  /**
   * A client that hears many answers at once sends as many texts in return: the first does not go alone, which would cost
   * everyone behind it a commit and a call more. After a pause nothing waits.
   */
  #expectsMore(): boolean {
    const isLoad = this.#expected >= LOAD_FRAMES && Date.now() - this.#lastRun.endedAt < LOAD_MS;
    const isThere = this.#pending.at(-1)?.connection.isOpen === true;
    return isLoad && isThere && this.#isSingle && this.#pending.length < this.#expected;
  }

  async #gather(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onEnough = resolve;
      setTimeout(resolve, Math.min(this.#lastRun.tookMs, GATHER_MS));
    });
    this.#onEnough = undefined;
  }

  async #doNext(): Promise<void> {
    const sends = this.#takeRun(isSend);
    if (sends.length > 0) return this.#doRun(sends.length, this.#handlers.send(sends));
    // Of one topic: two would race each other to whoever is in both (Q2).
    const topic = topicOf(this.#pending[0]);
    const publications = this.#takeRun(
      (pending): pending is PendingFrame<PublishFrame> => isPublication(pending) && pending.frame.topic === topic,
    );
    if (publications.length > 0) return this.#doRun(publications.length, this.#handlers.publish(publications));
    const next = this.#pending.shift();
    if (next !== undefined) await this.#handlers.run(next);
  }

  async #doRun(count: number, done: Promise<void>): Promise<void> {
    const startedAt = Date.now();
    await done;
    const endedAt = Date.now();
    // What came meanwhile, and as many as were answered.
    this.#expected = Math.max(this.#pending.length + count, this.#expected >> 1);
    this.#lastRun = { tookMs: endedAt - startedAt, endedAt };
  }

  #takeRun<F extends ClientFrame>(isKind: (pending: PendingFrame) => pending is PendingFrame<F>): PendingFrame<F>[] {
    const end = this.#pending.findIndex((pending) => !isKind(pending));
    return this.#pending.splice(0, end === -1 ? this.#pending.length : end).filter(isKind);
  }

  #refuse(connection: Connection, requestId: string | undefined, why: Failure, now: number): void {
    answer(connection, requestId, why);
    if (!this.#refusals.note(now)) return;
    connection.close(CloseCode.flooding, "too many refused frames; slow down and reconnect");
  }
}

/** Answers a frame: an error always, a result where it was asked for by an id (section 4). */
export function answer(connection: Connection, requestId: string | undefined, result: Result<object>): void {
  const id = requestId === undefined ? {} : { requestId };
  if (result.ok) {
    if (requestId !== undefined) connection.send({ ...id, ...result.value });
    return;
  }
  const { ok: _, ...error } = result;
  log("debug", "frame refused", { code: error.code });
  connection.send({ ...id, ...error });
}

const BINARY = failure("invalid_payload", "Frames are JSON text messages, not binary ones.");

function rateLimited(retryAfterMs: number): Failure {
  return failure("rate_limited", `Too many frames; try again in ${retryAfterMs} ms.`, { retryAfterMs });
}

function isSend(pending: PendingFrame): pending is PendingFrame<SendFrame> {
  return pending.frame.action === "send_message";
}

function topicOf(pending: PendingFrame | undefined): string | undefined {
  return pending !== undefined && isPublication(pending) ? pending.frame.topic : undefined;
}

function isPublication(pending: PendingFrame): pending is PendingFrame<PublishFrame> {
  return pending.frame.action === "publish_topic";
}

/** A `send_message` to a topic or to everyone is a publication or a broadcast (section 4). */
function plainFrame(frame: ClientFrame): ClientFrame {
  if (frame.action !== "send_message") return frame;
  const { to, action: _, ...rest } = frame;
  if (to === "broadcast") return { ...rest, action: "broadcast" };
  if (!to.startsWith("topic:")) return frame;
  const topic = to.slice("topic:".length);
  if (!isTopicName(topic)) return frame;
  return { ...rest, action: "publish_topic", topic, persistent: frame.persistent ?? false };
}
