/** Wakes an idle session with what waits for it: which way is taken, how much at a time, and which way rests. */
import type { DeliveredMessage } from "../../../shared/protocol.ts";
import type { DeliveryMode } from "../settings.ts";
import type { ChannelFlag } from "./claude-flags.ts";
import type { FrameWriter } from "./frame.ts";
import { composePost } from "./inbox-socket.ts";
import { composeOffer, FULL_MAX_MESSAGES, NO_OFFER, type Offer } from "./offer.ts";
import { handedBy } from "./overdue.ts";
import type { OpenParcel, Parcel } from "./parcel.ts";
import type { Parcels } from "./parcels.ts";
import { WakePath } from "./wake-path.ts";

export interface WakingOptions {
  mode: DeliveryMode;
  channelFlag: ChannelFlag;
  hasInboxSocket: boolean;
  writer: FrameWriter;
  /** A message, or a digest of several, as text. */
  pushToChannel(push: { message: DeliveredMessage } | { digest: string }): Promise<void>;
  postToInbox(content: string): Promise<void>;
  /** How many messages the hub holds back beyond those it has sent (Q5). */
  behindCount(): number;
  log(line: string): void;
  now(): number;
  /** The least time between two posts: Claude Code takes 30 at once and one each 2 s (seen on 2.1.332). */
  postIntervalMs?: number;
}

/** What the one who wakes is asked by, and tells, whoever keeps the messages. */
export interface WakingHost {
  parcels: Parcels;
  /** Whether hooks run, so that proof will come. */
  hasHooks(): boolean;
  /** Whether the session may be written to now: it is not muted, and no hook of a running turn is to be expected. */
  mayWake(): boolean;
  take(parcels: readonly OpenParcel[], by: "channel" | "inbox"): void;
  finish(offer: Offer): void;
  accept(parcels: readonly Parcel[]): void;
}

const POST_INTERVAL_MS = 2_000;
/** Unproven messages on the channel of a host whose hooks will bring proof. */
const CHANNEL_UNPROVEN_MAX = 5;
/** Half of what the hub leaves unacked on one socket (Q5), in both its units: more without proof would stop all mail. */
const UNPROVABLE_MAX = 50;
const UNPROVABLE_MAX_BYTES = 512 * 1_024;

export class Waking {
  /** In the order of preference. */
  readonly paths: readonly WakePath[];
  readonly #options: WakingOptions;
  readonly #host: WakingHost;
  #isStarted = false;
  #isPumping = false;
  #isRuleTold = false;
  #nextPostAt = 0;

  constructor(options: WakingOptions, host: WakingHost) {
    this.#options = options;
    this.#host = host;
    this.paths = wakePathsOf(options);
  }

  /** The path that may be used now. */
  get path(): WakePath | undefined {
    return this.paths.find((path) => path.isUsable(this.#options.now()));
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
  fail(by: "channel" | "inbox", reason: string): void {
    this.pathBy(by)?.fail(this.#options.now(), reason);
    this.#options.log(`${by}: ${reason}; now delivering by ${this.path?.by ?? "hooks"}`);
  }

  /** Writes what waits, as far as it may; called whenever that may have changed. */
  async pump(): Promise<void> {
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
    if (this.#waiting().length === 0 || !this.#host.mayWake()) return undefined;
    const { path } = this;
    if (path === undefined || (path.by === "inbox" && this.#options.now() < this.#nextPostAt)) return undefined;
    return this.#mayHandMore(path) ? path : undefined;
  }

  #waiting(): OpenParcel[] {
    return this.#host.parcels.free().filter(({ state }) => state.is !== "listed");
  }

  /** Few at a time where proof will come. Where it cannot, as many as do not stop the mail; then the oldest count as handed over. */
  #mayHandMore({ by }: WakePath): boolean {
    const held = handedBy(this.#host.parcels.open(), by);
    if (this.#host.hasHooks()) return held.length < (by === "inbox" ? 1 : CHANNEL_UNPROVEN_MAX);
    const bytes = held.reduce((sum, { message }) => sum + Buffer.byteLength(message.content), 0);
    if (held.length >= UNPROVABLE_MAX || bytes > UNPROVABLE_MAX_BYTES) this.#host.accept(held.slice(0, 1));
    return true;
  }

  async #push(path: WakePath): Promise<void> {
    const waiting = this.#waiting();
    const [first] = waiting;
    if (first === undefined) return;
    if (this.#host.hasHooks() && waiting.length > FULL_MAX_MESSAGES) {
      const offer = this.#compose(waiting);
      await this.#write(path, offer, () => this.#options.pushToChannel({ digest: offer.text }));
    } else {
      const offer: Offer = { ...NO_OFFER, shown: [first] };
      await this.#write(path, offer, () => this.#options.pushToChannel({ message: first.message }));
    }
  }

  async #post(path: WakePath): Promise<void> {
    const offer = this.#compose(this.#waiting());
    const content = composePost(offer, this.#options.writer, !this.#isRuleTold);
    await this.#write(path, offer, () => this.#options.postToInbox(content));
    this.#nextPostAt = this.#options.now() + (this.#options.postIntervalMs ?? POST_INTERVAL_MS);
  }

  #compose(parcels: readonly OpenParcel[]): Offer {
    return composeOffer(parcels, this.#options.writer, this.#options.behindCount());
  }

  async #write(path: WakePath, offer: Offer, write: () => Promise<void>): Promise<void> {
    const taken = [...offer.shown, ...offer.listed];
    this.#host.take(taken, path.by);
    try {
      await write();
      this.#host.finish(offer);
      this.#isRuleTold ||= path.by === "inbox";
    } catch (error) {
      this.#host.parcels.apply(taken, { type: "release" });
      this.fail(path.by, (error as Error).message);
    }
  }
}

function wakePathsOf({ mode, channelFlag, hasInboxSocket }: WakingOptions): WakePath[] {
  if (mode === "channel" || mode === "inbox") return [new WakePath(mode)];
  if (mode !== "auto") return [];
  return [
    ...(hasInboxSocket ? [new WakePath("inbox")] : []),
    ...(channelFlag === "off" ? [] : [new WakePath("channel")]),
  ];
}
