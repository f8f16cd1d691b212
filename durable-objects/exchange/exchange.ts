/**
 * The exchange makes acceptance cheap: what all senders submit in one instant becomes durable in one commit of its log,
 * then goes to each mailbox as one batch. A mailbox applies a batch in memory and writes it behind; until it confirms,
 * the log is where a crash recovers from; until the journal has heard of it too, it is what feed.ts tells from (docs/decisions/0001-write-ahead-exchange.md).
 */
import { DurableObject } from "cloudflare:workers";
import { failure } from "../../shared/errors.ts";
import { DASHBOARD_SENDER } from "../../shared/message.ts";
import { directoryOf, type Env, journalOf, mailboxOf } from "../env.ts";
import { errorText, log } from "../log.ts";
import {
  copyOf,
  type FanOutColumns,
  fromColumns,
  isPublication,
  type LoggedColumns,
  type LoggedParcel,
  messageIdOf,
  type Parcel,
  type ParcelColumns,
  senderOf,
  toLoggedColumns,
  withRecipient,
} from "../parcels.ts";
import type { ExchangeRpc, FanOutCounts, FinalVerdict, StateChanges, VerdictColumns } from "../rpc.ts";
import { pushState, type StateGroup } from "../states.ts";
import { Feed } from "./feed.ts";
import { Lane, type LaneItem, type Waiter } from "./lane.ts";
import { ExchangeLog } from "./log.ts";
import { FanOut, Submission } from "./submission.ts";

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

interface Arrival {
  parcel: Parcel;
  waiter: Waiter | null;
  /** Set when a retired mailbox sent it on (A4): the log drops this in the commit that takes the new one. */
  replaces?: LoggedParcel;
}

/** Publications for those whose mailboxes take their own mail. */
type AddressedFanOut = Pick<FanOut, "recipients" | "parcels" | "waiters">;

export class Exchange extends DurableObject<Env> implements ExchangeRpc {
  readonly #log: ExchangeLog;
  readonly #lanes = new Map<string, Lane>();
  readonly #feed: Feed;
  readonly #knownIds = new Set<string>();
  readonly #confirmed = new Map<string, number>();
  #arrivals: Arrival[] = [];
  #fanOuts: FanOut[] = [];
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
    return this.#untilDone(submission.done);
  }

  async fanOut(groups: FanOutColumns[]): Promise<FanOutCounts[]> {
    const fanOuts = groups.map((group) => new FanOut(group));
    this.#fanOuts.push(...fanOuts);
    return this.#untilDone(Promise.all(fanOuts.map(({ done }) => done)));
  }

  async #untilDone<T>(done: Promise<T>): Promise<T> {
    this.#openSubmissions++;
    this.#submitted++;
    try {
      if (!this.#isCommitting) void this.#commitArrivals();
      return await done;
    } finally {
      this.#openSubmissions--;
    }
  }

  /** What a mailbox that lost its memory has to apply again. */
  async unconfirmed(recipient: string): Promise<LoggedColumns> {
    const confirmed = this.#confirmed.get(recipient) ?? 0;
    return toLoggedColumns(this.#log.unconfirmed(recipient).filter((parcel) => parcel.position > confirmed));
  }

  async recipientOf(messageId: string, senders: string[]): Promise<string | null> {
    for (const sender of senders) {
      const recipient = this.#log.recipientOf(messageId, sender);
      if (recipient !== null) return recipient;
    }
    return null;
  }

  async confirm(recipient: string, position: number | null, changes: StateChanges, isRepeat: boolean): Promise<void> {
    const now = Date.now();
    for (const [sender, receipts] of changes) this.#addReceipts(sender, receipts, now);
    const states = changes.flatMap(([, groups]) => groups);
    if (position !== null) {
      this.#confirmed.set(recipient, Math.max(position, this.#confirmed.get(recipient) ?? 0));
      this.#scheduleTrim();
    }
    await this.#feed.addStates(states, isRepeat);
  }

  async repeatStates(states: StateGroup[]): Promise<void> {
    await this.#feed.addStates(states, true);
  }

  async relayReceipts(sender: string, receipts: StateGroup[]): Promise<void> {
    this.#addReceipts(sender, receipts, Date.now());
  }

  async forgetRecipient(instanceId: string): Promise<void> {
    this.#knownIds.delete(instanceId);
  }

  /** The constructor has done what there was to do. */
  async health(): Promise<void> {}

  #addReceipts(sender: string, receipts: readonly StateGroup[], now: number): void {
    // What entered by REST has a sender without a socket.
    if (sender === "" || sender === DASHBOARD_SENDER) return;
    this.#laneOf(sender).addReceipts(receipts, now);
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
      lane.push(parcels.map((parcel) => ({ parcel, isShared: false, waiter: null })));
    }
  }

  async #commitArrivals(): Promise<void> {
    this.#isCommitting = true;
    try {
      while (this.#hasArrivals) {
        await this.#gather();
        const [arrivals, fanOuts] = [this.#arrivals, this.#fanOuts];
        this.#arrivals = [];
        this.#fanOuts = [];
        try {
          this.#commit(...(await this.#addressed(arrivals, fanOuts)));
        } catch (error) {
          log("error", "commit failed", { error: errorText(error) });
          for (const { parcel, waiter } of arrivals) waiter?.special(parcel.to, NOT_STORED);
          for (const fanOut of fanOuts) fanOut.fail(error);
        }
      }
    } finally {
      this.#isCommitting = false;
    }
  }

  get #hasArrivals(): boolean {
    return this.#arrivals.length > 0 || this.#fanOuts.length > 0;
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

  /** A4: asks who takes the mail of ids that this exchange does not know to take their own. */
  async #takersOf(ids: Iterable<string>): Promise<ReadonlyMap<string, string | null>> {
    const strangers = [...new Set(ids)].filter((id) => !this.#knownIds.has(id));
    if (strangers.length === 0) return NOBODY;
    const takers = await directoryOf(this.env).recipientsOf(strangers);
    if (this.#knownIds.size > KNOWN_IDS_MAX) this.#knownIds.clear();
    for (const taker of takers) if (taker !== null) this.#knownIds.add(taker);
    return new Map(strangers.map((id, index) => [id, takers[index] ?? null]));
  }

  /** A4: keeps what has a recipient, under the id that takes its mail; refuses the rest before it touches any disk. */
  async #addressed(arrivals: Arrival[], fanOuts: FanOut[]): Promise<[Arrival[], AddressedFanOut[]]> {
    const ids = [...arrivals.map(({ parcel }) => parcel.to), ...fanOuts.flatMap(({ recipients }) => recipients)];
    const takerOf = await this.#takersOf(ids);
    if (takerOf.size === 0) return [arrivals, fanOuts];
    const isElsewhere = (id: string) => takerOf.has(id) && takerOf.get(id) !== id;
    // A copy for another mailbox than its id was made for is a parcel like any other.
    const moved = fanOuts.flatMap((fanOut) =>
      fanOut.recipients.filter(isElsewhere).flatMap((id) => copiesFor(id, fanOut)),
    );
    const kept = [...arrivals, ...moved].flatMap((arrival) => {
      const { parcel, waiter } = arrival;
      const taker = takerOf.get(parcel.to);
      if (taker === undefined) return [arrival];
      if (taker !== null) return [{ ...arrival, parcel: readdress(parcel, taker) }];
      waiter?.special(parcel.to, unknownInstance(parcel.to));
      return [];
    });
    const own = fanOuts.map(({ recipients, parcels, waiters }) => ({
      recipients: recipients.filter((id) => !isElsewhere(id)),
      parcels,
      waiters,
    }));
    return [kept, own];
  }

  #commit(arrivals: Arrival[], fanOuts: AddressedFanOut[]): void {
    const byRecipient = Map.groupBy(arrivals, (arrival) => arrival.parcel.to);
    const now = Date.now();
    const batches = new Map<string, LaneItem[]>();
    const shared: { parcels: LoggedParcel[]; recipients: readonly string[] }[] = [];
    this.ctx.storage.transactionSync(() => {
      for (const [recipient, group] of byRecipient) {
        const parcels = group.map((arrival) => arrival.parcel);
        const logged = this.#log.append(recipient, parcels, now);
        batches.set(
          recipient,
          logged.map((parcel, i) => ({ parcel, isShared: false, waiter: group[i]?.waiter ?? null })),
        );
      }
      for (const { recipients, parcels, waiters } of fanOuts) {
        if (recipients.length === 0) continue;
        const logged = this.#log.appendShared(recipients, parcels, now);
        shared.push({ parcels: logged, recipients });
        const items = logged.map((parcel, i) => ({ parcel, isShared: true, waiter: waiters[i] ?? null }));
        for (const id of recipients) batches.set(id, batches.get(id)?.concat(items) ?? items);
      }
      for (const { replaces } of arrivals) {
        if (replaces) this.#log.withdraw(replaces.to, replaces.position, new Set([replaces.body]));
      }
      this.#deleteConfirmed();
    });
    this.#committedAt = now;
    this.#ensureAlarm();
    for (const recipient of byRecipient.keys()) {
      this.#feed.expect((batches.get(recipient) ?? []).flatMap(({ parcel, isShared }) => (isShared ? [] : [parcel])));
    }
    for (const { parcels, recipients } of shared) this.#feed.expect(parcels, recipients.length);
    // These calls leave when the commit is on disk: the output gate holds them until then.
    for (const [recipient, items] of batches) this.#laneOf(recipient).push(items);
  }

  #laneOf(recipient: string): Lane {
    let lane = this.#lanes.get(recipient);
    if (lane === undefined) {
      /** Of the batch under way. */
      let bodies: string[] = [];
      lane = new Lane(recipient, {
        apply: (items, receipts) => {
          bodies = items.map(({ parcel, isShared }) => (isShared ? copyOf(parcel.body, recipient) : parcel.body));
          const parcels = items.map(({ parcel }) => parcel);
          return mailboxOf(this.env, recipient).apply({ ...toLoggedColumns(parcels), bodies }, receipts);
        },
        onVerdicts: (items, verdicts) => this.#onVerdicts(recipient, items, bodies, verdicts),
        wait: (ms) => scheduler.wait(ms),
      });
      this.#lanes.set(recipient, lane);
    }
    return lane;
  }

  #onVerdicts(recipient: string, items: LaneItem[], bodies: string[], verdicts: VerdictColumns): void {
    const specialOf = new Map(verdicts.special);
    const refused: LoggedParcel[] = [];
    const copies = new CopyStates(recipient);
    const delivered: StateChanges = [];
    for (const [index, { parcel, isShared, waiter }] of items.entries()) {
      const verdict = specialOf.get(index);
      const deliveredAt = verdicts.deliveredAt[index] as number;
      if (verdict === undefined) {
        if (isShared) copies.add(parcel.position, bodies[index] as string, deliveredAt);
        else this.#feed.add(parcel, deliveredAt, waiter === null);
        waiter?.stored(recipient, deliveredAt, verdicts.isQueued[index] as boolean);
        const body = bodies[index] as string;
        // Senders of direct messages hear with the answer; a publisher, whose answer has only numbers, hears here.
        if (deliveredAt > 0 && isPublication(body)) noteDelivered(delivered, body, deliveredAt, recipient);
        continue;
      }
      const own = isShared ? { ...parcel, to: recipient, body: bodies[index] as string } : parcel;
      // What nobody waits for may have been told before a crash, or not: the journal decides, by id.
      if (verdict.ok && (waiter === null || !verdict.duplicate)) {
        this.#feed.add(own, verdict.deliveredAt, waiter === null);
      } else this.#feed.drop(own);
      if (!verdict.ok) this.#knownIds.delete(recipient);
      if ("moved" in verdict) {
        this.#arrivals.push({ parcel: readdress(own, verdict.moved), waiter, replaces: own });
        continue;
      }
      if (!verdict.ok) refused.push(own);
      waiter?.special(recipient, verdict);
    }
    for (const { position, count, delivered } of copies.byPosition()) {
      this.#feed.addCopies(position, count, delivered);
    }
    for (const [sender, receipts] of delivered) this.#addReceipts(sender, receipts, Date.now());
    // In the same turn as the answers above: the output gate holds them until the withdrawal is on disk.
    for (const [position, group] of Map.groupBy(refused, (parcel) => parcel.position)) {
      this.#log.withdraw(recipient, position, new Set(group.map((parcel) => parcel.body)));
    }
    if (this.#hasArrivals && !this.#isCommitting) void this.#commitArrivals();
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

const NOBODY: ReadonlyMap<string, string | null> = new Map();
const NOT_STORED: FinalVerdict = failure(
  "internal",
  "The hub could not store the message; send it again with the same messageId.",
);

/** What the journal hears of the copies of a batch, by their place in the log. */
class CopyStates {
  readonly #recipient: string;
  readonly #byPosition = new Map<number, { count: number; delivered: StateGroup[] }>();

  constructor(recipient: string) {
    this.#recipient = recipient;
  }

  /** `deliveredAt` 0: it waits. */
  add(position: number, body: string, deliveredAt: number): void {
    let states = this.#byPosition.get(position);
    if (states === undefined) {
      states = { count: 0, delivered: [] };
      this.#byPosition.set(position, states);
    }
    states.count++;
    if (deliveredAt === 0) return;
    pushState(states.delivered, messageIdOf(body), "delivered", deliveredAt, this.#recipient);
  }

  *byPosition(): Generator<{ position: number; count: number; delivered: StateGroup[] }> {
    for (const [position, states] of this.#byPosition) yield { position, ...states };
  }
}

/** By sender; what comes one after the other is mostly of one. */
function noteDelivered(changes: StateChanges, body: string, at: number, recipient: string): void {
  const sender = senderOf(body);
  const last = changes.at(-1);
  const states = last?.[0] === sender ? last[1] : [];
  if (states.length === 0) changes.push([sender, states]);
  pushState(states, messageIdOf(body), "delivered", at, recipient);
}

/** The copies of one recipient as parcels of its own. */
function copiesFor(recipient: string, { parcels, waiters }: FanOut): Arrival[] {
  return parcels.map((parcel, i) => ({
    parcel: { ...parcel, to: recipient, body: copyOf(parcel.body, recipient) },
    waiter: waiters[i] ?? null,
  }));
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
