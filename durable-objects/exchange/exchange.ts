/**
 * The exchange makes acceptance cheap: what all senders submit in one instant becomes durable in one commit of its log,
 * then goes to each mailbox as one batch. A mailbox applies a batch in memory and writes it behind; until it confirms,
 * the log is where a crash recovers from; until the journal has heard of it too, it is what feed.ts tells from (docs/decisions/0001-write-ahead-exchange.md).
 */
import { DurableObject } from "cloudflare:workers";
import { failure } from "../../shared/errors.ts";
import { DASHBOARD_SENDER } from "../../shared/message.ts";
import { directoryOf, type Env, journalOf, mailboxOf } from "../env.ts";
import {
  fromColumns,
  type LoggedColumns,
  type LoggedParcel,
  type Parcel,
  type ParcelColumns,
  toLoggedColumns,
  withRecipient,
} from "../parcels.ts";
import type { ExchangeRpc, FinalVerdict, ReceiptFrames, VerdictColumns } from "../rpc.ts";
import { Feed } from "./feed.ts";
import { Lane, type LaneItem, type Waiter } from "./lane.ts";
import { ExchangeLog } from "./log.ts";

/** Under load, how long a commit waits for the batches of the last one, and then for the senders they set free. */
const BATCHES_WAIT_MS = 60;
const SENDERS_WAIT_MS = 20;
const LOOK_AGAIN_MS = 1;
/** A pause this long ends what counts as load. */
const PAUSE_MS = 50;
/** How long receipts wait for a batch that takes them along: nobody waits for them. */
const RECEIPTS_WAIT_MS = 50;
/** How long confirmed rows may stay in the log when no commit comes by that takes them along. */
const TRIM_AFTER_MS = 1_000;
/** After a crash: when the log is looked at again even if nobody calls. */
const RESUME_AFTER_MS = 10_000;
/** Ids known to take mail; forgotten all at once when they become too many. */
const KNOWN_IDS_MAX = 50_000;

/** The parcels of one `submit`, until each has its verdict. */
class Submission {
  readonly done: Promise<VerdictColumns>;
  readonly #verdicts: VerdictColumns;
  #open: number;
  #resolve!: (verdicts: VerdictColumns) => void;

  constructor(size: number) {
    this.#verdicts = { deliveredAt: new Array(size).fill(0), isQueued: new Array(size).fill(false), special: [] };
    this.#open = size;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    if (size === 0) this.#resolve(this.#verdicts);
  }

  /** `asked` is the id that the sender named; another one took it where that is retired (A4). */
  waiter(index: number, asked: string): Waiter {
    return {
      stored: (to, deliveredAt, isQueued) => {
        if (to !== asked) {
          this.#verdicts.special.push([index, { ok: true, to, queued: isQueued, duplicate: false, deliveredAt }]);
        }
        this.#verdicts.deliveredAt[index] = deliveredAt;
        this.#verdicts.isQueued[index] = isQueued;
        this.#close();
      },
      special: (verdict) => {
        this.#verdicts.special.push([index, verdict]);
        this.#close();
      },
    };
  }

  #close(): void {
    if (--this.#open === 0) this.#resolve(this.#verdicts);
  }
}

interface Arrival {
  parcel: Parcel;
  waiter: Waiter | null;
  /** Set when a retired mailbox sent it on (A4): the log drops this in the commit that takes the new one. */
  replaces?: LoggedParcel;
}

export class Exchange extends DurableObject<Env> implements ExchangeRpc {
  readonly #log: ExchangeLog;
  readonly #lanes = new Map<string, Lane>();
  readonly #feed: Feed;
  readonly #knownIds = new Set<string>();
  readonly #confirmed = new Map<string, number>();
  #arrivals: Arrival[] = [];
  #isCommitting = false;
  #openSubmissions = 0;
  /** Submissions since the last commit began, and how many that one had. */
  #submitted = 0;
  #expected = 0;
  #committedAt = 0;
  #isTrimScheduled = false;
  #isReceiptRunScheduled = false;
  #isAlarmSet = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#log = new ExchangeLog(ctx.storage);
    this.#feed = new Feed({ take: (feed) => journalOf(env).takeFeed(feed), wait: (ms) => scheduler.wait(ms) });
    this.#resume((parcels) => this.#feed.expect(parcels));
  }

  /** Accepts parcels: each verdict says `ok` only for what is on disk. Parcels of one caller keep their order. */
  async submit(columns: ParcelColumns): Promise<VerdictColumns> {
    const parcels = fromColumns(columns);
    const submission = new Submission(parcels.length);
    for (const [index, parcel] of parcels.entries()) {
      this.#arrivals.push({ parcel, waiter: submission.waiter(index, parcel.to) });
    }
    this.#openSubmissions++;
    this.#submitted++;
    try {
      if (!this.#isCommitting) void this.#commitArrivals();
      return await submission.done;
    } finally {
      this.#openSubmissions--;
    }
  }

  /** What a mailbox that lost its memory has to apply again. */
  async unconfirmed(recipient: string): Promise<LoggedColumns> {
    const confirmed = this.#confirmed.get(recipient) ?? 0;
    return toLoggedColumns(this.#log.unconfirmed(recipient).filter((parcel) => parcel.position > confirmed));
  }

  async confirm(recipient: string, position: number | null, receipts: ReceiptFrames, isRepeat: boolean): Promise<void> {
    const now = Date.now();
    for (const [sender, frames] of receipts) this.#addReceipts(sender, frames, now);
    const states = receipts.flatMap(([, frames]) => frames);
    if (position !== null) {
      this.#confirmed.set(recipient, Math.max(position, this.#confirmed.get(recipient) ?? 0));
      this.#scheduleTrim();
    }
    await this.#feed.addStates(states, isRepeat);
  }

  async repeatStates(receipts: string[]): Promise<void> {
    await this.#feed.addStates(receipts, true);
  }

  async relayReceipts(sender: string, receipts: string[]): Promise<void> {
    this.#addReceipts(sender, receipts, Date.now());
  }

  async forgetRecipient(instanceId: string): Promise<void> {
    this.#knownIds.delete(instanceId);
  }

  #addReceipts(sender: string, frames: readonly string[], now: number): void {
    // What entered by REST has a sender without a socket.
    if (sender === DASHBOARD_SENDER) return;
    this.#laneOf(sender).addReceipts(frames, now);
    this.#scheduleReceipts();
  }

  #scheduleTrim(): void {
    if (this.#isTrimScheduled) return;
    this.#isTrimScheduled = true;
    setTimeout(() => this.#trim(), TRIM_AFTER_MS);
  }

  /** The constructor has resumed already what a crash left; this looks again while anything is unconfirmed. */
  override async alarm(): Promise<void> {
    this.#isAlarmSet = false;
    this.#trim();
    if (this.#log.isEmpty()) return;
    this.#resume();
    this.#ensureAlarm();
  }

  /** Gives every idle lane what the log still holds for it; a mailbox ignores what it has. */
  #resume(note: (parcels: LoggedParcel[]) => void = () => {}): void {
    for (const recipient of this.#log.recipients()) {
      const lane = this.#laneOf(recipient);
      if (!lane.isIdle) continue;
      const parcels = this.#log.unconfirmed(recipient);
      note(parcels);
      lane.push(parcels.map((parcel) => ({ parcel, waiter: null })));
    }
  }

  async #commitArrivals(): Promise<void> {
    this.#isCommitting = true;
    try {
      while (this.#arrivals.length > 0) {
        await this.#gather();
        const arrivals = this.#arrivals;
        this.#arrivals = [];
        try {
          this.#commit(await this.#addressed(arrivals));
        } catch (error) {
          console.error("commit failed", String(error));
          const verdict = failure(
            "internal",
            "The hub could not store the message; send it again with the same messageId.",
          );
          for (const arrival of arrivals) arrival.waiter?.special(verdict);
        }
      }
    } finally {
      this.#isCommitting = false;
    }
  }

  /**
   * Under load, waits for the batches of the last commit and for the senders that their answers set free: one commit and
   * one call per mailbox then serve everyone. A message that comes alone waits for nothing, and nobody waits long for a
   * slow mailbox or a sender that has no more to say.
   */
  async #gather(): Promise<void> {
    const isLoad = Date.now() - this.#committedAt < PAUSE_MS && this.#expected > 1;
    if (isLoad || this.#openSubmissions > 1) {
      await waitUntil(() => this.#busyLanes() === 0, BATCHES_WAIT_MS);
      const batchesTookMs = Date.now() - this.#committedAt;
      await waitUntil(() => this.#submitted >= this.#expected, Math.min(batchesTookMs, SENDERS_WAIT_MS));
    }
    this.#expected = this.#submitted;
    this.#submitted = 0;
  }

  #busyLanes(): number {
    let busy = 0;
    for (const lane of this.#lanes.values()) if (!lane.isIdle) busy++;
    return busy;
  }

  /** A4: keeps what has a recipient, under the id that takes its mail; refuses the rest before it touches any disk. */
  async #addressed(arrivals: Arrival[]): Promise<Arrival[]> {
    const strangers = [...new Set(arrivals.map((a) => a.parcel.to).filter((id) => !this.#knownIds.has(id)))];
    if (strangers.length === 0) return arrivals;
    const recipients = await directoryOf(this.env).recipientsOf(strangers);
    const takerOf = new Map(strangers.map((id, index) => [id, recipients[index] ?? null]));
    if (this.#knownIds.size > KNOWN_IDS_MAX) this.#knownIds.clear();
    for (const taker of takerOf.values()) if (taker !== null) this.#knownIds.add(taker);
    return arrivals.flatMap((arrival) => {
      const taker = takerOf.get(arrival.parcel.to);
      if (taker === undefined) return [arrival];
      if (taker !== null) return [{ ...arrival, parcel: readdress(arrival.parcel, taker) }];
      arrival.waiter?.special(unknownInstance(arrival.parcel.to));
      return [];
    });
  }

  #commit(arrivals: Arrival[]): void {
    const byRecipient = Map.groupBy(arrivals, (arrival) => arrival.parcel.to);
    const now = Date.now();
    const batches: [string, LaneItem[]][] = [];
    this.ctx.storage.transactionSync(() => {
      for (const [recipient, group] of byRecipient) {
        const logged = this.#log.append(
          recipient,
          group.map((arrival) => arrival.parcel),
          now,
        );
        batches.push([recipient, logged.map((parcel, index) => ({ parcel, waiter: group[index]?.waiter ?? null }))]);
      }
      for (const { replaces } of arrivals)
        if (replaces) this.#log.withdraw(replaces.position, new Set([replaces.body]));
      this.#deleteConfirmed();
    });
    this.#committedAt = now;
    this.#ensureAlarm();
    // These calls leave when the commit is on disk: the output gate holds them until then.
    for (const [recipient, items] of batches) {
      this.#feed.expect(items.map((item) => item.parcel));
      this.#laneOf(recipient).push(items);
    }
  }

  #laneOf(recipient: string): Lane {
    let lane = this.#lanes.get(recipient);
    if (lane === undefined) {
      lane = new Lane({
        apply: (parcels, receipts) => mailboxOf(this.env, recipient).apply(toLoggedColumns(parcels), receipts),
        onVerdicts: (items, verdicts) => this.#onVerdicts(items, verdicts),
        wait: (ms) => scheduler.wait(ms),
      });
      this.#lanes.set(recipient, lane);
    }
    return lane;
  }

  #onVerdicts(items: LaneItem[], { deliveredAt, isQueued, special }: VerdictColumns): void {
    const specialOf = new Map(special);
    const refused: LoggedParcel[] = [];
    for (const [index, { parcel, waiter }] of items.entries()) {
      const verdict = specialOf.get(index);
      if (verdict === undefined) {
        this.#feed.add(parcel, deliveredAt[index] as number, waiter === null);
        waiter?.stored(parcel.to, deliveredAt[index] as number, isQueued[index] as boolean);
        continue;
      }
      // What nobody waits for may have been told before a crash, or not: the journal decides, by id.
      if (verdict.ok && (waiter === null || !verdict.duplicate)) {
        this.#feed.add(parcel, verdict.deliveredAt, waiter === null);
      } else this.#feed.drop(parcel);
      if (!verdict.ok) this.#knownIds.delete(parcel.to);
      if ("moved" in verdict) {
        this.#arrivals.push({ parcel: readdress(parcel, verdict.moved), waiter, replaces: parcel });
        continue;
      }
      if (!verdict.ok) refused.push(parcel);
      waiter?.special(verdict);
    }
    // In the same turn as the answers above: the output gate holds them until the withdrawal is on disk.
    for (const [position, group] of Map.groupBy(refused, (parcel) => parcel.position)) {
      this.#log.withdraw(position, new Set(group.map((parcel) => parcel.body)));
    }
    if (this.#arrivals.length > 0 && !this.#isCommitting) void this.#commitArrivals();
  }

  #deleteConfirmed(): void {
    const { takenUpTo } = this.#feed;
    for (const [recipient, position] of this.#confirmed) {
      this.#log.confirm(recipient, Math.min(position, takenUpTo));
      if (position <= takenUpTo) this.#confirmed.delete(recipient);
    }
  }

  #trim(): void {
    this.#isTrimScheduled = false;
    this.ctx.storage.transactionSync(() => this.#deleteConfirmed());
    for (const [recipient, lane] of this.#lanes) if (lane.isIdle && !lane.hasReceipts) this.#lanes.delete(recipient);
    if (this.#confirmed.size > 0) this.#scheduleTrim();
  }

  #ensureAlarm(): void {
    if (this.#isAlarmSet) return;
    this.#isAlarmSet = true;
    void this.ctx.storage.setAlarm(Date.now() + RESUME_AFTER_MS);
  }

  /** Sends the receipts that no batch has taken along. */
  #scheduleReceipts(): void {
    if (this.#isReceiptRunScheduled) return;
    this.#isReceiptRunScheduled = true;
    setTimeout(() => {
      this.#isReceiptRunScheduled = false;
      const lanes = [...this.#lanes.values()].filter((lane) => lane.hasReceipts);
      for (const lane of lanes) if (lane.hasReceiptsSince(Date.now() - RECEIPTS_WAIT_MS)) lane.run();
      if (lanes.some((lane) => lane.hasReceipts)) this.#scheduleReceipts();
    }, RECEIPTS_WAIT_MS);
  }
}

async function waitUntil(isTrue: () => boolean, maxMs: number): Promise<void> {
  const until = Date.now() + maxMs;
  while (!isTrue() && Date.now() < until) await scheduler.wait(LOOK_AGAIN_MS);
}

/** The same message for another mailbox. */
function readdress(parcel: Parcel, to: string): Parcel {
  return parcel.to === to ? parcel : { ...parcel, to, body: withRecipient(parcel.body, to) };
}

function unknownInstance(address: string): FinalVerdict {
  return failure(
    "unknown_instance",
    `No instance has ever connected as ${address}; nothing was stored. Call list_instances for the ids that exist.`,
  );
}
