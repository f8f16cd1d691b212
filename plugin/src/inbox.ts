/** The messages this session has been given, and how far each got towards the model. Pure: no clock, no I/O. */
import type { DeliveredMessage } from "../../shared/protocol.ts";

export interface Entry {
  message: DeliveredMessage;
  /** `waiting` → `handed` (written towards the model) → `seen` (proven to be in its context). */
  state: "waiting" | "handed" | "seen";
  /** When it was handed over, epoch ms. */
  handedAt: number;
  /** By a way that may drop it in silence: then it may be offered once more by another. */
  isUnsure: boolean;
  isAcked: boolean;
  /** On its way to the model by one way, so no other takes it: written at this moment, or about to be shown by a hook. */
  isReserved: boolean;
  /** The session was idle, awake and able to show it since, and did not. */
  isOverdue: boolean;
}

const NEW = {
  state: "waiting",
  handedAt: 0,
  isUnsure: false,
  isAcked: false,
  isReserved: false,
  isOverdue: false,
} as const satisfies Omit<Entry, "message">;

/** What a client of this size could have outstanding; the oldest settled ones are forgotten beyond it. */
const REMEMBERED_MAX = 5_000;

export class Inbox {
  readonly #entries = new Map<string, Entry>();

  /** A message from the hub; undefined when it is known already. */
  add(message: DeliveredMessage): Entry | undefined {
    if (this.#entries.has(message.messageId)) return undefined;
    const entry: Entry = { message, ...NEW };
    this.#entries.set(message.messageId, entry);
    this.#forgetOldest();
    return entry;
  }

  find(messageId: string): Entry | undefined {
    return this.#entries.get(messageId);
  }

  /** In the order of arrival. */
  waiting(): Entry[] {
    return this.#select((entry) => entry.state === "waiting");
  }

  unproven(): Entry[] {
    return this.#select((entry) => entry.state === "handed");
  }

  /** What a path other than the first may show: it waits, or was dropped by the one that had it. */
  offerable(): Entry[] {
    return this.#select(
      ({ state, isOverdue, isReserved }) => !isReserved && (state === "waiting" || (state === "handed" && isOverdue)),
    );
  }

  findReply(messageId: string): Entry | undefined {
    return this.#select(({ message }) => message.replyToMessageId === messageId && message.type !== "ack")[0];
  }

  hand(entries: readonly Entry[], now: number, isUnsure: boolean): void {
    for (const entry of entries) {
      if (entry.state === "seen") continue;
      Object.assign(entry, { state: "handed", handedAt: now, isUnsure, isOverdue: false });
    }
  }

  /** The session takes input at `turnAt` and was idle since `idleSince`: what it did not show by then it never got. */
  noteTurn(turnAt: number, idleSince: number, graceMs: number): Entry[] {
    const overdue = this.unproven().filter(
      (entry) => entry.isUnsure && turnAt - Math.max(entry.handedAt, idleSince) >= graceMs,
    );
    for (const entry of overdue) entry.isOverdue = true;
    return overdue;
  }

  /** For another way to hand over, in their old places. */
  putBack(entries: readonly Entry[]): void {
    for (const entry of entries) Object.assign(entry, { state: "waiting", isOverdue: false });
  }

  /** Returns the entries that were not known to be seen. */
  markSeen(messageIds: readonly string[]): Entry[] {
    const found = messageIds.flatMap((id) => this.#entries.get(id) ?? []).filter((entry) => entry.state !== "seen");
    for (const entry of found) entry.state = "seen";
    return found;
  }

  #select(isWanted: (entry: Entry) => boolean): Entry[] {
    return [...this.#entries.values()].filter(isWanted);
  }

  #forgetOldest(): void {
    if (this.#entries.size <= REMEMBERED_MAX) return;
    for (const [id, entry] of this.#entries) {
      if (entry.state !== "seen" && !(entry.state === "handed" && entry.isAcked)) continue;
      this.#entries.delete(id);
      return;
    }
  }
}
