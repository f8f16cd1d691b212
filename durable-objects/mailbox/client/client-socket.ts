/** A client's socket: what is written to it leaves in as few texts as the protocol allows (B1). */

import { CloseCode } from "../../../shared/errors.ts";
import { CLOSE_REASON_MAX_BYTES, FRAMES_PER_TEXT, PING_INTERVAL_MS, UNREAD_MAX_BYTES } from "../../../shared/limits.ts";
import { chunk } from "../../chunk.ts";
import { soon } from "../../soon.ts";

/** Frames collect to texts of about this length. */
const TEXT_LENGTH = 262_144;

export class ClientSocket {
  readonly version: 1 | 2;
  readonly #ws: WebSocket;
  #frames: string[] = [];
  #heardAt: number;
  /** Characters written since the client last showed that it reads. */
  #unread = 0;
  #unreadSince: number;

  constructor(ws: WebSocket, version: 1 | 2, now: number) {
    this.#ws = ws;
    this.version = version;
    this.#heardAt = now;
    this.#unreadSince = now;
  }

  get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.READY_STATE_OPEN;
  }

  /** Whether it has been sent so much without a sign of reading that nothing more should wait for it in memory. */
  get isBehind(): boolean {
    return this.#unread > UNREAD_MAX_BYTES / 2;
  }

  /** C6: when it counts as gone if nothing comes, epoch ms; null for a v1 client, which sends no pings. */
  silentAt(limitMs: number): number | null {
    return this.version === 1 ? null : this.#heardAt + limitMs;
  }

  noteHeard(now: number): void {
    this.#heardAt = now;
  }

  /** The client pinged, or acked: it reads. */
  noteReading(now: number): void {
    this.#unread = 0;
    this.#unreadSince = now;
  }

  /** Sends a frame with all others of this turn. */
  send(frame: object): void {
    this.sendJson(JSON.stringify(frame));
  }

  /** The same for a frame that is JSON already. */
  sendJson(frame: string): void {
    this.#frames.push(frame);
    if (this.#frames.length === 1) soon(() => this.flush());
  }

  /** Answers a `ping` at once. */
  pong(): void {
    if (this.isOpen) this.#ws.send("pong");
  }

  /** Closes; a reason is cut to what a control frame holds. What was sent before still leaves first. */
  close(code: number, reason: string): void {
    this.flush();
    try {
      this.#ws.close(code, reason.slice(0, CLOSE_REASON_MAX_BYTES));
    } catch {
      // Closed by both sides at once.
    }
  }

  /** Sends at once what waits for the end of the turn. */
  flush(): void {
    const frames = this.#frames;
    this.#frames = [];
    if (frames.length === 0 || !this.isOpen) return;
    const texts = this.version === 1 ? frames : textsOf(frames);
    for (const text of texts) {
      this.#note(text.length);
      this.#ws.send(text);
    }
    if (this.#unread > UNREAD_MAX_BYTES) this.close(CloseCode.heartbeatLost, "does not read what it is sent");
  }

  /** v1 clients show nothing: time has to do. */
  #note(length: number): void {
    const now = Date.now();
    if (this.version === 1 && now - this.#unreadSince > PING_INTERVAL_MS) this.noteReading(now);
    this.#unread += length;
  }
}

function textsOf(frames: readonly string[]): string[] {
  const pieces = chunk(frames, { maxCount: FRAMES_PER_TEXT, maxLength: TEXT_LENGTH, lengthOf: ({ length }) => length });
  return pieces.map((piece) => (piece.length === 1 ? (piece[0] as string) : `[${piece.join(",")}]`));
}
