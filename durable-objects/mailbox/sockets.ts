/** The sockets of one mailbox: its own, and those that speak for another id since a session change (Q8). */
import { SILENCE_LIMIT_MS } from "../../shared/limits.ts";
import { Connection } from "./connection.ts";

export class Sockets {
  readonly #ctx: DurableObjectState;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    // The object answers these without waking (C6).
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** Accepts a socket under the key it came with: the tag survives hibernation and finds it when the key is revoked. */
  accept(ws: WebSocket, keyId: string, epoch: number, version: 1 | 2, now: number): Connection {
    this.#ctx.acceptWebSocket(ws, [keyId]);
    return Connection.open(ws, this.#ctx, { epoch, version, heardAt: now, relayTo: null });
  }

  /** What is known of a socket; undefined for one whose attachment cannot be read. */
  connectionOf(ws: WebSocket): Connection | undefined {
    return Connection.restore(ws, this.#ctx);
  }

  /** All of them. */
  held(): Connection[] {
    return this.#ctx.getWebSockets().flatMap((ws) => this.connectionOf(ws) ?? []);
  }

  /** Those that speak for this mailbox's instance. */
  own(): Connection[] {
    return this.held().filter((connection) => connection.relayTo === null);
  }

  /** The live one of this instance (C7), or null. */
  newest(): Connection | null {
    const open = this.own().filter((connection) => connection.isOpen);
    return open.sort((a, b) => b.epoch - a.epoch)[0] ?? null;
  }

  withKey(keyId: string): WebSocket[] {
    return this.#ctx.getWebSockets(keyId);
  }

  /** The open one that speaks for another instance. */
  relayOf(instanceId: string, epoch: number): Connection | undefined {
    return this.held().find((held) => held.isOpen && held.relayTo === instanceId && held.epoch === epoch);
  }

  /** A socket speaks for another instance from now on, or for this one again (null). False when it is gone. */
  retarget(connection: Connection | undefined, relayTo: string | null, epoch: number, now: number): boolean {
    if (connection?.ws == null) return false;
    Connection.open(connection.ws, this.#ctx, { epoch, version: connection.version, heardAt: now, relayTo });
    return true;
  }

  /** C6: when the first of them counts as gone if nothing comes, epoch ms; null for never. */
  silentAt(): number | null {
    const times = this.held().flatMap((held) => held.silentAt(SILENCE_LIMIT_MS) ?? []);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** C6: those that were silent too long. */
  silent(now: number): Connection[] {
    return this.held().filter((held) => {
      const silentAt = held.silentAt(SILENCE_LIMIT_MS);
      return held.isOpen && silentAt !== null && silentAt <= now;
    });
  }
}
