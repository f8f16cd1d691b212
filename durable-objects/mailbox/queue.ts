/**
 * The queue of one mailbox: what is here, who holds it, what is owed. New messages and acks change memory first and are
 * written behind by `flush`; until then the exchange's log keeps them (docs/decisions/0001). Every verb that reads the
 * tables writes first, so SQL is the truth whenever it is asked.
 */
import { type Failure, failure, type Result, success } from "../../shared/errors.ts";
import { LEASE_MS, TTL_DEFAULT_SECONDS, WINDOW_MESSAGES } from "../../shared/limits.ts";
import { type MessageStatus, utf8Length } from "../../shared/message.ts";
import type { FrameOf, ReceiptFrame } from "../../shared/protocol.ts";
import { type LoggedParcel, messageIdOf, senderOf } from "../parcels.ts";
import type { MovedMessage, StateChanges, Verdict, VerdictColumns } from "../rpc.ts";
import type { StateGroup } from "../states.ts";
import { noDeadLetter, readMessage, renewedBody } from "./dead-letter.ts";
import { toMessageStatus } from "./message-status.ts";
import { News } from "./news.ts";
import { RecentIds } from "./recent-ids.ts";
import { repeatVerdict } from "./repeat.ts";
import { SentMessages } from "./sent-messages.ts";
import { type MailboxStore, type Row, STATE_NAMES, State } from "./store.ts";
import { Window } from "./window.ts";

/** The live connection as the queue sees it. */
export interface Holder {
  epoch: number;
  version: 1 | 2;
}

export interface QueueBounds {
  maxMessages: number;
  maxBytes: number;
}

/** What an ack names (section 4). */
export interface AckRequest {
  upTo?: number | undefined;
  messageIds?: readonly string[] | undefined;
  state: "acked" | "seen";
}

/** What a flush has put on disk: whom to tell, and how far the exchange may forget. */
export interface Flushed {
  changes: StateChanges;
  /** Whether some of it may have been told before a crash. */
  isRepeat: boolean;
  logPosition: number | null;
}

/** How long a message given to a live connection may stay in memory and the exchange's log only. */
const SETTLING_MS = 500;
/** In place of an epoch: it may have been delivered just before a crash, and word of it gone out. */
const RECOVERED = -1;
const RECENT_IDS_MAX = 2_000;
const NONE: ReadonlyMap<string, Row> = new Map();

type AckState = typeof State.acked | typeof State.seen;

export class Queue {
  readonly news: News;
  /** Its own messages to others. They have nothing to do with what waits here, but share its commits. */
  readonly sent: SentMessages;
  readonly #store: MailboxStore;
  readonly #instanceId: string;
  readonly #bounds: QueueBounds;
  #lastSeq: number;
  #openCount: number;
  #openBytes: number;
  #queuedCount: number;
  #deadCount: number;
  #nextExpiry: number;
  /** How far the exchange's log was offered here, and how far it was told that it may forget. */
  #offeredPosition = 0;
  #confirmedPosition = 0;
  /** Not on disk yet, by message id, in order of seq. */
  readonly #unwritten = new Map<string, Row>();
  /** On disk as open, acked since. */
  #unwrittenAcks: Row[] = [];
  /** In the archive as acked, seen since. */
  #unwrittenSeen: { messageIds: string[]; at: number }[] = [];
  readonly #window = new Window();
  /** Everything given to the live connection up to this seq that was acked is seen. */
  #seenUpTo = 0;
  readonly #received: RecentIds;

  constructor(store: MailboxStore, instanceId: string, bounds: QueueBounds, holder: Holder | null) {
    this.#store = store;
    this.#instanceId = instanceId;
    this.#bounds = bounds;
    this.news = new News(store, instanceId);
    this.sent = new SentMessages(store);
    this.#lastSeq = store.lastSeq();
    this.#received = new RecentIds(store.highestIds(), RECENT_IDS_MAX);
    const open = store.openTotals();
    this.#openCount = open.count;
    this.#openBytes = open.bytes;
    this.#queuedCount = open.queued;
    this.#deadCount = store.countDead();
    this.#nextExpiry = store.nextExpiry() ?? Number.POSITIVE_INFINITY;
    if (holder !== null)
      for (const row of store.listDelivered()) if (row.epoch === holder.epoch) this.#window.hold(row);
  }

  /** Messages not acked yet: what clients see as the queue's depth. */
  get depth(): number {
    return this.#openCount;
  }

  /** Whether anything waits that was never written. */
  get hasQueued(): boolean {
    return this.#queuedCount > 0;
  }

  /** Messages that ended without an ack and are kept to be seen, retried or dropped (Q6). */
  get deadCount(): number {
    return this.#deadCount;
  }

  /** Whether a flush has anything to write or to tell. */
  get isDirty(): boolean {
    return this.#hasUnwritten || !this.news.isEmpty || this.#offeredPosition > this.#confirmedPosition;
  }

  /** When something is due by itself: a lease runs out or a message expires. Epoch ms; never later than the truth. */
  get nextDueAt(): number {
    let at = this.#nextExpiry;
    for (const row of this.#window.rows()) at = Math.min(at, row.leaseUntil);
    return at;
  }

  /**
   * Takes parcels in (Q1, Q2, M3). Returns their verdicts, and the rows to write to the live connection now.
   * `isRecovery`: they were accepted before a crash, so no bound may refuse them. `recalled`: what is known of some of them
   * under the id this mailbox had before (Q8).
   */
  offer(
    parcels: readonly LoggedParcel[],
    holder: Holder | null,
    now: number,
    isRecovery = false,
    recalled: ReadonlyMap<number, Verdict> = new Map(),
  ): { verdicts: VerdictColumns; writes: Row[] } {
    const ids = parcels.map((parcel) => messageIdOf(parcel.body));
    const before = this.#findAll(ids);
    const lastSeq = this.#lastSeq;
    const writes: Row[] = [];
    const verdicts: VerdictColumns = { deliveredAt: [], isQueued: [], special: [] };
    for (const [index, parcel] of parcels.entries()) {
      const messageId = ids[index] as string;
      this.#offeredPosition = Math.max(this.#offeredPosition, parcel.position);
      verdicts.isQueued.push(holder === null);
      verdicts.deliveredAt.push(0);
      const known = before.get(messageId) ?? this.#unwritten.get(messageId);
      const repeat = known === undefined ? recalled.get(index) : this.#repeatVerdict(known, parcel, holder, lastSeq);
      if (repeat !== undefined) {
        verdicts.special.push([index, repeat]);
        continue;
      }
      if (!isRecovery && this.#isFull(parcel.bytes)) {
        verdicts.special.push([index, this.#fullVerdict()]);
        continue;
      }
      const row = this.#enqueue(messageId, parcel);
      if (isRecovery) row.epoch = RECOVERED;
      if (holder !== null && this.#queuedCount === 1 && (holder.version === 1 || this.#window.hasRoomFor(row))) {
        this.#queuedCount--;
        this.#noteDelivered(row, holder, now);
        verdicts.deliveredAt[index] = now;
        writes.push(row);
      }
    }
    return { verdicts, writes };
  }

  /** What the live connection may have now (Q2, Q3, Q5): lapsed leases first, then what was never written. */
  claim(holder: Holder, now: number): Row[] {
    this.expire(now);
    this.#write();
    const readable = this.#claimable(holder, now).filter((row) => this.#isReadable(row, now));
    if (readable.length === 0) return [];
    this.#store.markDelivered(
      readable.map((row) => row.seq),
      holder.epoch,
      now,
      now + LEASE_MS,
    );
    for (const row of readable) {
      if (row.state === State.queued) {
        this.#queuedCount--;
        if (row.epoch === RECOVERED) this.news.noteRepeat();
        this.news.note(row, "delivered", now);
      }
      this.#noteDelivered(row, holder, now);
      if (holder.version === 1) this.#unwrittenAcks.push(row);
    }
    this.news.save();
    return readable;
  }

  /** Q4. `epoch` is that of the socket the ack came by: a stale one acks nothing by `upTo`. Returns how many changed. */
  ack(request: AckRequest, epoch: number, now: number): number {
    const state = request.state === "seen" ? State.seen : State.acked;
    const ids = new Set(request.messageIds);
    const upTo = request.upTo ?? -1;
    const held: Row[] = [];
    for (const row of this.#window.rows()) {
      if ((row.epoch === epoch && row.seq <= upTo) || ids.delete(row.messageId)) held.push(row);
    }
    this.#settle(held, state, now);
    let changed = held.length;
    if (ids.size > 0) changed += this.#ackByIds([...ids], state, now);
    if (state === State.seen && upTo > this.#seenUpTo) {
      changed += this.#noteSeen(this.#ackedOn(epoch, upTo), now);
      this.#seenUpTo = upTo;
    }
    return changed;
  }

  /** Q7: the oldest messages not acked; acks them unless `peek`. */
  pull(limit: number, peek: boolean, now: number): Row[] {
    this.#write();
    const readable = this.#store.listOpen(limit).filter((row) => this.#isReadable(row, now));
    if (!peek) {
      this.#settle(readable, State.acked, now);
      this.#write();
    }
    return readable;
  }

  /** What is not acked behind a seq, in order; changes nothing. */
  peek(after: number, limit: number): Row[] {
    this.#write();
    return this.#store.listOpen(limit, after);
  }

  /** Ends what is past its time (Q6). */
  expire(now: number): void {
    if (this.#nextExpiry > now) return;
    this.#write();
    this.#end(this.#store.listExpired(now), State.expired, now, "not acked before it expired");
    this.#nextExpiry = this.#store.nextExpiry() ?? Number.POSITIVE_INFINITY;
  }

  /** Ends everything not acked, in flight or not (Q6). Returns how many that were. */
  removeAll(now: number, reason: string): number {
    this.#write();
    const rows = this.#store.listOpen(Number.MAX_SAFE_INTEGER);
    this.#end(rows, State.removed, now, reason);
    return rows.length;
  }

  /** The newest first. */
  deadLetters(limit: number): Row[] {
    return this.#store.listDead(limit);
  }

  /**
   * Puts a dead letter back under its id, with a new time to live and a new seq: an ack under way that names all up to a
   * later seq must not take it along.
   */
  retry(messageId: string, now: number): Result<null> {
    const row = this.#store.findDead(messageId);
    if (row === undefined) return noDeadLetter(messageId);
    if (this.#isFull(row.bytes)) return this.#fullVerdict();
    const expiresAt = now + TTL_DEFAULT_SECONDS * 1_000;
    const body = renewedBody(row.body, expiresAt);
    if (body === null) return failure("conflict", `${messageId} cannot be read any more; it can only be dropped.`);
    const bytes = utf8Length(body);
    this.#store.requeue({ messageId, seq: ++this.#lastSeq, body, bytes, expiresAt });
    this.#deadCount--;
    this.#openCount++;
    this.#openBytes += bytes;
    this.#queuedCount++;
    this.#nextExpiry = Math.min(this.#nextExpiry, expiresAt);
    return success(null);
  }

  /** Takes a dead letter away. Its id stays known, so that a sender that tries again creates no second message (M3). */
  drop(messageId: string, now: number): Result<null> {
    const row = this.#store.findDead(messageId);
    if (row === undefined) return noDeadLetter(messageId);
    this.#store.transaction(() => {
      this.#store.delete([row.seq]);
      // The archive's lines are spliced from bodies, which must be JSON.
      if (renewedBody(row.body, now) !== null) this.#store.archive([row], now);
    });
    this.#deadCount--;
    return success(null);
  }

  /** How far a message of this mailbox got and who sent it, or undefined if it is not here. */
  status(messageId: string): { status: MessageStatus; sender: string } | undefined {
    const row = this.#find(messageId);
    return row === undefined ? undefined : { status: toMessageStatus(row), sender: row.sender };
  }

  /** Q8: everything not acked, in order, as it stands on disk. */
  openRows(): Row[] {
    this.#write();
    return this.#store.listOpen(Number.MAX_SAFE_INTEGER);
  }

  /** Q8: these are the successor's now. */
  forgetMoved(rows: readonly Row[]): void {
    if (rows.length === 0) return;
    this.#store.delete(rows.map((row) => row.seq));
    for (const row of rows) {
      if (row.state === State.queued) this.#queuedCount--;
      this.#close(row);
    }
  }

  /** Q8: takes over what a retired mailbox owed, behind what is here, on disk at once. What is here already is left as it is. */
  adopt(messages: readonly MovedMessage[]): void {
    const known = this.#store.findIds(messages.map((message) => message.messageId));
    for (const message of messages) {
      if (known.has(message.messageId) || this.#unwritten.has(message.messageId)) continue;
      const row = this.#enqueue(message.messageId, {
        ...message,
        to: this.#instanceId,
        position: 0,
        acceptedAt: message.queuedAt,
      });
      row.attempts = message.attempts;
      row.deliveredAt = message.deliveredAt;
    }
    this.#write();
  }

  /** The greatest id of any message here, "" for none. */
  get highestId(): string {
    this.#write();
    const { sorted, other } = this.#store.highestIds();
    return other === "" ? sorted : other;
  }

  /** M3: the answer to a repeat of what is here, by index; what is not here is left out. */
  recall(parcels: readonly LoggedParcel[]): [index: number, verdict: Verdict][] {
    const ids = parcels.map((parcel) => messageIdOf(parcel.body));
    this.#write();
    const known = this.#store.findIds(ids);
    return parcels.flatMap((parcel, index): [number, Verdict][] => {
      const row = known.has(ids[index] as string) ? this.#store.find(ids[index] as string) : undefined;
      return row === undefined ? [] : [[index, this.#repeatVerdict(row, parcel, null, this.#lastSeq)]];
    });
  }

  /** The same ack by message ids: for one that comes while the mailbox moves, since seqs mean nothing under the new id. */
  ackById(frame: FrameOf<"ack">): FrameOf<"ack"> {
    const { upTo = -1, ...rest } = frame;
    const held = [...this.#window.rows()].filter((row) => row.seq <= upTo).map((row) => row.messageId);
    return { ...rest, messageIds: [...held, ...(frame.messageIds ?? [])] };
  }

  /** The live connection went: nothing is in flight until the next one claims. */
  releaseAll(): void {
    this.#window.clear();
    this.#seenUpTo = 0;
  }

  /** Puts on disk what memory has; what the result names may be told once the write is durable (the output gate). */
  flush(now: number): Flushed {
    this.#write(now - SETTLING_MS);
    this.news.save();
    const news = this.news.take(now);
    let upTo = this.#offeredPosition;
    for (const row of this.#unwritten.values()) upTo = Math.min(upTo, row.logPosition - 1);
    const logPosition = upTo > this.#confirmedPosition ? upTo : null;
    this.#confirmedPosition = Math.max(upTo, this.#confirmedPosition);
    return { ...news, logPosition };
  }

  /** States that the journal may not have heard. */
  untoldStates(): StateGroup[] {
    const since = this.news.untoldSince;
    if (since === null) return [];
    this.#write();
    return this.news.statesSince(since, this.#store.listChanged(since));
  }

  /** Forgets what ended before `before`. */
  purge(before: number): void {
    this.#write();
    this.#store.purge(before);
    this.#deadCount = this.#store.countDead();
  }

  get #hasUnwritten(): boolean {
    return (
      this.#unwritten.size > 0 ||
      this.#unwrittenAcks.length > 0 ||
      this.#unwrittenSeen.length > 0 ||
      this.sent.hasUnwritten
    );
  }

  /**
   * One transaction for what is unwritten. A message given to the live connection after `settledBefore` may wait: its ack
   * is likely near, and one row of the archive is cheaper than a row that moves there at once. What came after it waits with
   * it: a crash enqueues again what is not on disk, and that must not land behind what came later (Q2).
   */
  #write(settledBefore = Number.POSITIVE_INFINITY): void {
    if (!this.#hasUnwritten) return;
    const open: Row[] = [];
    const closed: Row[] = [];
    let isSettling = false;
    for (const row of this.#unwritten.values()) {
      if (!this.#isOpen(row)) closed.push(row);
      else if (!isSettling && (row.state === State.queued || row.deliveredAt < settledBefore)) open.push(row);
      else isSettling = true;
    }
    const acked = this.#unwrittenAcks;
    this.#store.transaction(() => {
      if (open.length > 0) this.#store.insert(open);
      if (acked.length > 0) this.#store.delete(acked.map((row) => row.seq));
      if (closed.length + acked.length > 0) this.#store.archive([...acked, ...closed], Date.now());
      for (const { messageIds, at } of this.#unwrittenSeen) this.#store.markSeen(messageIds, at);
      this.sent.write();
      this.news.save();
    });
    for (const row of open) this.#unwritten.delete(row.messageId);
    for (const row of closed) this.#unwritten.delete(row.messageId);
    this.#unwrittenAcks = [];
    this.#unwrittenSeen = [];
    this.sent.forgetWritten();
  }

  #find(messageId: string): Row | undefined {
    const unwritten = this.#unwritten.get(messageId);
    if (unwritten !== undefined) return unwritten;
    this.#write();
    return this.#store.find(messageId);
  }

  /**
   * Those of these ids that are here. Reading the disk writes first, so what is only in memory is looked up before. After a
   * crash these are thousands: all are read at once, since each segment of the archive has many.
   */
  #findAll(messageIds: readonly string[]): ReadonlyMap<string, Row> {
    const perhaps = messageIds.filter((id) => this.#received.mayHave(id));
    if (perhaps.length === 0) return NONE;
    const found = new Map<string, Row>();
    for (const id of perhaps) {
      const row = this.#unwritten.get(id);
      if (row !== undefined) found.set(id, row);
    }
    const stored = [...this.#store.findIds(perhaps)].filter((id) => !found.has(id));
    if (stored.length === 0) return found;
    this.#write();
    for (const row of this.#store.findAll(stored)) found.set(row.messageId, row);
    return found;
  }

  #enqueue(messageId: string, parcel: LoggedParcel): Row {
    const row: Row = {
      seq: ++this.#lastSeq,
      messageId,
      sender: senderOf(parcel.body),
      body: parcel.body,
      digest: null,
      bytes: parcel.bytes,
      logPosition: parcel.position,
      state: State.queued,
      attempts: 0,
      epoch: 0,
      leaseUntil: 0,
      expiresAt: parcel.expiresAt,
      queuedAt: parcel.acceptedAt,
      deliveredAt: 0,
      ackedAt: 0,
      seenAt: 0,
      endedAt: null,
      reason: null,
    };
    this.#unwritten.set(messageId, row);
    this.#received.note(messageId);
    this.#openCount++;
    this.#openBytes += row.bytes;
    this.#queuedCount++;
    this.#nextExpiry = Math.min(this.#nextExpiry, row.expiresAt);
    return row;
  }

  /** A v2 connection holds it until it acks; a v1 connection cannot, so for it the queue has done its part. */
  #noteDelivered(row: Row, holder: Holder, now: number): void {
    row.state = State.delivered;
    row.attempts++;
    row.epoch = holder.epoch;
    row.leaseUntil = now + LEASE_MS;
    if (row.deliveredAt === 0) row.deliveredAt = now;
    if (holder.version === 2) this.#window.hold(row);
    else this.#close(row);
  }

  /** Open rows are owed an ack. One given to a v1 connection has no lease, and is not. */
  #isOpen(row: Row): boolean {
    return row.state === State.queued || (row.state === State.delivered && row.leaseUntil > 0);
  }

  #close(row: Row): void {
    row.leaseUntil = 0;
    this.#openCount--;
    this.#openBytes -= row.bytes;
    this.#window.release(row);
  }

  /** Acks open rows. */
  #settle(rows: readonly Row[], state: AckState, now: number): void {
    for (const row of rows) {
      if (row.state === State.queued) this.#queuedCount--;
      this.#close(row);
      row.state = state;
      if (row.deliveredAt === 0) row.deliveredAt = now;
      row.ackedAt = now;
      if (state === State.seen) row.seenAt = now;
      if (!this.#unwritten.has(row.messageId)) this.#unwrittenAcks.push(row);
      this.news.note(row, state === State.seen ? "seen" : "acked", now);
    }
  }

  /** Acks by id what is not in flight on the live connection: known from an earlier one, or from a peek. */
  #ackByIds(messageIds: readonly string[], state: AckState, now: number): number {
    this.#write();
    const open = this.#store.listOpenAmong(messageIds);
    this.#settle(open, state, now);
    if (state === State.acked) return open.length;
    const acked = this.#store.findArchived(messageIds).filter((row) => row.state === State.acked);
    return open.length + this.#noteSeen(acked, now);
  }

  #ackedOn(epoch: number, upTo: number): Row[] {
    this.#write();
    return this.#store.listAcked(epoch, this.#seenUpTo, upTo);
  }

  #noteSeen(rows: readonly Row[], now: number): number {
    if (rows.length === 0) return 0;
    this.#unwrittenSeen.push({ messageIds: rows.map((row) => row.messageId), at: now });
    for (const row of rows) this.news.note(row, "seen", now);
    return rows.length;
  }

  #end(rows: readonly Row[], state: State, now: number, reason: string): void {
    if (rows.length === 0) return;
    this.#store.markEnded(
      rows.map((row) => row.seq),
      state,
      now,
      reason,
    );
    this.#deadCount += rows.length;
    for (const row of rows) {
      if (row.state === State.queued) this.#queuedCount--;
      this.#close(row);
      this.news.note(row, STATE_NAMES[state] as ReceiptFrame["state"], now);
    }
    this.news.save();
  }

  #claimable(holder: Holder, now: number): Row[] {
    const lapsed = this.#store.listDelivered().filter((row) => row.epoch !== holder.epoch || row.leaseUntil <= now);
    const queued = this.#queuedCount === 0 ? [] : this.#store.listQueued(WINDOW_MESSAGES);
    const rows = [...lapsed, ...queued];
    return holder.version === 1 ? rows : this.#window.takeFitting(rows);
  }

  #isFull(bytes: number): boolean {
    return this.#openCount >= this.#bounds.maxMessages || this.#openBytes + bytes > this.#bounds.maxBytes;
  }

  /** Q10: a body that is no JSON would break the frame it is spliced into. */
  #isReadable(row: Row, now: number): boolean {
    if (readMessage(row.body) !== null) return true;
    this.#end([row], State.dead, now, "its stored envelope cannot be read");
    return false;
  }

  #fullVerdict(): Failure {
    return failure(
      "queue_full",
      `The queue of ${this.#instanceId} is full (${this.#openCount} messages, ${this.#openBytes} bytes); nothing was stored. Wait until it reads, or have its queue flushed.`,
      { details: { depth: this.#openCount, maxMessages: this.#bounds.maxMessages, maxBytes: this.#bounds.maxBytes } },
    );
  }

  /** What was here before this batch (`lastSeq`) and has its position is no retry. */
  #repeatVerdict(known: Row, parcel: LoggedParcel, holder: Holder | null, lastSeq: number): Verdict {
    return repeatVerdict(known, parcel, {
      instanceId: this.#instanceId,
      isQueued: holder === null && this.#isOpen(known),
      isReplay: known.logPosition === parcel.position && known.seq <= lastSeq,
    });
  }
}
