/** Brings messages in front of the model by the best way this session has, and tells the hub what is proven of it. */
import type { DeliveredMessage } from "../../shared/protocol.ts";
import type { ChannelFlag } from "./claude-flags.ts";
import { type Entry, Inbox } from "./inbox.ts";
import { takePost } from "./inbox-socket.ts";
import type { ReplyWaiters } from "./reply-waiters.ts";
import type { DeliveryMode } from "./settings.ts";

export type DeliveryPath = Exclude<DeliveryMode, "auto">;

export interface DeliveryOptions {
  mode: DeliveryMode;
  channelFlag: ChannelFlag;
  hasInboxSocket: boolean;
  waiters: ReplyWaiters;
  pushToChannel(message: DeliveredMessage): Promise<void>;
  postToInbox(messages: readonly DeliveredMessage[]): Promise<void>;
  ack(messageIds: string[], state: "acked" | "seen"): void;
  log(line: string): void;
  now(): number;
  /** The least time between two posts to the inbox socket, which drops the rest of a burst of some 30. */
  postIntervalMs?: number;
  graceMs?: number;
}

const POST_INTERVAL_MS = 1_000;
/** An idle session that was given something shows it well within this; until then it may still be on its way. */
const GRACE_MS = 5_000;
/** No time is after this. A turn that is interrupted ends without a word, so idle is only what was seen to become so. */
const BUSY = Number.POSITIVE_INFINITY;
/** Half of what the hub leaves unacked on one socket (Q5): more in flight on an unproven channel would stop all mail. */
const UNPROVEN_MAX = 50;

export class Delivery {
  readonly inbox = new Inbox();
  readonly #options: DeliveryOptions;
  #isStarted = false;
  #isPushing = false;
  #isChannelProven = false;
  #hasHooks = false;
  /** Ways that were seen to drop what they were given. */
  readonly #failed = new Set<DeliveryPath>();
  #idleSince = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** The way that is used now. */
  get path(): DeliveryPath {
    const { mode, channelFlag, hasInboxSocket } = this.#options;
    if (mode !== "auto") return mode;
    if (channelFlag === "on" && !this.#failed.has("channel")) return "channel";
    if (hasInboxSocket && !this.#failed.has("inbox")) return "inbox";
    if (channelFlag === "unknown" && !this.#failed.has("channel")) return "channel";
    return "hooks";
  }

  /** Whether something that went this way was seen to arrive. */
  get isChannelProven(): boolean {
    return this.#isChannelProven;
  }

  get failedPaths(): DeliveryPath[] {
    return [...this.#failed];
  }

  /** The host is initialized: what is pushed before is lost. */
  start(): void {
    this.#isStarted = true;
    void this.#push();
  }

  /** Messages as the hub sends them: each is taken once, whatever comes again. */
  receive(messages: readonly DeliveredMessage[]): void {
    for (const message of messages) {
      const entry = this.inbox.add(message);
      if (entry === undefined) this.#repeatAck(message.messageId);
      else if (this.#options.waiters.offer(message)) this.hand([entry], false);
    }
    void this.#push();
  }

  /** Notes that entries were written towards the model, by a way that may or may not drop them in silence. */
  hand(entries: readonly Entry[], isUnsure: boolean, isAcked = true): void {
    this.inbox.hand(entries, this.#options.now(), isUnsure);
    if (isAcked) this.#ack(entries, "acked");
  }

  /** Something shows that the model's context holds these messages. */
  prove(messageIds: readonly string[]): void {
    const proven = this.inbox.markSeen(messageIds);
    this.#ack(proven, "seen");
    this.#noteArrival(proven);
  }

  /** The host has these in its own queue: they will be shown, though they are not yet. */
  noteTaken(messageIds: readonly string[]): void {
    const taken = messageIds.flatMap((id) => this.inbox.find(id) ?? []).filter((entry) => entry.state === "handed");
    this.#ack(taken, "acked");
    this.#noteArrival(taken);
    for (const entry of taken) Object.assign(entry, { isUnsure: false, isOverdue: false });
  }

  #noteArrival(entries: readonly Entry[]): void {
    if (!this.#isChannelProven && this.path === "channel" && entries.some((entry) => entry.isUnsure)) {
      this.#isChannelProven = true;
      this.#ack(this.inbox.unproven(), "acked");
    }
    void this.#push();
  }

  /** Hooks run in this session, so what arrives will be proven. */
  noteHook(): void {
    this.#hasHooks = true;
  }

  /** The session begins a turn: what it was given long enough before and has not shown never reached it. */
  noteTurn(): void {
    this.#giveUpOn(this.#findOverdue());
    this.#idleSince = BUSY;
    void this.#push();
  }

  noteIdle(): void {
    this.#idleSince = this.#options.now();
  }

  /** What a hook may show now. */
  forHook(): Entry[] {
    if (this.path === "pull") return [];
    return this.inbox.offerable().filter((entry) => entry.state === "handed" || this.path === "hooks");
  }

  /** Whether the model has this message or is about to, by a way that is not known to drop it. */
  isShown({ state, isOverdue, isUnsure, isReserved }: Entry): boolean {
    return isReserved || state === "seen" || (state === "handed" && !isOverdue && (!isUnsure || this.path !== "hooks"));
  }

  /** These are on their way: until it is known whether they went, no hook, tool or other way gets the same. */
  reserve(entries: readonly Entry[]): void {
    for (const entry of entries) entry.isReserved = true;
  }

  release(entries: readonly Entry[], isPrinted: boolean): void {
    for (const entry of entries) entry.isReserved = false;
    if (isPrinted) this.hand(entries, false);
  }

  #findOverdue(): Entry[] {
    return this.inbox.noteTurn(this.#options.now(), this.#idleSince, this.#options.graceMs ?? GRACE_MS);
  }

  #giveUpOn(overdue: readonly Entry[]): void {
    const { path } = this;
    if (overdue.length === 0 || (path !== "channel" && path !== "inbox")) return;
    this.#failed.add(path);
    this.#options.log(`${overdue.length} messages did not arrive by ${path}; now delivering by ${this.path}`);
  }

  /** A channel that works wakes an idle session at once. One that does not has had its time, if the inbox can do it. */
  #probeChannel(): void {
    if (this.path !== "channel" || this.#options.mode !== "auto" || !this.#options.hasInboxSocket) return;
    // Before its first turn a session may be showing a dialog; only one that hooks have shown to be idle is surely so.
    if (this.#isChannelProven || this.#idleSince === 0) return;
    const overdue = this.#findOverdue();
    this.#giveUpOn(overdue);
    this.inbox.putBack(overdue);
    void this.#push();
  }

  async #push(): Promise<void> {
    if (!this.#isStarted || this.#isPushing) return;
    this.#isPushing = true;
    while (this.#canPush()) {
      if (this.path === "channel") await this.#pushToChannel();
      else await this.#postToInbox();
    }
    this.#isPushing = false;
  }

  #canPush(): boolean {
    if (this.inbox.waiting().length === 0) return false;
    // The turn that the first messages start brings proof or shows that the channel is blocked; the rest waits for it.
    if (this.path === "channel") return !this.#hasHooks || this.#heldCount() < UNPROVEN_MAX;
    return this.path === "inbox";
  }

  async #pushToChannel(): Promise<void> {
    const entry = this.inbox.waiting()[0] as Entry;
    // On its way: nothing else may show it meanwhile.
    this.reserve([entry]);
    await this.#options.pushToChannel(entry.message);
    this.release([entry], false);
    // Nobody acknowledges a channel. Until one message was seen to arrive, the hub keeps what went this way; where no
    // hook runs, proof may never come, and then only as much as does not stop the mail.
    this.hand([entry], true, this.#isChannelProven || this.#heldCount() >= UNPROVEN_MAX);
    // A timer may be a moment early by the clock that is asked then.
    const probeMs = (this.#options.graceMs ?? GRACE_MS) + 10;
    if (!this.#isChannelProven) setTimeout(() => this.#probeChannel(), probeMs).unref();
  }

  #heldCount(): number {
    return this.inbox.unproven().filter((entry) => !entry.isAcked).length;
  }

  async #postToInbox(): Promise<void> {
    const entries = takePost(this.inbox.waiting());
    this.reserve(entries);
    try {
      await this.#options.postToInbox(entries.map(({ message }) => message));
      this.release(entries, false);
      this.hand(entries, true);
    } catch (error) {
      this.release(entries, false);
      this.#failed.add("inbox");
      this.#options.log(`the inbox socket failed (${(error as Error).message}); now delivering by ${this.path}`);
      return;
    }
    const pause = this.#options.postIntervalMs ?? POST_INTERVAL_MS;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }

  /** Q4: it came again, so the hub did not get our ack; unless we held it back. */
  #repeatAck(messageId: string): void {
    const entry = this.inbox.find(messageId);
    if (entry?.isAcked) this.#options.ack([messageId], entry.state === "seen" ? "seen" : "acked");
  }

  #ack(entries: readonly Entry[], state: "acked" | "seen"): void {
    const wanted = entries.filter((entry) => state === "seen" || !entry.isAcked);
    for (const entry of wanted) entry.isAcked = true;
    // Broadcasts and live publications have no seq, and nobody waits for their acks.
    const ids = wanted.filter(({ message }) => message.seq !== undefined).map(({ message }) => message.messageId);
    if (ids.length > 0) this.#options.ack(ids, state);
  }
}
