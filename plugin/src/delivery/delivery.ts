/**
 * Brings messages in front of the model by the best way this session has, and tells the hub what is proven of it.
 *
 * A message is given to one path at a time (`parcel.ts`). While the model is at work, hooks bring what waits: they are
 * heard within the turn, and the transcript proves what they brought. An idle session is woken (`waking.ts`). The hub
 * keeps every message until the transcript shows it in the model's context, so that a session which ends in between, or
 * its successor, gets it anew.
 *
 * Nothing here reads a clock or sets a timer: `now` comes with the options, and `tick` does what time brings.
 */
import type { DeliveredMessage } from "../../../shared/protocol.ts";
import type { ReplyWaiters } from "../../../shared/replies/reply-waiters.ts";
import { composeOffer, type Offer } from "./offer.ts";
import { handedBy, lateAnswers, untakenPosts, unwokenBy } from "./overdue.ts";
import type { OpenParcel, Parcel, Path } from "./parcel.ts";
import { Parcels } from "./parcels.ts";
import type { Transcript, TranscriptNews } from "./transcript.ts";
import { isAtWork, type Turn } from "./turn.ts";
import type { WakePathState } from "./wake-path.ts";
import { WAKE_NAMES, type WakeName } from "./wake-way.ts";
import { Waking, type WakingOptions } from "./waking.ts";

export interface DeliveryOptions extends WakingOptions {
  transcript: Transcript;
  waiters: ReplyWaiters;
  ack(messageIds: string[], state: "acked" | "seen"): void;
}

export class Delivery {
  readonly parcels: Parcels;
  readonly #options: DeliveryOptions;
  readonly #waking: Waking;
  #turn: Turn = { is: "unknown" };
  #isMuted = false;
  #hasHooks = false;
  #startedAt = 0;
  /** Messages that a digest has counted and the hub has not sent yet: they come to be asked for, not to be shown. */
  #countedCount = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.parcels = new Parcels((messageId) => options.writer.markOf(messageId));
    this.#waking = new Waking(options, {
      parcels: this.parcels,
      hasHooks: () => this.#hasHooks,
      mayWake: () => !this.#isMuted && (options.mode !== "auto" || !isAtWork(this.#turn, options.now())),
      isIdle: () => !isAtWork(this.#turn, options.now()),
      take: (parcels, by) => this.take(parcels, by),
      finish: (offer) => this.finish(offer),
      accept: (parcels) => this.#accept(parcels),
    });
  }

  /** The way that is used while the model is not at work. */
  get path(): WakeName | "hooks" | "pull" {
    if (this.#options.mode === "pull") return "pull";
    return this.#waking.path?.by ?? "hooks";
  }

  /** G2: until when the session is not woken any more, epoch ms; undefined where it may be. */
  get restsUntil(): number | undefined {
    return this.#waking.restsUntil;
  }

  get wakePaths(): { by: WakeName; state: WakePathState }[] {
    return this.#waking.paths.map(({ by, state }) => ({ by, state }));
  }

  /** Muted: nothing is pushed or shown by hooks; the hub keeps it, and `get_messages` gives it. */
  get isMuted(): boolean {
    return this.#isMuted;
  }

  mute(isMuted: boolean): void {
    this.#isMuted = isMuted;
    void this.#waking.pump();
  }

  /** The host is initialized: what is pushed before is lost. */
  start(): void {
    this.#startedAt = this.#options.now();
    this.#waking.start();
  }

  /** Messages as the hub sends them: each is taken once, whatever comes again. */
  receive(messages: readonly DeliveredMessage[]): void {
    this.readTranscript();
    for (const message of messages) {
      const parcel = this.parcels.add(message);
      if (parcel === undefined) this.#repeatAck(message.messageId);
      else if (this.parcels.takeEarly(parcel.facts.mark)) this.#prove([parcel]);
      else if (!this.#offerToCall(parcel)) this.#countOff(parcel);
    }
    void this.#waking.pump();
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
    this.#prove(shown.flatMap((mark) => this.parcels.findOrNoteEarly(mark)));
  }

  /** The turn begins that a nudge was to start. */
  noteNudge(): void {
    this.#waking.noteNudge();
  }

  /** A turn begins: what the idle session was given long enough before and has not shown never reached it. */
  noteTurnBegin(): void {
    const now = this.#options.now();
    this.#miss(unwokenBy(this.parcels.open(), now, this.#idleSince ?? now, false));
    this.#judgeAnswers(now, true);
    this.#turn = { is: "running", heardAt: now };
  }

  noteTurnGoesOn(): void {
    const now = this.#options.now();
    this.#judgeAnswers(now, false);
    this.#turn = { is: "running", heardAt: now };
  }

  noteTurnEnd(): void {
    this.#turn = { is: "idle", since: this.#options.now() };
    this.#waking.noteTurnEnd();
    void this.#waking.pump();
  }

  /** A tool is called: the host went on with what an earlier call returned. */
  noteCall(): void {
    this.#judgeAnswers(this.#options.now(), false);
  }

  /**
   * The context was emptied (`clear`) or shortened: what the old one was told of, or should have been shown, is for the
   * new one. A post that the host has in its queue comes there by itself.
   */
  noteNewContext(isSameConversation: boolean): void {
    const open = this.parcels.open();
    const lost = [
      ...open.filter(({ state }) => state.is === "listed"),
      ...(isSameConversation ? [] : handedBy(open, "hook", "tool")),
    ];
    this.parcels.apply(lost, { type: "reset" });
    this.#countedCount = 0;
    this.#waking.renew();
    if (!isSameConversation) {
      this.#waking.dropNudge();
      this.#turn = { is: "idle", since: this.#options.now() };
    }
    void this.#waking.pump();
  }

  /** What a way to wake the session lacked may be there now, such as a first prompt. */
  renewWays(): void {
    this.#waking.renew();
  }

  /** What a way to wake the session lacked is there, and no turn is about to begin. */
  noteWakeable(): void {
    this.renewWays();
    void this.#waking.pump();
  }

  /** What time brings: proof that was written meanwhile, what did not arrive, a path that has rested. */
  tick(): void {
    if (this.#idleSince !== undefined) this.#waking.judgeNudge(this.#idleSince);
    if (!this.parcels.isAnythingOpen) return;
    this.readTranscript();
    const now = this.#options.now();
    if (this.#options.transcript.isUnderstood) this.#miss(untakenPosts(this.parcels.open(), now));
    if (this.#turn.is === "idle") this.#miss(unwokenBy(this.parcels.open(), now, this.#turn.since, true));
    void this.#waking.pump();
  }

  // --- What hooks and tools show ---

  /** What a hook may show now; it is the hook's until `finish` or `giveBack`. */
  offerToHook(): Offer {
    const offer = composeOffer(this.#forHook(), this.#options.writer, this.#options.behindCount());
    this.take([...offer.shown, ...offer.listed], "hook");
    return offer;
  }

  /** Whether a hook has something to show. */
  get hasForHook(): boolean {
    return this.#forHook().length > 0;
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
  finish({ shown, listed, behindCount = 0 }: Pick<Offer, "shown" | "listed"> & Partial<Offer>): void {
    this.parcels.apply(listed, { type: "list" });
    this.#countedCount = Math.max(this.#countedCount, behindCount);
    const written = this.parcels.apply(shown, { type: "write", at: this.#options.now() });
    // Nobody waits for an ack of these, and the hub does not send them again.
    this.#accept(written.filter(({ facts }) => facts.seq === undefined));
    if (!this.#hasHooks) this.#accept(handedBy(written, "tool"));
  }

  /** The path did not write what it took. */
  giveBack(parcels: readonly Parcel[]): void {
    this.parcels.apply(parcels, { type: "release" });
    void this.#waking.pump();
  }

  /** The model names a message. Where no hook tells more, it has what was handed to it. */
  noteNamed(messageId: string): void {
    const parcel = this.parcels.find(messageId);
    if (parcel !== undefined && !this.#hasHooks) this.#accept([parcel]);
  }

  /** Since when the model has not been at work; undefined while it is. */
  get #idleSince(): number | undefined {
    if (this.#turn.is === "unknown") return this.#startedAt;
    return this.#turn.is === "idle" ? this.#turn.since : undefined;
  }

  #prove(parcels: readonly Parcel[]): void {
    for (const { state } of parcels) {
      if (state.is === "handed" || state.is === "overdue") this.#waking.pathBy(state.by)?.prove();
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
  #offerToCall(parcel: OpenParcel): boolean {
    const decision = this.#options.waiters.offer(parcel.message);
    if (decision === undefined) return false;
    this.take([parcel], "tool");
    void decision.then((isTaken) => {
      if (!isTaken) this.giveBack([parcel]);
    });
    return true;
  }

  #countOff(parcel: OpenParcel): void {
    if (this.#countedCount === 0 || parcel.facts.seq === undefined) return;
    this.#countedCount--;
    this.parcels.apply([parcel], { type: "count" });
  }

  #forHook(): OpenParcel[] {
    const { mode } = this.#options;
    if (mode === "pull" || this.#isMuted) return [];
    const isForced = (mode === "channel" || mode === "inbox") && this.#waking.path !== undefined;
    return this.parcels.free().filter(({ state }) => state.is === "overdue" || (state.is === "waiting" && !isForced));
  }

  /** What an answer of a hook or a tool brought and the transcript does not show, or cannot. */
  #judgeAnswers(now: number, isBoundary: boolean): void {
    const open = this.parcels.open();
    if (!this.#options.transcript.isUnderstood) this.#accept(handedBy(open, "hook", "tool"));
    else if (isBoundary) this.parcels.apply(lateAnswers(open, now), { type: "miss" });
  }

  #miss(parcels: readonly OpenParcel[]): void {
    for (const by of WAKE_NAMES) {
      const missed = this.parcels.apply(handedBy(parcels, by), { type: "miss" });
      if (missed.length > 0) this.#waking.fail(by, `${missed.length} messages did not arrive`);
    }
  }
}
