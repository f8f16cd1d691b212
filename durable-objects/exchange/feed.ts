/**
 * What the exchange tells the journal: accepted messages, then their states, in batches and never on the path of a
 * delivery. The log is the outbox: a row stays until the journal has what became of its parcels.
 */

import { errorText, log } from "../log.ts";
import { isPublication, type LoggedParcel, messageIdOf } from "../parcels.ts";
import type { MessageFeed } from "../rpc.ts";
import { pushGroup, type StateGroup } from "../states.ts";

/** The journal hears a little later, so that one call carries many; under load more of them. */
const GATHER_MS = 50;
const GATHER_UNDER_LOAD_MS = 150;
const LOAD_ITEMS = 100;
/** The most that one call carries. */
const BATCH_MAX_ITEMS = 4_000;
const BATCH_MAX_LENGTH = 4_000_000;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 10_000;

/** What the feed needs of the world. */
export interface FeedDeps {
  /** Hands a batch to the journal; rejects when it cannot be reached. */
  take(feed: MessageFeed): Promise<void>;
  wait(ms: number): Promise<void>;
}

/** A message, or a state, or the end of what somebody waits for. */
interface Item {
  body: string | null;
  acceptedAt: number;
  states: readonly StateGroup[];
  length: number;
  /** The row of the log that waits for it; 0 for none. */
  position: number;
  isRepeat: boolean;
  onTaken: (() => void) | null;
}

/** Parcels of one row of the log: with no verdict yet, and with one that the journal has not heard. */
interface Owed {
  open: number;
  untaken: number;
}

export class Feed {
  readonly #deps: FeedDeps;
  /** By position, in ascending order. */
  readonly #owed = new Map<number, Owed>();
  #items: Item[] = [];
  #isRunning = false;
  #lastCount = 0;

  constructor(deps: FeedDeps) {
    this.#deps = deps;
  }

  /** Rows up to this position owe the journal nothing. */
  get takenUpTo(): number {
    const first = this.#owed.keys().next();
    return first.done === true ? Number.MAX_SAFE_INTEGER : first.value - 1;
  }

  /** These are in the log, for so many recipients each, and what becomes of them is open. */
  expect(parcels: readonly LoggedParcel[], recipients = 1): void {
    for (const { position } of parcels) {
      const owed = this.#owed.get(position);
      if (owed === undefined) this.#owed.set(position, { open: recipients, untaken: 0 });
      else owed.open += recipients;
    }
  }

  /**
   * A mailbox has it. `deliveredAt`: epoch ms, 0 while it waits. `isRepeat`: the journal may know it from before a crash.
   * A copy of a publication is no message of its own: only its states are told.
   */
  add({ position, body, acceptedAt, to }: LoggedParcel, deliveredAt: number, isRepeat: boolean): void {
    if (!this.#close(position)) return;
    const states: StateGroup[] =
      deliveredAt > 0 ? [{ state: "delivered", at: deliveredAt, instanceId: to, ids: messageIdOf(body) }] : [];
    const isWhole = !isPublication(body);
    if (!isWhole && states.length === 0) {
      this.#forgetIfDone(position);
      return;
    }
    (this.#owed.get(position) as Owed).untaken++;
    const { length } = body;
    this.#push({ body: isWhole ? body : null, acceptedAt, states, length, position, isRepeat, onTaken: null });
  }

  /** A mailbox has so many copies of publications that stand at one position. `delivered`: those that were written to a socket. */
  addCopies(position: number, count: number, delivered: readonly StateGroup[]): void {
    const owed = this.#owed.get(position);
    if (owed === undefined || owed.open < count) return;
    owed.open -= count;
    if (delivered.length === 0) {
      this.#forgetIfDone(position);
      return;
    }
    owed.untaken++;
    const length = delivered.reduce((sum, { ids }) => sum + ids.length, 0);
    this.#push({ body: null, acceptedAt: 0, states: delivered, length, position, isRepeat: false, onTaken: null });
  }

  /** It was refused, has moved, or is another one's double: there is nothing to tell. */
  drop({ position }: LoggedParcel): void {
    if (this.#close(position)) this.#forgetIfDone(position);
  }

  /** Resolves when the journal has them. */
  addStates(states: readonly StateGroup[], isRepeat: boolean): Promise<void> {
    if (states.length === 0) return Promise.resolve();
    return new Promise((onTaken) => {
      const length = states.reduce((sum, { ids }) => sum + ids.length, 0);
      this.#push({ body: null, acceptedAt: 0, states, length, position: 0, isRepeat, onTaken });
    });
  }

  /** Whether the parcel was expected: one that the log hands out again was told already. */
  #close(position: number): boolean {
    const owed = this.#owed.get(position);
    if (owed === undefined || owed.open === 0) return false;
    owed.open--;
    return true;
  }

  #forgetIfDone(position: number): void {
    const owed = this.#owed.get(position);
    if (owed !== undefined && owed.open === 0 && owed.untaken === 0) this.#owed.delete(position);
  }

  #push(item: Item): void {
    this.#items.push(item);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#items.length > 0) {
        await this.#deps.wait(this.#lastCount > LOAD_ITEMS ? GATHER_UNDER_LOAD_MS : GATHER_MS);
        await this.#send(this.#takeBatch());
      }
    } finally {
      this.#isRunning = false;
      this.#lastCount = 0;
    }
  }

  #takeBatch(): Item[] {
    let length = 0;
    let count = 0;
    for (const item of this.#items) {
      length += item.length;
      if (count === BATCH_MAX_ITEMS || (count > 0 && length > BATCH_MAX_LENGTH)) break;
      count++;
    }
    this.#lastCount = count;
    return this.#items.splice(0, count);
  }

  /** Retries until the journal has it; what may have arrived is marked, and the journal looks before it takes. */
  async #send(batch: readonly Item[]): Promise<void> {
    const feed = toFeed(batch);
    for (let delayMs = RETRY_FIRST_MS; ; delayMs = Math.min(delayMs * 2, RETRY_MAX_MS)) {
      try {
        await this.#deps.take(feed);
        break;
      } catch (error) {
        log("warn", "journal not reached, will retry", { delayMs, error: errorText(error) });
        feed.isRepeat = true;
        await this.#deps.wait(delayMs);
      }
    }
    for (const { position, onTaken } of batch) {
      onTaken?.();
      const owed = this.#owed.get(position);
      if (owed === undefined) continue;
      owed.untaken--;
      this.#forgetIfDone(position);
    }
  }
}

function toFeed(batch: readonly Item[]): MessageFeed {
  const feed: MessageFeed = { bodies: [], acceptedAt: [], states: [], isRepeat: false };
  for (const { body, acceptedAt, states, isRepeat } of batch) {
    if (body !== null) {
      feed.bodies.push(body);
      feed.acceptedAt.push(acceptedAt);
    }
    for (const group of states) pushGroup(feed.states, group);
    feed.isRepeat ||= isRepeat;
  }
  return feed;
}
