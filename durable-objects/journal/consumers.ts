/** The consumers of `/ws/dashboard`: each gets every event after its cursor once, in order, from disk or as it happens. */
import { CloseCode } from "../../shared/errors.ts";
import { SILENCE_LIMIT_MS } from "../../shared/limits.ts";
import { errorText, log } from "../log.ts";
import { expandLines, type Segment } from "../stream-lines.ts";
import { Consumer, Texts } from "./consumer.ts";
import type { StreamStore } from "./stream-store.ts";

/** Between two pieces of a replay, so that everything else gets its turn. */
const REPLAY_PAUSE_MS = 1;
/** How often a consumer that has used its allowance is looked at again. */
const WAIT_FOR_PING_MS = 1_000;

/** Where a new consumer begins. */
export interface StreamStart {
  version: 1 | 2;
  /** The last event it knows; null to begin with what happens next. */
  since: number | null;
}

export class Consumers {
  readonly #ctx: DurableObjectState;
  readonly #stream: StreamStore;
  readonly #hubVersion: string;
  readonly #consumers = new Map<WebSocket, Consumer>();
  /** Those being sent what is on disk; the others are up to date. */
  readonly #replaying = new Set<Consumer>();
  /** Keys and sessions, of this life in memory: what is under way meets them, and what comes later does not get this far. */
  readonly #revoked = new Set<string>();

  constructor(ctx: DurableObjectState, stream: StreamStore, hubVersion: string) {
    this.#ctx = ctx;
    this.#stream = stream;
    this.#hubVersion = hubVersion;
    for (const ws of ctx.getWebSockets()) {
      const consumer = Consumer.restore(ws);
      if (consumer?.isOpen) this.#consumers.set(ws, consumer);
    }
    for (const consumer of this.#consumers.values()) this.#replay(consumer);
  }

  areRevoked(names: readonly string[]): boolean {
    return names.some((name) => this.#revoked.has(name));
  }

  /** Takes a socket in that came with this key, and this session. */
  add(ws: WebSocket, names: string[], { version, since }: StreamStart, now: number): void {
    // The tags survive hibernation, and find the sockets of a key or session that ends.
    this.#ctx.acceptWebSocket(ws, names);
    const { last, floor } = this.#stream;
    const isGap = since !== null && (since < floor || since > last);
    const cursor = since === null ? last : isGap ? floor : since;
    const consumer = Consumer.open(ws, { version, cursor, openedAt: now });
    const timestamp = new Date(now).toISOString();
    if (version === 2) consumer.tell({ event: "hub:hello", timestamp, cursor: last, version: this.#hubVersion });
    if (isGap) consumer.tell({ event: "hub:gap", timestamp, cursor: floor });
    this.#consumers.set(ws, consumer);
    this.#replay(consumer);
  }

  /** A consumer sent a text. Whoever floods is closed (4029). */
  hear(ws: WebSocket, isPing: boolean, now: number): void {
    const consumer = this.#consumers.get(ws);
    if (consumer === undefined) return;
    if (consumer.isFlooding(now)) {
      consumer.close(CloseCode.flooding, "too many texts; slow down and reconnect");
      this.#consumers.delete(ws);
    } else if (isPing) consumer.notePing(now);
  }

  remove(ws: WebSocket): void {
    this.#consumers.delete(ws);
  }

  closeAll(): void {
    this.#close(this.#ctx.getWebSockets(), CloseCode.goingAway, "the hub is shutting down");
  }

  /** Closes those that came with this key or session; from here on none may come with it. */
  revoke(name: string): void {
    this.#revoked.add(name);
    const why = "the key of this connection was revoked, or its session has ended";
    this.#close(this.#ctx.getWebSockets(name), CloseCode.revoked, why);
  }

  countByKey(): [keyId: string, streams: number][] {
    const open = this.#ctx.getWebSockets().filter((ws) => ws.readyState === WebSocket.READY_STATE_OPEN);
    const groups = Map.groupBy(open, (ws) => this.#ctx.getTags(ws)[0] ?? "");
    return [...groups].map(([keyId, sockets]) => [keyId, sockets.length]);
  }

  /** Tells everyone who is up to date what was just taken in. */
  broadcast(segment: Segment, now: number): void {
    if (this.#consumers.size === 0) return;
    const texts = new Texts(expandLines(segment));
    for (const consumer of this.#consumers.values()) {
      if (this.#replaying.has(consumer) || !consumer.isOpen) continue;
      if (consumer.cursor === segment.first - 1 && consumer.hasAllowance(now)) consumer.send(texts, segment.last);
      else this.#replay(consumer);
    }
  }

  /** C6: closes v2 consumers that were silent too long. Returns when to look again; null for never. */
  closeSilent(now: number): number | null {
    let nextAt: number | null = null;
    for (const [ws, consumer] of this.#consumers) {
      if (consumer.version === 1) continue;
      const silentAt = consumer.heardAt + SILENCE_LIMIT_MS;
      if (silentAt <= now) {
        consumer.close(CloseCode.heartbeatLost, "no ping for 75 s");
        this.#consumers.delete(ws);
      } else nextAt = Math.min(nextAt ?? silentAt, silentAt);
    }
    return nextAt;
  }

  #close(sockets: readonly WebSocket[], code: number, reason: string): void {
    for (const ws of sockets) {
      this.#consumers.delete(ws);
      ws.close(code, reason);
    }
  }

  #replay(consumer: Consumer): void {
    if (this.#replaying.has(consumer) || consumer.cursor >= this.#stream.last) return;
    this.#replaying.add(consumer);
    void this.#send(consumer);
  }

  /** Sends from disk until it is up to date. No await stands between the last look and the end: nothing is missed. */
  async #send(consumer: Consumer): Promise<void> {
    try {
      while (consumer.isOpen && this.#consumers.get(consumer.ws) === consumer) {
        const segment = consumer.hasAllowance(Date.now()) ? this.#stream.after(consumer.cursor) : null;
        if (segment === undefined) return;
        if (segment !== null) consumer.send(new Texts(expandLines(segment, consumer.cursor)), segment.last);
        await scheduler.wait(segment === null ? WAIT_FOR_PING_MS : REPLAY_PAUSE_MS);
      }
    } catch (error) {
      log("error", "replay failed", { error: errorText(error) });
      consumer.close(CloseCode.goingAway, "the replay failed; come back with your last cursor");
    } finally {
      this.#replaying.delete(consumer);
    }
  }
}
