/**
 * One turn of the exchange: one transaction, and what follows from it. What a turn sends leaves when its transaction is on
 * disk (the output gate), so nobody is told of what a crash can take back.
 */

import type { Result } from "../../shared/errors.ts";
import type { HubEvent } from "../../shared/events.ts";
import type { ReceiptFrame } from "../../shared/protocol.ts";
import type { Settings } from "../env.ts";
import { type DownHead, writeLinkText } from "../link.ts";
import { pushState, type StateGroup } from "../states.ts";
import { groupLine, sentLine } from "../stream-lines.ts";
import type { Link, Links } from "./links.ts";
import { logEvent } from "./log-event.ts";
import type { Instance } from "./store/instances.ts";
import type { Store } from "./store/store.ts";

/** What one link is sent at the end of a turn. */
class Outgoing {
  readonly head: DownHead = {};
  readonly bodies: string[] = [];
  readonly live: string[] = [];

  get text(): string {
    if (this.live.length > 0) this.head.live = this.live.length;
    return writeLinkText(this.head, [...this.bodies, ...this.live]);
  }
}

/** A message that ended without an ack. `reason` is a phrase that people read. */
export interface EndedMessage {
  messageId: string;
  state: "expired" | "dead" | "removed";
  reason: string;
}

/** After these, what nobody is in or connected as any more may be forgotten in time. */
const LEAVING: ReadonlySet<string> = new Set(["instance:left", "topic:unsubscribed", "topic:created"]);

export class Turn {
  readonly store: Store;
  readonly links: Links;
  readonly settings: Settings;
  /** Epoch ms. */
  readonly now: number;
  /** Whether new messages may be stored: not while the disk is all but full. */
  readonly hasRoom: boolean;
  readonly #lines: string[] = [];
  readonly #states: StateGroup[] = [];
  readonly #outgoing = new Map<Link, Outgoing>();
  readonly #deepened = new Set<Instance>();
  readonly #events: HubEvent[] = [];
  #ended: EndedMessage[] = [];
  /** Numbers of instances that were removed in this turn. */
  readonly removedOwners: number[] = [];
  #hasGiven = false;
  /** Whether instances left, or topics lost members, in this turn: the time they have left begins. */
  hasLeavers = false;
  /** When the first of the messages that this turn stored ends its time, epoch ms. */
  earliestExpiry: number | null = null;
  /** When time first changes something in the tasks that this turn touched, epoch ms. */
  earliestTaskCheck: number | null = null;
  /** When the first of the claims that this turn granted ends. */
  earliestClaimEnd: number | null = null;
  /** Whether a decision opened or ended. */
  hasDecisionNews = false;
  /** When the first of the decisions that this turn opened is over. */
  earliestDecisionCheck: number | null = null;
  /** When the first of the schedules that this turn made or changed fires. */
  earliestScheduleFire: number | null = null;

  constructor(store: Store, links: Links, settings: Settings, now: number, hasRoom = true) {
    this.store = store;
    this.links = links;
    this.settings = settings;
    this.now = now;
    this.hasRoom = hasRoom;
  }

  /** Instances whose queues may have another depth now. */
  get deepened(): ReadonlySet<Instance> {
    return this.#deepened;
  }

  noteDepth(instance: Instance): void {
    this.#deepened.add(instance);
  }

  /** A claim ends at this time, unless it is renewed, epoch ms. */
  noteClaimEnd(at: number): void {
    if (this.earliestClaimEnd === null || at < this.earliestClaimEnd) this.earliestClaimEnd = at;
  }

  /** Time ends a decision then, epoch ms. */
  noteDecisionCheck(at: number): void {
    if (this.earliestDecisionCheck === null || at < this.earliestDecisionCheck) this.earliestDecisionCheck = at;
  }

  noteExpiry(at: number): void {
    if (this.earliestExpiry === null || at < this.earliestExpiry) this.earliestExpiry = at;
  }

  noteTaskCheck(at: number | null): void {
    if (at === null) return;
    if (this.earliestTaskCheck === null || at < this.earliestTaskCheck) this.earliestTaskCheck = at;
  }

  noteScheduleFire(at: number | null): void {
    if (at === null) return;
    if (this.earliestScheduleFire === null || at < this.earliestScheduleFire) this.earliestScheduleFire = at;
  }

  noteEnded(message: EndedMessage): void {
    this.#ended.push(message);
  }

  /** Messages that ended since this was last asked. */
  takeEnded(): EndedMessage[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  // ---- for the journal

  /** A message to an instance was accepted. */
  tellSent(body: string): void {
    this.#lines.push(sentLine(body, this.now));
  }

  tell(event: HubEvent): void {
    this.#lines.push(JSON.stringify(event));
    if (LEAVING.has(event.event)) this.hasLeavers = true;
    if (event.event === "decision:opened" || event.event === "decision:closed") this.hasDecisionNews = true;
    this.#events.push(event);
  }

  /** A message reached a state: for the journal, and for its sender, wherever that is by now (A4). */
  tellState(messageId: string, state: ReceiptFrame["state"], sender: string, recipient: Instance): void {
    pushState(this.#states, messageId, state, this.now, recipient.id);
    const link = this.links.of(this.store.instances.holderOf(sender));
    if (link === undefined || link.version === 1) return;
    const { head } = this.to(link);
    head.receipts ??= [];
    pushState(head.receipts, messageId, state, this.now, recipient.id);
  }

  /** A dead letter waits again; its sender hears how that goes on. */
  tellRetried(messageId: string, recipient: Instance): void {
    pushState(this.#states, messageId, "queued", this.now, recipient.id);
  }

  // ---- for clients

  /** What a link is sent with this turn. */
  to(link: Link): Outgoing {
    let outgoing = this.#outgoing.get(link);
    if (outgoing === undefined) {
      outgoing = new Outgoing();
      this.#outgoing.set(link, outgoing);
    }
    return outgoing;
  }

  answer(link: Link, result: Result<object>): void {
    const { head } = this.to(link);
    head.results ??= [];
    head.results.push(result);
  }

  /** Whether anything was given that is to be acked in time (Q3). */
  get hasGiven(): boolean {
    return this.#hasGiven;
  }

  give(link: Link, seq: number, attempt: number, body: string): void {
    const { head, bodies } = this.to(link);
    this.#hasGiven = true;
    head.rows ??= [];
    head.rows.push([seq, attempt]);
    bodies.push(body);
  }

  /** A message is settled: it leaves the link's window, and what this turn would send of it stays here (Q4). */
  letGo(link: Link, messageId: string): void {
    const seq = link.release(messageId)?.seq;
    const outgoing = this.#outgoing.get(link);
    const index = outgoing?.head.rows?.findIndex(([given]) => given === seq) ?? -1;
    if (outgoing === undefined || index === -1) return;
    outgoing.head.rows?.splice(index, 1);
    outgoing.bodies.splice(index, 1);
    if (outgoing.bodies.length === 0) delete outgoing.head.rows;
  }

  /** Q8: what this turn gave under the old id would come behind the reply to the change, with a seq of the old order. */
  letGoAll(link: Link): void {
    if (link.version === 1) return;
    for (const messageId of [...link.inFlight.keys()]) this.letGo(link, messageId);
  }

  giveLive(link: Link, body: string): void {
    this.to(link).live.push(body);
  }

  close(link: Link, code: number, reason: string): void {
    this.to(link).head.close = { code, reason };
  }

  // ---- its end

  /** Whether the journal has something to hear. */
  get hasLines(): boolean {
    return this.#lines.length > 0 || this.#states.length > 0;
  }

  /** The last step of the transaction. */
  finish(): void {
    this.store.deliveries.flush();
    this.store.tasks.flush();
    this.store.outbox.add([...this.#lines, ...this.#states.map(groupLine)]);
  }

  /** After the transaction. */
  send(): void {
    for (const event of this.#events) logEvent(event);
    for (const [link, outgoing] of this.#outgoing) {
      try {
        link.ws.send(outgoing.text);
      } catch {
        // The link broke in this moment: its close event follows, and what it carried is in the store.
      }
    }
  }
}
