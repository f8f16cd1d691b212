/**
 * Brings messages in front of the model by the best way this session has, and tells the hub what is proven of it.
 *
 * A message is given to one path at a time (`parcel.ts`). While the model is at work, hooks bring what waits: they are
 * heard within the turn, and the transcript proves what they brought. An idle session is woken by the inbox socket or
 * the channel. The hub keeps every message until the transcript shows it in the model's context, so that a session
 * which ends in between, or its successor, gets it anew.
 *
 * Nothing here reads a clock or sets a timer: `now` comes with the options, and `tick` does what time brings.
 */
import type { DeliveredMessage } from "../../../shared/protocol.ts";
import type { ReplyWaiters } from "../replies/reply-waiters.ts";
import type { DeliveryMode } from "../settings.ts";
import type { ChannelFlag } from "./claude-flags.ts";
import type { FrameWriter } from "./frame.ts";
import { composePost } from "./inbox-socket.ts";
import { composeOffer, FULL_MAX_MESSAGES, type Offer } from "./offer.ts";
import { isFree, type OpenParcel, type Parcel, type Path } from "./parcel.ts";
import { Parcels } from "./parcels.ts";
import type { Transcript, TranscriptNews } from "./transcript.ts";
import { isAtWork, type Turn } from "./turn.ts";
import { WakePath, type WakePathState } from "./wake-path.ts";

export interface DeliveryOptions {
  mode: DeliveryMode;
  channelFlag: ChannelFlag;
  hasInboxSocket: boolean;
  writer: FrameWriter;
  transcript: Transcript;
  waiters: ReplyWaiters;
  /** A message, or a digest of several, as text. */
  pushToChannel(push: { message: DeliveredMessage } | { digest: string }): Promise<void>;
  postToInbox(content: string): Promise<void>;
  ack(messageIds: string[], state: "acked" | "seen"): void;
  /** How many messages the hub holds back beyond those it has sent (Q5). */
  behindCount(): number;
  log(line: string): void;
  now(): number;
  /** The least time between two posts: Claude Code takes 30 at once and one each 2 s (seen on 2.1.332). */
  postIntervalMs?: number;
}

const POST_INTERVAL_MS = 2_000;
/** A host that took a post says so in its transcript at once, and an idle one shows it well within this. */
export const GRACE_MS = 5_000;
/** Unproven messages on the channel of a host whose hooks will bring proof. */
const CHANNEL_UNPROVEN_MAX = 5;
/** Half of what the hub leaves unacked on one socket (Q5), in both its units: more without proof would stop all mail. */
const UNPROVABLE_MAX = 50;
const UNPROVABLE_MAX_BYTES = 512 * 1_024;
/** Marks that a transcript showed before the hub sent their messages again. */
const MARKS_MAX = 5_000;

export class Delivery {
  readonly parcels: Parcels;
  readonly #options: DeliveryOptions;
  /** In the order of preference. */
  readonly #paths: WakePath[];
  readonly #earlyMarks = new Set<string>();
  #turn: Turn = { is: "unknown" };
  #isStarted = false;
  #isMuted = false;
  #isPumping = false;
  #hasHooks = false;
  #isRuleTold = false;
  #nextPostAt = 0;
  #startedAt = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.parcels = new Parcels((messageId) => options.writer.markOf(messageId));
    this.#paths = wakePathsOf(options);
  }

  /** The way that is used while the model is not at work. */
  get path(): "channel" | "inbox" | "hooks" | "pull" {
    const { mode } = this.#options;
    if (mode === "pull") return "pull";
    return this.#usablePath()?.by ?? "hooks";
  }

  get wakePaths(): { by: "channel" | "inbox"; state: WakePathState }[] {
    return this.#paths.map(({ by, state }) => ({ by, state }));
  }

  /** Muted: nothing is pushed or shown by hooks; the hub keeps it, and `get_messages` gives it. */
  get isMuted(): boolean {
    return this.#isMuted;
  }

  mute(isMuted: boolean): void {
    this.#isMuted = isMuted;
    void this.#pump();
  }

  /** The host is initialized: what is pushed before is lost. */
  start(): void {
    this.#isStarted = true;
    this.#startedAt = this.#options.now();
    void this.#pump();
  }

  /** Messages as the hub sends them: each is taken once, whatever comes again. */
  receive(messages: readonly DeliveredMessage[]): void {
    this.readTranscript();
    for (const message of messages) {
      const parcel = this.parcels.add(message);
      if (parcel === undefined) this.#repeatAck(message.messageId);
      else if (this.#earlyMarks.delete(parcel.facts.mark)) this.#prove([parcel]);
      else this.#offerToCall(parcel);
    }
    void this.#pump();
  }

  // --- What hooks and the transcript tell ---

  /** Hooks run in this session, so what arrives will be proven. */
  noteHook(): void {
    this.#hasHooks = true;
  }

  readTranscript(): void {
    this.noteProof(this.#options.transcript.readNews());
  }

  /** Something shows what the model's context, or the host's queue, holds. */
  noteProof({ shown, queued }: TranscriptNews): void {
    const inQueue = queued.flatMap((mark) => this.parcels.findByMark(mark) ?? []);
    this.parcels.apply(inQueue, { type: "enqueue", at: this.#options.now() });
    this.#prove(shown.flatMap((mark) => this.parcels.findByMark(mark) ?? this.#noteEarly(mark)));
  }

  /** A turn begins: what the idle session was given long enough before and has not shown never reached it. */
  noteTurnBegin(): void {
    const now = this.#options.now();
    const idleSince = this.#idleSince();
    if (idleSince !== undefined) this.#missOverdue(now, idleSince, false);
    this.#judgeAnswers(now, true);
    this.#turn = { is: "running", heardAt: now };
  }

  /** A tool is called: the host went on with what an earlier call returned. */
  noteCall(): void {
    this.#judgeAnswers(this.#options.now(), false);
  }

  noteTurnGoesOn(): void {
    const now = this.#options.now();
    this.#judgeAnswers(now, false);
    this.#turn = { is: "running", heardAt: now };
  }

  noteTurnEnd(): void {
    this.#turn = { is: "idle", since: this.#options.now() };
    void this.#pump();
  }

  /** The context was emptied (`clear`) or shortened: what the old one was not shown is for the new one. */
  noteNewContext(isSameConversation: boolean): void {
    const lost = this.parcels.open().filter(({ state }) => !isSameConversation || state.is === "listed");
    this.parcels.apply(lost, { type: "reset" });
    this.#isRuleTold = false;
    for (const path of this.#paths) path.wake();
    if (!isSameConversation) this.#turn = { is: "idle", since: this.#options.now() };
    void this.#pump();
  }

  /** What time brings: proof that was written meanwhile, posts that did not arrive, a path that has rested. */
  tick(): void {
    if (!this.parcels.isAnythingOpen) return;
    this.readTranscript();
    const now = this.#options.now();
    this.#missUntaken(now);
    if (this.#turn.is === "idle") this.#missOverdue(now, this.#turn.since, true);
    void this.#pump();
  }

  // --- What hooks and tools show ---

  /** What a hook may show now; it is the hook's until `finish` or `giveBack`. */
  offerToHook(): Offer {
    const offer = composeOffer(this.#forHook(), this.#options.writer, this.#options.behindCount());
    this.take([...offer.shown, ...offer.listed], "hook");
    return offer;
  }

  /** How many the model was told of and has not asked for. */
  get listedCount(): number {
    return this.parcels.open().filter(({ state }) => state.is === "listed").length;
  }

  /** Gives parcels to one path; returns those that were free. */
  take(parcels: readonly OpenParcel[], by: Path): OpenParcel[] {
    return this.parcels.apply(parcels, { type: "take", by });
  }

  /** The path has written what it took. */
  finish({ shown, listed }: Pick<Offer, "shown" | "listed">): void {
    this.parcels.apply(listed, { type: "list" });
    const written = this.parcels.apply(shown, { type: "write", at: this.#options.now() });
    // Nobody waits for an ack of these, and the hub does not send them again.
    this.#accept(written.filter(({ facts }) => facts.seq === undefined));
    if (!this.#hasHooks) this.#accept(written.filter(({ state }) => state.is === "handed" && state.by === "tool"));
  }

  /** The path did not write what it took. */
  giveBack(parcels: readonly Parcel[]): void {
    this.parcels.apply(parcels, { type: "release" });
    void this.#pump();
  }

  /** The model names a message. Where no hook tells more, it has what was handed to it. */
  noteNamed(messageId: string): void {
    const parcel = this.parcels.find(messageId);
    if (parcel !== undefined && !this.#hasHooks) this.#accept([parcel]);
  }

  // --- Inside ---

  #idleSince(): number | undefined {
    if (this.#turn.is === "running") return undefined;
    return this.#turn.is === "idle" ? this.#turn.since : this.#startedAt;
  }

  #noteEarly(mark: string): Parcel[] {
    if (this.#earlyMarks.size < MARKS_MAX) this.#earlyMarks.add(mark);
    return [];
  }

  #prove(parcels: readonly Parcel[]): void {
    for (const { state } of parcels) {
      if (state.is === "handed" || state.is === "overdue") this.#pathBy(state.by)?.prove();
    }
    this.#ack(this.parcels.apply(parcels, { type: "prove" }), "seen");
  }

  /** The host went on with these, which is all that can be known of them. */
  #accept(parcels: readonly Parcel[]): void {
    this.#ack(this.parcels.apply(parcels, { type: "accept" }), "acked");
  }

  #ack(parcels: readonly Parcel[], state: "acked" | "seen"): void {
    const ids = parcels.filter(({ facts }) => facts.seq !== undefined).map(({ facts }) => facts.messageId);
    if (ids.length > 0) this.#options.ack(ids, state);
  }

  /** Q4: it came again, so the hub did not get our ack; unless we held it back. */
  #repeatAck(messageId: string): void {
    const parcel = this.parcels.find(messageId);
    if (parcel?.state.is === "settled") this.#ack([parcel], parcel.state.as);
  }

  /** A call that waits for this answer gets it, if it is from whom it may come; it then is the call's. */
  #offerToCall(parcel: OpenParcel): void {
    const decision = this.#options.waiters.offer(parcel.message);
    if (decision === undefined) return;
    this.take([parcel], "tool");
    void decision.then((isTaken) => {
      if (!isTaken) this.giveBack([parcel]);
    });
  }

  #forHook(): OpenParcel[] {
    const { mode } = this.#options;
    if (mode === "pull" || this.#isMuted) return [];
    const isForced = mode !== "auto" && mode !== "hooks" && this.#usablePath() !== undefined;
    return this.parcels.free().filter(({ state }) => state.is === "overdue" || (state.is === "waiting" && !isForced));
  }

  /** What an answer of a hook or a tool brought and the transcript does not show, or cannot. */
  #judgeAnswers(now: number, isBoundary: boolean): void {
    const answered = this.parcels.handed().filter(({ state }) => {
      return state.is === "handed" && (state.by === "hook" || state.by === "tool");
    });
    if (!this.#options.transcript.isUnderstood) this.#accept(answered);
    else if (isBoundary) {
      const late = answered.filter(({ state }) => state.is === "handed" && now - state.at >= GRACE_MS);
      this.parcels.apply(late, { type: "miss" });
    }
  }

  /** Posts that the host's transcript does not show in its queue: it refused them, held them, or dropped a burst. */
  #missUntaken(now: number): void {
    if (!this.#options.transcript.isUnderstood) return;
    const untaken = this.#handedBy("inbox").filter(({ state }) => {
      return state.is === "handed" && !state.isQueuedByHost && now - state.at >= GRACE_MS;
    });
    this.#miss(untaken, now);
  }

  #missOverdue(now: number, idleSince: number, isQueueIncluded: boolean): void {
    const overdue = [...this.#handedBy("channel"), ...this.#handedBy("inbox")].filter(({ state }) => {
      if (state.is !== "handed" || (state.isQueuedByHost && !isQueueIncluded)) return false;
      return now - Math.max(state.at, idleSince) >= GRACE_MS;
    });
    this.#miss(overdue, now);
  }

  #miss(parcels: readonly OpenParcel[], now: number): void {
    for (const by of ["channel", "inbox"] as const) {
      const missed = parcels.filter(({ state }) => state.is === "handed" && state.by === by);
      if (missed.length === 0) continue;
      this.parcels.apply(missed, { type: "miss" });
      this.#fail(by, now, `${missed.length} messages did not arrive`);
    }
  }

  #fail(by: "channel" | "inbox", now: number, reason: string): void {
    this.#pathBy(by)?.fail(now, reason);
    this.#options.log(`${by}: ${reason}; now delivering by ${this.path}`);
  }

  #handedBy(by: Path): OpenParcel[] {
    return this.parcels.handed().filter(({ state }) => state.is === "handed" && state.by === by);
  }

  #pathBy(by: Path): WakePath | undefined {
    return this.#paths.find((path) => path.by === by);
  }

  #usablePath(): WakePath | undefined {
    return this.#paths.find((path) => path.isUsable(this.#options.now()));
  }

  // --- Waking an idle session ---

  async #pump(): Promise<void> {
    if (!this.#isStarted || this.#isPumping) return;
    this.#isPumping = true;
    try {
      for (let path = this.#nextPath(); path !== undefined; path = this.#nextPath()) {
        if (path.by === "channel") await this.#push(path);
        else await this.#post(path);
      }
    } finally {
      this.#isPumping = false;
    }
  }

  /** The path that may write now; undefined where there is nothing to write, or it is better to wait. */
  #nextPath(): WakePath | undefined {
    const now = this.#options.now();
    if (this.#isMuted || this.#forWaking().length === 0) return undefined;
    if (this.#options.mode === "auto" && isAtWork(this.#turn, now)) return undefined;
    const path = this.#usablePath();
    if (path === undefined || (path.by === "inbox" && now < this.#nextPostAt)) return undefined;
    return this.#mayHandMore(path) ? path : undefined;
  }

  #forWaking(): OpenParcel[] {
    return this.parcels.free().filter(({ state }) => state.is !== "listed");
  }

  /** Few at a time where proof will come. Where it cannot, as many as do not stop the mail, and then the oldest count as handed over. */
  #mayHandMore({ by }: WakePath): boolean {
    const held = this.#handedBy(by);
    if (this.#hasHooks) return held.length < (by === "inbox" ? 1 : CHANNEL_UNPROVEN_MAX);
    const bytes = held.reduce((sum, { message }) => sum + Buffer.byteLength(message.content), 0);
    if (held.length >= UNPROVABLE_MAX || bytes > UNPROVABLE_MAX_BYTES) this.#accept(held.slice(0, 1));
    return true;
  }

  async #push(path: WakePath): Promise<void> {
    const waiting = this.#forWaking();
    const { writer, behindCount } = this.#options;
    const isMany = this.#hasHooks && waiting.length > FULL_MAX_MESSAGES;
    const offer: Offer = isMany
      ? composeOffer(waiting, writer, behindCount())
      : { text: "", shown: waiting.slice(0, 1), listed: [] };
    const [first] = offer.shown;
    await this.#write(path, offer, () =>
      this.#options.pushToChannel(isMany || first === undefined ? { digest: offer.text } : { message: first.message }),
    );
  }

  async #post(path: WakePath): Promise<void> {
    const offer = composeOffer(this.#forWaking(), this.#options.writer, this.#options.behindCount());
    const content = composePost(offer, this.#options.writer, !this.#isRuleTold);
    await this.#write(path, offer, () => this.#options.postToInbox(content));
    this.#nextPostAt = this.#options.now() + (this.#options.postIntervalMs ?? POST_INTERVAL_MS);
  }

  async #write(path: WakePath, offer: Offer, write: () => Promise<void>): Promise<void> {
    const taken = [...offer.shown, ...offer.listed];
    this.take(taken, path.by);
    try {
      await write();
      this.finish(offer);
      this.#isRuleTold ||= path.by === "inbox";
    } catch (error) {
      this.parcels.apply(taken, { type: "release" });
      this.#fail(path.by, this.#options.now(), (error as Error).message);
    }
  }
}

function wakePathsOf({ mode, channelFlag, hasInboxSocket }: DeliveryOptions): WakePath[] {
  if (mode === "channel" || mode === "inbox") return [new WakePath(mode)];
  if (mode !== "auto") return [];
  return [
    ...(hasInboxSocket ? [new WakePath("inbox")] : []),
    ...(channelFlag === "off" ? [] : [new WakePath("channel")]),
  ];
}

/** Whether the model has this message or is about to: no call needs to repeat it. */
export function isOnItsWay({ state }: Parcel): boolean {
  return !isFree(state);
}
