/** A client's socket as the mailbox sees it: what survives hibernation, and what leaves together. */
import { z } from "zod";
import { CLOSE_REASON_MAX_BYTES, FRAMES_PER_TEXT } from "../../shared/limits.ts";

const Attachment = z.object({
  epoch: z.number().int(),
  version: z.union([z.literal(1), z.literal(2)]),
  /** When the client was last heard, apart from pings; epoch ms. */
  heardAt: z.number(),
  /** The instance this socket speaks for since a session change (Q8); null while it is this mailbox's own. */
  relayTo: z.string().nullable().default(null),
});
type Attachment = z.infer<typeof Attachment>;

/** Where a connection's texts go: a socket of this object, or one that another mailbox holds (relay.ts). */
export interface Port {
  readonly isOpen: boolean;
  send(text: string): void;
  close(code: number, reason: string): void;
  /** When the client's last ping was answered, epoch ms; null where the port's holder watches over that. */
  readonly pingedAt: number | null;
  sent?(): Promise<void>;
}

/** A socket of this object. */
class SocketPort implements Port {
  readonly #ws: WebSocket;
  readonly #ctx: DurableObjectState;

  constructor(ws: WebSocket, ctx: DurableObjectState) {
    this.#ws = ws;
    this.#ctx = ctx;
  }

  get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.READY_STATE_OPEN;
  }

  get pingedAt(): number {
    return this.#ctx.getWebSocketAutoResponseTimestamp(this.#ws)?.getTime() ?? 0;
  }

  send(text: string): void {
    this.#ws.send(text);
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason);
  }
}

/** The attachment is written again only when it is this much out of date. */
const HEARD_WRITE_AFTER_MS = 5_000;
/** A text of several frames just before means load: then frames collect a moment longer. */
const LOAD_MS = 20;
const LOAD_FRAMES = 4;
const SHARE_MS = 1;
/** Frames collect to texts of about this length. */
const TEXT_LENGTH = 262_144;

export class Connection {
  /** The socket, where it is this object's own. */
  readonly ws: WebSocket | null;
  readonly epoch: number;
  readonly version: 1 | 2;
  readonly relayTo: string | null;
  readonly #port: Port;
  #heardAt: number;
  #frames: string[] = [];
  #sentAt = 0;
  #lastCount = 0;

  constructor(port: Port, ws: WebSocket | null, attachment: Attachment) {
    this.#port = port;
    this.ws = ws;
    this.epoch = attachment.epoch;
    this.version = attachment.version;
    this.relayTo = attachment.relayTo;
    this.#heardAt = attachment.heardAt;
  }

  /** A socket that was just accepted, or that speaks for another instance from now on. */
  static open(ws: WebSocket, ctx: DurableObjectState, attachment: Attachment): Connection {
    ws.serializeAttachment(attachment);
    return new Connection(new SocketPort(ws, ctx), ws, attachment);
  }

  /** A socket found after hibernation; undefined for one whose attachment cannot be read. */
  static restore(ws: WebSocket, ctx: DurableObjectState): Connection | undefined {
    const attachment = Attachment.safeParse(ws.deserializeAttachment());
    return attachment.success ? new Connection(new SocketPort(ws, ctx), ws, attachment.data) : undefined;
  }

  /** A client whose socket another mailbox holds. */
  static relayed(port: Port, epoch: number, version: 1 | 2, now: number): Connection {
    return new Connection(port, null, { epoch, version, heardAt: now, relayTo: null });
  }

  get heardAt(): number {
    return this.#heardAt;
  }

  get isOpen(): boolean {
    return this.#port.isOpen;
  }

  /** C6: when it counts as gone if nothing more comes, epoch ms; null where that is not for this object to say. */
  silentAt(limitMs: number): number | null {
    const { pingedAt } = this.#port;
    return this.version === 1 || pingedAt === null ? null : Math.max(this.#heardAt, pingedAt) + limitMs;
  }

  noteHeard(now: number): void {
    if (now - this.#heardAt < HEARD_WRITE_AFTER_MS) return;
    this.#heardAt = now;
    const { epoch, version, relayTo } = this;
    this.ws?.serializeAttachment({ epoch, version, relayTo, heardAt: now } satisfies Attachment);
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
    if (isLoad) setTimeout(() => this.flush(), SHARE_MS);
    else queueMicrotask(() => this.flush());
  }

  /** A text that is whole already, as it came from another mailbox. */
  sendText(text: string): void {
    if (this.isOpen) this.#port.send(text);
  }

  /** Settles when what was sent has reached whoever holds the socket. */
  async sent(): Promise<void> {
    await this.#port.sent?.();
  }

  /** Closes; a reason is cut to what a control frame holds. What was sent before still leaves first. */
  close(code: number, reason: string): void {
    this.flush();
    try {
      this.#port.close(code, reason.slice(0, CLOSE_REASON_MAX_BYTES));
    } catch {
      // Already closed by the other side: there is nobody to tell.
    }
  }

  /** Sends at once what waits for the end of the turn. */
  flush(): void {
    const frames = this.#frames;
    this.#frames = [];
    if (frames.length === 0 || !this.isOpen) return;
    this.#sentAt = Date.now();
    this.#lastCount = frames.length;
    if (this.version === 1) for (const frame of frames) this.#port.send(frame);
    else for (const text of textsOf(frames)) this.#port.send(text);
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
