/** The exchange's ends of the links: who is connected, and what each has been given and not acked (Q5). In memory only. */
import { WINDOW_BYTES, WINDOW_MESSAGES } from "../../shared/limits.ts";
import type { LinkRequest } from "../link.ts";
import type { Principal } from "../principal.ts";
import type { DeliveryKey } from "./store/deliveries.ts";
import type { Instance } from "./store/instances.ts";

/** A message that a connection has been given and has not acked. */
export interface InFlight extends DeliveryKey {
  /** Its place among what this connection was given. */
  seq: number;
  messageId: string;
  sender: string;
  bytes: number;
  /** When it is given again (Q3), epoch ms. */
  leaseUntil: number;
}

/**
 * - `open`: the client is there.
 * - `renaming`: the client's session has changed (Q8), and it has not been told yet: it gets nothing, and its acks name what
 *   it was given under the old id.
 * - `over`: the client left, or another connection replaced this one (C7).
 */
export type LinkState = "open" | "renaming" | "over";

/**
 * What of an instance's queue waits to be given:
 * - `nothing`: all of it is in flight, or there is none.
 * - `queued`: messages that nobody was ever given, as there was no room for them.
 * - `anything`: besides, what was given before on another connection, or under another id, and not acked.
 */
export type Backlog = "nothing" | "queued" | "anything";

/** How many acked messages a link remembers, so that `seen` with `upTo` finds them. */
const ACKED_MAX = 5_000;

export class Link {
  readonly ws: WebSocket;
  readonly principal: Principal;
  readonly version: 1 | 2;
  /** C11. */
  readonly isPull: boolean;
  /** Names the connection; a link that resumes one has its number. */
  readonly connection: number;
  instance: Instance;
  state: LinkState = "open";
  backlog: Backlog = "nothing";
  readonly inFlight = new Map<string, InFlight>();
  #bytes = 0;
  #acked: InFlight[] = [];
  #lastSeq: number;

  /** `lastSeq`: what this connection was given by the links before this one. */
  constructor(
    ws: WebSocket,
    instance: Instance,
    connection: number,
    { version, isPull, principal, lastSeq }: Pick<LinkRequest, "version" | "isPull" | "principal" | "lastSeq">,
  ) {
    this.#lastSeq = lastSeq;
    this.ws = ws;
    this.instance = instance;
    this.connection = connection;
    this.version = version;
    this.isPull = isPull;
    this.principal = principal;
  }

  /**
   * Whether one more message fits the window, beside `more` that are about to be given. One always does. A v1 client cannot
   * ack, so for it there is none.
   */
  hasRoomFor(bytes: number, more = { count: 0, bytes: 0 }): boolean {
    const count = this.inFlight.size + more.count;
    if (this.version === 1 || count === 0) return true;
    return count < WINDOW_MESSAGES && this.#bytes + more.bytes + bytes <= WINDOW_BYTES;
  }

  /** Whether it came with a browser's sign-in: an id may be anybody's, that is a person's. */
  get isPerson(): boolean {
    return this.principal.sessionId !== undefined;
  }

  /** How many messages the window takes at most, and one more: so many are worth looking at. */
  get roomAndOne(): number {
    return this.version === 1 ? WINDOW_MESSAGES : Math.max(WINDOW_MESSAGES - this.inFlight.size, 0) + 1;
  }

  /** A message is in the queue for which there was no room. */
  noteQueued(): void {
    if (this.backlog === "nothing") this.backlog = "queued";
  }

  /** Takes a message into the window; one that is given again keeps its seq, others get the next. Returns the seq. */
  hold(message: Omit<InFlight, "seq">, known?: number): number {
    const seq = known ?? this.release(message.messageId)?.seq ?? ++this.#lastSeq;
    this.inFlight.set(message.messageId, { ...message, seq });
    this.#bytes += message.bytes;
    return seq;
  }

  release(messageId: string): InFlight | undefined {
    const message = this.inFlight.get(messageId);
    if (message === undefined) return undefined;
    this.inFlight.delete(messageId);
    this.#bytes -= message.bytes;
    return message;
  }

  /** Everything is to be given anew. */
  restart(): void {
    this.inFlight.clear();
    this.#bytes = 0;
    this.#acked = [];
    this.backlog = "anything";
  }

  /** Q8: under a new id the order begins anew. */
  restartSeq(): void {
    this.restart();
    this.#lastSeq = 0;
  }

  /** A message that was acked here is another's by now: `seen` does not find it any more. */
  forgetAcked(messageId: string): void {
    this.#acked = this.#acked.filter((message) => message.messageId !== messageId);
  }

  noteAcked(messages: readonly InFlight[]): void {
    this.#acked.push(...messages);
    if (this.#acked.length > ACKED_MAX) this.#acked = this.#acked.slice(-ACKED_MAX / 2);
  }

  /** Takes what was acked on this connection up to a seq, or under one of these ids. */
  takeAcked(upTo: number, messageIds: ReadonlySet<string>): InFlight[] {
    const isNamed = (message: InFlight) => message.seq <= upTo || messageIds.has(message.messageId);
    const taken = this.#acked.filter(isNamed);
    if (taken.length > 0) this.#acked = this.#acked.filter((message) => !isNamed(message));
    return taken;
  }
}

export class Links {
  readonly #byInstance = new Map<number, Link>();
  /** H3: those whose pause is over, and that have not been given yet what waited. */
  readonly resumed = new Set<Link>();

  /** The link of an instance's client; undefined while nobody is connected. */
  of(instance: Instance | undefined): Link | undefined {
    return instance === undefined ? undefined : this.#byInstance.get(instance.number);
  }

  byNumber(number: number): Link | undefined {
    return this.#byInstance.get(number);
  }

  isOnline(instance: Instance): boolean {
    return this.#byInstance.has(instance.number);
  }

  all(): IterableIterator<Link> {
    return this.#byInstance.values();
  }

  get count(): number {
    return this.#byInstance.size;
  }

  /** Who is connected with each key. */
  idsByKey(): [keyId: string, instanceIds: string[]][] {
    const byKey = Map.groupBy(this.all(), ({ principal }) => principal.keyId);
    return [...byKey].map(([keyId, own]) => [keyId, own.map(({ instance }) => instance.id).sort()]);
  }

  set(link: Link): void {
    this.#byInstance.set(link.instance.number, link);
  }

  /** Forgets a link, if it is still the one of its instance. Returns whether it was. */
  remove(link: Link): boolean {
    if (this.#byInstance.get(link.instance.number) !== link) return false;
    return this.#byInstance.delete(link.instance.number);
  }
}
