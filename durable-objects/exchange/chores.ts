/** What comes with time: leases that run out, messages that expire, schedules that fire, instances and topics that go, rows to forget. */
import { APPROVAL_AWAY_MS, CLAIM_AWAY_MS, LEASE_MS } from "../../shared/limits.ts";
import type { Alarm } from "../alarm.ts";
import { nextClaimEnd, runClaims } from "./claims/time.ts";
import { noteLeft } from "./connect.ts";
import { nextDecisionEnd, runDecisions } from "./decisions/time.ts";
import { expireDue } from "./end-deliveries.ts";
import { giveLapsed } from "./give.ts";
import { giveResumed } from "./pauses/pause.ts";
import { forgottenAt, retireForgotten } from "./retire.ts";
import { forgetEnded } from "./schedules/manage.ts";
import { checkAt, nextScheduleCheck, runSchedules } from "./schedules/time.ts";
import type { Store } from "./store/store.ts";
import { expireTopics, topicExpiresAt } from "./subscribe.ts";
import { forgetIdle, runTasks } from "./tasks/time.ts";
import { makeRoom, type Tidied, tidySome } from "./tidy.ts";
import type { Turn } from "./turn.ts";

/** After a start, how long mailboxes whose clients stayed may take to link up again. */
const RELINK_MS = 5_000;
/** A hub that did nothing for longer was away, and so was everyone. While it runs, its alarm rings every minute (TIDY_EVERY_MS). */
const AWAY_MS = 120_000;
/** When the outbox is looked at again, should its feed have stopped. */
const FEED_AGAIN_MS = 5_000;
/** The same for what the webhook is owed. */
const WEBHOOK_AGAIN_MS = 60_000;
const TIDY_EVERY_MS = 60_000;
const TIDY_AGAIN_MS = 50;
const ROOM_PIECE_EVERY_MS = 100;
const ROOM_AGAIN_MS = 10_000;
/** Instances and topics are looked through at most this often. */
const SWEEP_EVERY_MS = 60_000;

/** While the disk is full, nothing is told and nothing changes hands. */
const ROOMLESS_AGAIN_MS = 10_000;
/** Ended decisions that one transaction forgets. */
const DECISIONS_PIECE = 500;
const IDLE = "nothing had happened with it for as long as history goes back";

const EXPIRED_KEY = "expiredUpTo";
const TIDIED_KEY = "tidied";

export class Chores {
  readonly #kv: SyncKvStorage;
  readonly #alarm: Alarm;
  readonly #startedAt = Date.now();
  /** When the alarm rang last before this start, epoch ms; undefined where it never did. */
  readonly #lastRangAt: number | undefined;
  /** Messages whose time ended before this have been looked at, epoch ms. */
  #expiredUpTo: number;
  /** How far room was made; 0 at the end, and then when it may begin anew, epoch ms. */
  #roomMadeUpTo = 0;
  #roomAgainAt = 0;

  constructor(storage: DurableObjectStorage, store: Store, alarm: Alarm) {
    this.#kv = storage.kv;
    this.#alarm = alarm;
    this.#lastRangAt = this.#kv.get<number>(EXPIRED_KEY);
    this.#expiredUpTo = this.#lastRangAt ?? 0;
    alarm.want("expiry", store.messages.nextExpiry(this.#expiredUpTo));
    alarm.want("tasks", store.tasks.nextCheck());
    if ([...store.instances.all()].some(({ isOnline }) => isOnline)) alarm.want("relink", this.#startedAt + RELINK_MS);
    if (!store.outbox.isEmpty()) alarm.want("feed", this.#startedAt + FEED_AGAIN_MS);
    if (store.claims.holders().size > 0) alarm.want("claims", this.#startedAt + CLAIM_AWAY_MS);
    alarm.want("claims", store.claims.nextExpiry());
    const open = store.decisions.open();
    if (open.some(({ kind }) => kind === "approval")) alarm.want("decisions", this.#startedAt + APPROVAL_AWAY_MS);
    if (open.length > 0) alarm.want("decisions", Math.min(...open.map(({ expiresAt }) => expiresAt)));
    alarm.want("schedules", checkAt(store.schedules.nextFire(), this.#startedAt));
    alarm.want("loops", store.loopStops.nextEnd);
  }

  /** Whether the hub was away for long before this start. */
  get hadOutage(): boolean {
    return this.#lastRangAt !== undefined && this.#startedAt - this.#lastRangAt > AWAY_MS;
  }

  /**
   * Part of the first transaction after that. Who was online before a hub that crashed was away for long has left when it was last there,
   * not when it started again. All that time measures (tasks, claims, who is forgotten) begins now: nobody could come back.
   */
  noteOutage(turn: Turn): void {
    for (const instance of turn.store.instances.all()) {
      noteLeft(turn, instance, turn.now, Math.max(this.#lastRangAt ?? 0, instance.lastSeenAt));
    }
  }

  /** Part of every transaction: what it did may want the alarm. */
  noteTurn(turn: Turn): void {
    const { now, earliestExpiry, hasLines } = turn;
    if (turn.hasGiven) this.#alarm.want("lease", now + LEASE_MS);
    if (hasLines) this.#alarm.want("feed", now + FEED_AGAIN_MS);
    if (earliestExpiry !== null) {
      // A clock that went back may let messages end before what has been looked at.
      this.#expiredUpTo = Math.min(this.#expiredUpTo, earliestExpiry - 1);
      this.#alarm.want("expiry", Math.max(earliestExpiry, now));
      this.#alarm.want("tidy", now + TIDY_EVERY_MS);
    }
    this.#alarm.want("tasks", turn.earliestTaskCheck);
    this.#alarm.want("claims", turn.earliestClaimEnd);
    this.#alarm.want("decisions", turn.earliestDecisionCheck);
    if (turn.hasDecisionNews) this.#wantWebhook(turn);
    this.#alarm.want("schedules", checkAt(turn.earliestScheduleFire, now));
    if (turn.hasLeavers) {
      this.#wantSweep(turn);
      this.#alarm.want("claims", nextClaimEnd(turn, this.#startedAt));
      this.#alarm.want("decisions", nextDecisionEnd(turn, this.#startedAt));
    }
    this.#wantGuards(turn);
    this.#wantRoom(turn);
  }

  /** Those who were resumed, and stopped exchanges that are over. */
  #wantGuards({ store, links, now }: Turn): void {
    if (links.resumed.size > 0) this.#alarm.want("resumed", now);
    this.#alarm.want("loops", store.loopStops.nextEnd);
  }

  /** Does what is due, in the transaction of an alarm. */
  run(turn: Turn): void {
    this.#expire(turn);
    for (const link of turn.links.all()) giveLapsed(turn, link);
    this.#noteGone(turn);
    retireForgotten(turn);
    expireTopics(turn);
    if (turn.hasRoom) runTasks(turn);
    runClaims(turn, this.#startedAt);
    if (turn.hasRoom) runDecisions(turn, this.#startedAt);
    runSchedules(turn);
    giveResumed(turn);
    turn.store.loopStops.forget(turn.now);
    this.#tidy(turn);
    this.#makeRoom(turn);
    this.#wantRest(turn);
  }

  #expire(turn: Turn): void {
    expireDue(turn, this.#expiredUpTo);
    this.#expiredUpTo = turn.now;
    this.#kv.put(EXPIRED_KEY, turn.now);
  }

  /** After a crash nobody says goodbye: who has not come back by then has left. */
  #noteGone(turn: Turn): void {
    if (turn.now < this.#startedAt + RELINK_MS && turn.now >= this.#startedAt) return;
    for (const instance of turn.store.instances.all()) {
      if (!turn.links.isOnline(instance)) noteLeft(turn, instance, turn.now);
    }
  }

  #tidy(turn: Turn): void {
    const from = this.#kv.get<Tidied>(TIDIED_KEY) ?? { textsUpTo: 0, forgottenUpTo: 0 };
    const { tidied, isMore: areMoreMessages } = tidySome(turn.store, from, turn.now);
    const areMoreTasks = forgetIdle(turn, turn.now - turn.settings.historyMs, IDLE);
    turn.store.decisions.forgetEnded(turn.now - turn.settings.historyMs, DECISIONS_PIECE);
    forgetEnded(turn, turn.now - turn.settings.historyMs);
    const isMore = areMoreMessages || areMoreTasks;
    if (tidied.textsUpTo !== from.textsUpTo || tidied.forgottenUpTo !== from.forgottenUpTo) {
      this.#kv.put(TIDIED_KEY, tidied);
    }
    this.#alarm.want("tidy", turn.now + (isMore ? TIDY_AGAIN_MS : TIDY_EVERY_MS));
  }

  /** A store that is nearly full is made room in; where all of it was looked at, not again at once. */
  #makeRoom(turn: Turn): void {
    const { store, settings, now } = turn;
    const isAtEnd = this.#roomMadeUpTo === 0;
    if (!store.room.isTight(settings.storeMaxBytes) || (isAtEnd && now < this.#roomAgainAt)) return;
    this.#roomMadeUpTo = makeRoom(turn, this.#roomMadeUpTo);
    if (this.#roomMadeUpTo === 0) this.#roomAgainAt = now + ROOM_AGAIN_MS;
    this.#wantRoom(turn);
  }

  #wantRoom({ store, settings, now }: Turn): void {
    if (!store.room.isTight(settings.storeMaxBytes)) return;
    const nextAt = this.#roomMadeUpTo === 0 ? this.#roomAgainAt : now + ROOM_PIECE_EVERY_MS;
    this.#alarm.want("room", Math.max(nextAt, now));
  }

  #wantRest(turn: Turn): void {
    const { store, links, now } = turn;
    this.#alarm.want("expiry", store.messages.nextExpiry(now));
    this.#wantWithRoom(turn, "tasks", store.tasks.nextCheck());
    this.#wantWithRoom(turn, "decisions", nextDecisionEnd(turn, this.#startedAt));
    for (const link of links.all()) {
      for (const { leaseUntil } of link.inFlight.values()) this.#alarm.want("lease", leaseUntil);
    }
    if (!store.outbox.isEmpty()) this.#alarm.want("feed", now + FEED_AGAIN_MS);
    this.#alarm.want("claims", nextClaimEnd(turn, this.#startedAt));
    this.#wantWebhook(turn);
    this.#alarm.want("schedules", nextScheduleCheck(turn));
    this.#wantGuards(turn);
    const isAwaited = [...store.instances.all()].some((instance) => instance.isOnline && !links.isOnline(instance));
    if (isAwaited) this.#alarm.want("relink", this.#startedAt + RELINK_MS);
    this.#wantSweep(turn);
  }

  /** Should the hub lose its memory with something owed, the alarm brings it back. */
  #wantWebhook({ store, settings, now }: Turn): void {
    if (settings.webhookUrl === null || store.decisions.listOwed(1).length === 0) return;
    this.#alarm.want("webhook", now + WEBHOOK_AGAIN_MS);
  }

  /** What tells somebody waits while the disk is full. */
  #wantWithRoom({ hasRoom, now }: Turn, reason: string, at: number | null): void {
    this.#alarm.want(reason, at === null || hasRoom ? at : Math.max(at, now + ROOMLESS_AGAIN_MS));
  }

  #wantSweep(turn: Turn): void {
    const { instances, topics } = turn.store;
    const times = [
      ...[...instances.all()].map((instance) => forgottenAt(instance, turn)),
      ...[...topics.all()].map((topic) => topicExpiresAt(topic, turn.settings.topicExpireMs)),
    ].filter((at) => at !== null);
    // Some are over their time and stay, since mail waits for them: looking at these again and again would not end.
    for (const at of times) this.#alarm.want("sweep", at > turn.now ? at : turn.now + SWEEP_EVERY_MS);
  }
}
