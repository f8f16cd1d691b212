/** The messages this session was given and where each stands on its way to the model. Pure: no clock, no I/O. */
import type { DeliveredMessage } from "../../../shared/protocol.ts";
import {
  isFree,
  isOpen,
  type OpenParcel,
  type Parcel,
  type ParcelEvent,
  type ParcelFacts,
  transition,
} from "./parcel.ts";

/** Settled messages that are remembered so that a repetition is recognised: more than the hub can send again. */
const SETTLED_MAX = 5_000;
/** Live publications and broadcasts are kept by nobody but us: of a flood, the oldest give way. */
const LIVE_MAX = 500;
const EARLY_MARKS_MAX = 5_000;

export class Parcels {
  readonly #markOf: (messageId: string) => string;
  readonly #byId = new Map<string, Parcel>();
  readonly #byMark = new Map<string, Parcel>();
  readonly #open = new Map<string, OpenParcel>();
  /** Marks that a transcript showed before the hub sent their messages again. */
  readonly #earlyMarks = new Set<string>();
  #settledCount = 0;
  #liveCount = 0;

  constructor(markOf: (messageId: string) => string) {
    this.#markOf = markOf;
  }

  /** Adds a message of the hub; undefined when it is known already. */
  add(message: DeliveredMessage): OpenParcel | undefined {
    if (this.#byId.has(message.messageId)) return undefined;
    const { messageId, from, type, replyToMessageId, seq } = message;
    const facts: ParcelFacts = { messageId, from, type, mark: this.#markOf(messageId) };
    if (replyToMessageId !== undefined) facts.replyToMessageId = replyToMessageId;
    if (seq !== undefined) facts.seq = seq;
    const parcel: OpenParcel = { facts, message, state: { is: "waiting" } };
    this.#byId.set(messageId, parcel);
    this.#byMark.set(facts.mark, parcel);
    this.#open.set(messageId, parcel);
    if (seq === undefined) this.#countLive();
    return parcel;
  }

  find(messageId: string): Parcel | undefined {
    return this.#byId.get(messageId);
  }

  findByMark(mark: string): Parcel | undefined {
    return this.#byMark.get(mark);
  }

  /** The same; a mark that is not known yet is remembered until its message comes. */
  findOrNoteEarly(mark: string): Parcel[] {
    const parcel = this.#byMark.get(mark);
    if (parcel === undefined && this.#earlyMarks.size < EARLY_MARKS_MAX) this.#earlyMarks.add(mark);
    return parcel === undefined ? [] : [parcel];
  }

  /** Whether a mark was shown before its message came; it is forgotten with that. */
  takeEarly(mark: string): boolean {
    return this.#earlyMarks.delete(mark);
  }

  /** Those that are not settled, in the order of arrival. */
  open(): OpenParcel[] {
    return [...this.#open.values()];
  }

  /** Those that a path may take, in the order of arrival. */
  free(): OpenParcel[] {
    return this.open().filter(({ state }) => isFree(state));
  }

  waiting(): OpenParcel[] {
    return this.open().filter(({ state }) => state.is === "waiting");
  }

  /** Those that the host has and that nothing has proven yet. */
  handed(): OpenParcel[] {
    return this.open().filter(({ state }) => state.is === "handed");
  }

  /** Whether any is neither waiting nor settled: then there is something to look for. */
  get isAnythingOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Messages that answer another, however far they got. */
  answers(): Parcel[] {
    return [...this.#byId.values()].filter(({ facts }) => facts.replyToMessageId !== undefined && facts.type !== "ack");
  }

  /** From whom messages came, each once. */
  senders(): string[] {
    return [...new Set([...this.#byId.values()].map(({ facts }) => facts.from))];
  }

  /** Applies an event; returns those parcels whose state allowed it. */
  apply<P extends Parcel>(parcels: readonly P[], event: ParcelEvent): P[] {
    return parcels.filter((parcel) => {
      const next = transition(parcel.state, event);
      if (next === undefined) return false;
      parcel.state = next;
      if (next.is === "settled" && isOpen(parcel)) this.#settle(parcel);
      return true;
    });
  }

  #settle(parcel: Parcel): void {
    const { messageId, seq } = parcel.facts;
    parcel.message = undefined;
    this.#open.delete(messageId);
    if (seq === undefined) this.#liveCount--;
    this.#settledCount++;
    if (this.#settledCount <= SETTLED_MAX) return;
    for (const settled of this.#byId.values()) {
      if (settled.state.is !== "settled") continue;
      this.#forget(settled);
      this.#settledCount--;
      return;
    }
  }

  #countLive(): void {
    this.#liveCount++;
    if (this.#liveCount <= LIVE_MAX) return;
    const oldest = this.open().find(({ facts, state }) => facts.seq === undefined && isFree(state));
    if (oldest === undefined) return;
    this.#open.delete(oldest.facts.messageId);
    this.#forget(oldest);
    this.#liveCount--;
  }

  #forget({ facts }: Parcel): void {
    this.#byId.delete(facts.messageId);
    this.#byMark.delete(facts.mark);
  }
}
