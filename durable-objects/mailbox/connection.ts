/** A client's socket as the mailbox sees it: what survives hibernation, and what leaves together. */
import { z } from "zod";
import { CLOSE_REASON_MAX_BYTES, FRAMES_PER_TEXT } from "../../shared/limits.ts";

const Attachment = z.object({
  epoch: z.number().int(),
  version: z.union([z.literal(1), z.literal(2)]),
  /** When the client was last heard, apart from pings; epoch ms. */
  heardAt: z.number(),
});
type Attachment = z.infer<typeof Attachment>;

/** The attachment is written again only when it is this much out of date. */
const HEARD_WRITE_AFTER_MS = 5_000;
/** A text of several frames just before means load: then frames collect a moment longer. */
const LOAD_MS = 20;
const LOAD_FRAMES = 4;
const SHARE_MS = 1;
/** Frames collect to texts of about this length. */
const TEXT_LENGTH = 262_144;

export class Connection {
  readonly ws: WebSocket;
  readonly epoch: number;
  readonly version: 1 | 2;
  #heardAt: number;
  #frames: string[] = [];
  #sentAt = 0;
  #lastCount = 0;

  constructor(ws: WebSocket, attachment: Attachment) {
    this.ws = ws;
    this.epoch = attachment.epoch;
    this.version = attachment.version;
    this.#heardAt = attachment.heardAt;
  }

  /** A socket that was just accepted. */
  static open(ws: WebSocket, attachment: Attachment): Connection {
    ws.serializeAttachment(attachment);
    return new Connection(ws, attachment);
  }

  /** A socket found after hibernation; undefined for one whose attachment cannot be read. */
  static restore(ws: WebSocket): Connection | undefined {
    const attachment = Attachment.safeParse(ws.deserializeAttachment());
    return attachment.success ? new Connection(ws, attachment.data) : undefined;
  }

  get heardAt(): number {
    return this.#heardAt;
  }

  get isOpen(): boolean {
    return this.ws.readyState === WebSocket.READY_STATE_OPEN;
  }

  noteHeard(now: number): void {
    if (now - this.#heardAt < HEARD_WRITE_AFTER_MS) return;
    this.#heardAt = now;
    this.ws.serializeAttachment({ epoch: this.epoch, version: this.version, heardAt: now } satisfies Attachment);
  }

  /** Sends a frame with all others of this turn: one text for a v2 client (B1), one each for a v1 client. */
  send(frame: object): void {
    this.sendJson(JSON.stringify(frame));
  }

  /** The same for a frame that is JSON already. */
  sendJson(frame: string): void {
    this.#frames.push(frame);
    if (this.#frames.length > 1) return;
    // Under load, what several turns have for the client shares a text; after a pause nothing waits.
    const isLoad = this.version === 2 && this.#lastCount >= LOAD_FRAMES && Date.now() - this.#sentAt < LOAD_MS;
    if (isLoad) setTimeout(() => this.#flush(), SHARE_MS);
    else queueMicrotask(() => this.#flush());
  }

  /** Closes; a reason is cut to what a control frame holds. What was sent before still leaves first. */
  close(code: number, reason: string): void {
    this.#flush();
    try {
      this.ws.close(code, reason.slice(0, CLOSE_REASON_MAX_BYTES));
    } catch {
      // Already closed by the other side: there is nobody to tell.
    }
  }

  #flush(): void {
    const frames = this.#frames;
    this.#frames = [];
    if (frames.length === 0 || !this.isOpen) return;
    this.#sentAt = Date.now();
    this.#lastCount = frames.length;
    if (this.version === 1) for (const frame of frames) this.ws.send(frame);
    else for (const text of textsOf(frames)) this.ws.send(text);
  }
}

function* textsOf(frames: readonly string[]): Generator<string> {
  let from = 0;
  let length = 0;
  for (let to = 0; to < frames.length; to++) {
    const size = (frames[to] as string).length;
    if (to > from && (to - from === FRAMES_PER_TEXT || length + size > TEXT_LENGTH)) {
      yield textOf(frames.slice(from, to));
      from = to;
      length = 0;
    }
    length += size;
  }
  if (from < frames.length) yield textOf(frames.slice(from));
}

function textOf(frames: readonly string[]): string {
  return frames.length === 1 ? (frames[0] as string) : `[${frames.join(",")}]`;
}
