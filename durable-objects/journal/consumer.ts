/** One consumer of the event stream: what survives hibernation, and how much it may be sent. */
import { z } from "zod";
import type { StreamEvent } from "../../shared/events.ts";
import { CLOSE_REASON_MAX_BYTES, FRAMES_PER_TEXT, PINGS_MAX, RATE_WINDOW_MS } from "../../shared/limits.ts";
import { RefusalCounter } from "../rate-limit.ts";

const Attachment = z.object({
  version: z.union([z.literal(1), z.literal(2)]),
  /** The last event it was sent. */
  cursor: z.number().int(),
  openedAt: z.number(),
  /** When it last pinged. */
  heardAt: z.number().optional(),
});
type Attachment = z.infer<typeof Attachment>;

/** Events collect to texts of about this length. */
const TEXT_LENGTH = 262_144;
/**
 * How much a consumer may be sent between two signs of life. workerd does not tell how much of what was sent has left, and
 * a consumer that does not ping any more may not read any more either: the rest then waits on disk, not in memory. Who
 * reads more than this in 25 s pings more often.
 */
const UNHEARD_MAX_LENGTH = 32 * 1_048_576;
/** A v1 client sends no ping: its allowance comes back with time. */
const V1_ALLOWANCE_EVERY_MS = 25_000;

export class Consumer {
  readonly ws: WebSocket;
  readonly version: 1 | 2;
  readonly openedAt: number;
  #cursor: number;
  #heardAt: number;
  #sentLength = 0;
  readonly #texts = new RefusalCounter(PINGS_MAX, RATE_WINDOW_MS);

  private constructor(ws: WebSocket, attachment: Attachment) {
    this.ws = ws;
    this.version = attachment.version;
    this.openedAt = attachment.openedAt;
    this.#cursor = attachment.cursor;
    this.#heardAt = attachment.heardAt ?? attachment.openedAt;
  }

  static open(ws: WebSocket, attachment: Attachment): Consumer {
    ws.serializeAttachment(attachment);
    return new Consumer(ws, attachment);
  }

  /** A socket found after hibernation; undefined for one whose attachment cannot be read. */
  static restore(ws: WebSocket): Consumer | undefined {
    const attachment = Attachment.safeParse(ws.deserializeAttachment());
    return attachment.success ? new Consumer(ws, attachment.data) : undefined;
  }

  /** The last event it was sent. */
  get cursor(): number {
    return this.#cursor;
  }

  get isOpen(): boolean {
    return this.ws.readyState === WebSocket.READY_STATE_OPEN;
  }

  /** When it last pinged, or came, epoch ms. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** A text came: whether it is one too many. */
  isFlooding(now: number): boolean {
    return this.#texts.note(now);
  }

  /** It pinged, so it reads. */
  notePing(now: number): void {
    this.ws.send("pong");
    this.#heardAt = now;
    this.#sentLength = 0;
    this.#keep();
  }

  /** Whether it may be sent more. */
  hasAllowance(now: number): boolean {
    const renewedAt = now - (now % V1_ALLOWANCE_EVERY_MS);
    if (this.version === 1 && renewedAt > this.#heardAt) {
      this.#heardAt = renewedAt;
      this.#sentLength = 0;
    }
    return this.#sentLength < UNHEARD_MAX_LENGTH;
  }

  /** Sends a frame that is no event of the stream. */
  tell(frame: StreamEvent): void {
    this.ws.send(JSON.stringify(frame));
  }

  /** Sends the events up to `last`, as `texts` has them. */
  send(texts: Texts, last: number): void {
    for (const text of texts.of(this.version)) this.ws.send(text);
    this.#sentLength += texts.length;
    this.#cursor = last;
    this.#keep();
  }

  /** For the time after hibernation. */
  #keep(): void {
    const { version, openedAt } = this;
    this.ws.serializeAttachment({
      version,
      cursor: this.#cursor,
      openedAt,
      heardAt: this.#heardAt,
    } satisfies Attachment);
  }

  close(code: number, reason: string): void {
    try {
      this.ws.close(code, reason.slice(0, CLOSE_REASON_MAX_BYTES));
    } catch {
      // Already closed by the other side: there is nobody to tell.
    }
  }
}

/** Events as text messages, made once for all consumers of a generation: one each for v1, arrays (B1) for v2. */
export class Texts {
  readonly length: number;
  readonly #lines: readonly string[];
  #arrays: string[] | undefined;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
    this.length = lines.reduce((sum, line) => sum + line.length, 0);
  }

  of(version: 1 | 2): readonly string[] {
    if (version === 1) return this.#lines;
    this.#arrays ??= [...arraysOf(this.#lines)];
    return this.#arrays;
  }
}

function* arraysOf(lines: readonly string[]): Generator<string> {
  let from = 0;
  let length = 0;
  for (let to = 0; to <= lines.length; to++) {
    const size = lines[to]?.length ?? 0;
    if (to > from && (to === lines.length || to - from === FRAMES_PER_TEXT || length + size > TEXT_LENGTH)) {
      yield `[${lines.slice(from, to).join(",")}]`;
      from = to;
      length = 0;
    }
    length += size;
  }
}
