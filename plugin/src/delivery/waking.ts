/** Wakes an idle session with what waits for it: which way is taken, how much at a time, and which way rests. */
import type { DeliveryMode } from "../settings.ts";
import type { FrameWriter } from "./frame.ts";
import { Nudge } from "./nudge.ts";
import { composeOffer, FULL_MAX_MESSAGES, NO_OFFER, type Offer } from "./offer.ts";
import { handedBy } from "./overdue.ts";
import type { OpenParcel, Parcel } from "./parcel.ts";
import type { Parcels } from "./parcels.ts";
import { NO_WAKE_LIMIT, WakeBudget, type WakeLimit } from "./wake-budget.ts";
import { WakePath } from "./wake-path.ts";
import type { WakeName, WakeWay } from "./wake-way.ts";

export interface WakingOptions {
  mode: DeliveryMode;
  /** What the host offers under this mode, in the order of preference. */
  ways: readonly WakeWay[];
  writer: FrameWriter;
  /** How many messages the hub holds back beyond those it has sent (Q5). */
  behindCount(): number;
  log(line: string): void;
  now(): number;
  /** The least time between two posts: Claude Code takes 30 at once and one each 2 s (seen on 2.1.332). */
  postIntervalMs?: number;
  /** G2: how often the session is woken at most. */
  wakeLimit?: WakeLimit;
}

/** What the one who wakes is asked by, and tells, whoever keeps the messages. */
export interface WakingHost {
  parcels: Parcels;
  /** Whether hooks run, so that proof will come. */
  hasHooks(): boolean;
  /** Whether the session may be written to now: it is not muted, and no hook of a running turn is to be expected. */
  mayWake(): boolean;
  /** Whether the model is not at work, as far as is known: what is written then wakes it. */
  isIdle(): boolean;
  take(parcels: readonly OpenParcel[], by: WakeName): void;
  finish(offer: Offer): void;
  accept(parcels: readonly Parcel[]): void;
}

const POST_INTERVAL_MS = 2_000;
/** Unproven messages that a way which takes them one by one may hold, of a host whose hooks will bring proof. */
const PUSHES_UNPROVEN_MAX = 5;
/** Half of what the hub leaves unacked on one socket (Q5), in both its units: more without proof would stop all mail. */
const UNPROVABLE_MAX = 50;
const UNPROVABLE_MAX_BYTES = 512 * 1_024;

export class Waking {
  /** In the order of preference. */
  readonly paths: readonly WakePath[];
  readonly #options: WakingOptions;
  readonly #host: WakingHost;
  readonly #nudge = new Nudge();
  readonly #budget: WakeBudget;
  #isStarted = false;
  #isPumping = false;
  #isRuleTold = false;
  #nextPostAt = 0;

  constructor(options: WakingOptions, host: WakingHost) {
    this.#options = options;
    this.#host = host;
    this.#budget = new WakeBudget(options.wakeLimit ?? NO_WAKE_LIMIT);
    this.paths = options.ways.map((way) => new WakePath(way));
  }

  /** The path that may be used now; none while the session was woken too often (G2). */
  get path(): WakePath | undefined {
    if (this.restsUntil !== undefined) return undefined;
    return this.paths.find((path) => path.isUsable(this.#options.now()));
  }

  /** G2: until when the session is not woken, epoch ms; undefined where it may be. */
  get restsUntil(): number | undefined {
    return this.#host.isIdle() ? this.#budget.nextAt(this.#options.now()) : undefined;
  }

  /** A turn ended: what is written next wakes the session anew. */
  noteTurnEnd(): void {
    this.#budget.noteTurnEnd();
  }

  pathBy(by: string): WakePath | undefined {
    return this.paths.find((path) => path.by === by);
  }

  /** The host listens: what is written before is lost. */
  start(): void {
    this.#isStarted = true;
    void this.pump();
  }

  /** A new context has neither the answering rule nor, perhaps, the settings by which a path failed. */
  renew(): void {
    this.#isRuleTold = false;
    for (const path of this.paths) path.wake();
  }

  /** A path did not bring what it was given, for a reason that a person reads. */
  fail(by: WakeName, reason: string): void {
    this.pathBy(by)?.fail(this.#options.now(), reason);
    this.#options.log(`${by}: ${reason}; now delivering by ${this.path?.by ?? "hooks"}`);
  }

  /** The turn that a nudge was to start has begun. */
  noteNudge(): void {
    this.#nudge.end();
    this.paths.find(({ way }) => way.kind === "nudge")?.prove();
  }

  /** The conversation that a nudge was for is over: what its host had in a queue is not run in the next. */
  dropNudge(): void {
    this.#nudge.end();
  }

  /** Looks whether a session that is idle since `idleSince` has begun the turn that it was nudged to. */
  judgeNudge(idleSince: number): void {
    if (!this.#nudge.isOverdue(this.#options.now(), idleSince)) return;
    this.#nudge.end();
    const path = this.paths.find(({ way }) => way.kind === "nudge");
    if (path !== undefined && this.#waiting().length > 0) this.fail(path.by, "a nudge did not start a turn");
  }

  /** Writes what waits, as far as it may; called whenever that may have changed. */
  async pump(): Promise<void> {
    if (!this.#isStarted || this.#isPumping) return;
    this.#isPumping = true;
    try {
      for (let path = this.#nextPath(); path !== undefined; path = this.#nextPath()) {
        await this.#use(path);
      }
    } finally {
      this.#isPumping = false;
    }
  }

  #use(path: WakePath): Promise<void> {
    switch (path.way.kind) {
      case "push":
        return this.#push(path, path.way);
      case "post":
        return this.#post(path, path.way);
      case "nudge":
        return this.#sendNudge(path, path.way);
    }
  }

  /** The path that may write now; undefined where there is nothing to write, or it is better to wait. */
  #nextPath(): WakePath | undefined {
    if (this.#waiting().length === 0 || !this.#host.mayWake()) return undefined;
    const { path } = this;
    if (path === undefined) return undefined;
    if (path.way.kind === "nudge") return this.#nudge.isOutstanding ? undefined : path;
    if (path.way.kind === "post" && this.#options.now() < this.#nextPostAt) return undefined;
    return this.#mayHandMore(path) ? path : undefined;
  }

  #waiting(): OpenParcel[] {
    return this.#host.parcels.free().filter(({ state }) => state.is !== "listed");
  }

  /** Few at a time where proof will come. Where it cannot, as many as do not stop the mail; then the oldest count as handed over. */
  #mayHandMore({ by, way }: WakePath): boolean {
    const held = handedBy(this.#host.parcels.open(), by);
    if (this.#host.hasHooks()) return held.length < (way.kind === "post" ? 1 : PUSHES_UNPROVEN_MAX);
    const bytes = held.reduce((sum, { message }) => sum + Buffer.byteLength(message.content), 0);
    if (held.length >= UNPROVABLE_MAX || bytes > UNPROVABLE_MAX_BYTES) this.#host.accept(held.slice(0, 1));
    return true;
  }

  async #push(path: WakePath, way: Extract<WakeWay, { kind: "push" }>): Promise<void> {
    const waiting = this.#waiting();
    const [first] = waiting;
    if (first === undefined) return;
    if (this.#host.hasHooks() && waiting.length > FULL_MAX_MESSAGES) {
      const offer = this.#compose(waiting);
      await this.#write(path, offer, () => way.push({ digest: offer.text }));
    } else {
      const offer: Offer = { ...NO_OFFER, shown: [first] };
      await this.#write(path, offer, () => way.push({ message: first.message }));
    }
  }

  async #post(path: WakePath, way: Extract<WakeWay, { kind: "post" }>): Promise<void> {
    const offer = this.#compose(this.#waiting());
    const content = way.compose(offer, !this.#isRuleTold);
    await this.#write(path, offer, () => way.post(content));
    this.#nextPostAt = this.#options.now() + (this.#options.postIntervalMs ?? POST_INTERVAL_MS);
  }

  async #sendNudge(path: WakePath, way: Extract<WakeWay, { kind: "nudge" }>): Promise<void> {
    this.#nudge.send(this.#options.now());
    this.#noteWake();
    try {
      await way.nudge();
    } catch (error) {
      this.#nudge.end();
      this.fail(path.by, (error as Error).message);
    }
  }

  #noteWake(): void {
    if (this.#host.isIdle()) this.#budget.note(this.#options.now());
  }

  #compose(parcels: readonly OpenParcel[]): Offer {
    return composeOffer(parcels, this.#options.writer, this.#options.behindCount());
  }

  async #write(path: WakePath, offer: Offer, write: () => Promise<void>): Promise<void> {
    const taken = [...offer.shown, ...offer.listed];
    this.#host.take(taken, path.by);
    this.#noteWake();
    try {
      await write();
      this.#host.finish(offer);
      this.#isRuleTold ||= path.way.kind === "post";
    } catch (error) {
      this.#host.parcels.apply(taken, { type: "release" });
      this.fail(path.by, (error as Error).message);
    }
  }
}
