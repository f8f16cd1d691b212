/** What must be true of messages (E3, Q1 to Q9, M3), however often readers change ids and the hub crashes: it throws when it is not. */
import { fanOutId } from "../../durable-objects/fan-out-id.ts";
import type { DeliveredMessage, ReceiptFrame } from "../../shared/protocol.ts";

/** Q6: how much later than its time a message may end. */
const EXPIRY_SLACK_MS = 5_000;

/** Someone who keeps a secret and changes ids. */
export interface Person {
  name: string;
  secret: string;
  /** Whether the hub lets the id go minutes after its client left, unless mail waits. */
  isTab: boolean;
  /** All that they hold, in the order of the first time; and the one they go by. */
  ids: string[];
  id: string;
  /** What they had, by message id (Q4), and in the order of the first time. */
  seen: Map<string, Item>;
  had: Item[];
  /** Message ids whose ack was sent, and those whose ack was answered. */
  acked: Set<string>;
  surelyAcked: Set<string>;
  /** What a flush has ended for them, by an answer (Q6); and what a flush or a pull without an answer may have ended. */
  flushed: Set<Item>;
  perhapsEnded: Set<Item>;
  receipts: ReceiptFrame[];
}

/** One thing said, by its content: contents are unique in a run. */
export interface Item {
  content: string;
  messageId: string;
  /** `live` reaches who is there; all else waits for who is not. */
  kind: "direct" | "role" | "kept" | "live";
  frame: Parameters<typeof JSON.stringify>[0];
  topic?: string;
  author: Person;
  /** Under which id it was said. */
  authorId: string;
  /** Who must have it; who may. */
  to: Set<Person>;
  perhaps: Set<Person>;
  /** Moments, each later than all before; `acceptedAt` is 0 without an answer. */
  saidAt: number;
  acceptedAt: number;
  /** Epoch ms from which it may have expired. */
  expiresAt: number;
  /** What was said in one text keeps its order (Q2). */
  text: number;
  /** Brought back from the dead letters: comes out of order, and may have gone through its states before. */
  isRetried: boolean;
}

export class Ledger {
  readonly items: Item[] = [];
  readonly people: Person[];
  readonly #byContent = new Map<string, Item>();
  #moment = 0;
  /** The latest the clock has shown, as it may be set back. */
  #latest = 0;

  constructor(people: Person[]) {
    this.people = people;
  }

  get nextMoment(): number {
    return ++this.#moment;
  }

  get latest(): number {
    return this.#latest;
  }

  /** Notes how late it has been. */
  tick(now: number): void {
    this.#latest = Math.max(this.#latest, now);
  }

  say(item: Item): Item {
    this.items.push(item);
    this.#byContent.set(item.content, item);
    return item;
  }

  accepted(item: Item): void {
    if (item.acceptedAt === 0) item.acceptedAt = this.nextMoment;
  }

  mayHaveExpired(item: Item): boolean {
    return item.expiresAt <= this.#latest;
  }

  itemOf(content: string): Item | undefined {
    return this.#byContent.get(content);
  }

  /** What surely waits for someone: the least that their queue holds. */
  surelyOwed(person: Person): Item[] {
    return this.#owed(person, (item, isAcked) => {
      const isSure = item.acceptedAt > 0 && item.to.has(person) && !person.perhapsEnded.has(item);
      return isSure && !isAcked(person.acked) && !this.mayHaveExpired(item);
    });
  }

  /** What may wait for someone: the most that their queue holds. */
  perhapsOwed(person: Person): Item[] {
    return this.#owed(person, (_, isAcked) => !isAcked(person.surelyAcked));
  }

  #owed(person: Person, isOwed: (item: Item, isAcked: (ids: Set<string>) => boolean) => boolean): Item[] {
    return this.items.filter((item) => {
      if (item.kind === "live" || !(item.to.has(person) || item.perhaps.has(person))) return false;
      if (person.flushed.has(item)) return false;
      return isOwed(item, (ids) => copyIdsFor(item, person).some((id) => ids.has(id)));
    });
  }

  /** Returns the item. `since`: the earliest that the clock showed since frames were last read. */
  see(reader: Person, message: DeliveredMessage, since: number, isPulled = false): Item {
    const item = this.#byContent.get(message.content);
    if (item === undefined) throw new Error(`${reader.name} got what nobody said: ${JSON.stringify(message)}`);
    const what = `${item.kind} message ${item.content} (${message.messageId}) of ${item.author.name} for ${reader.id}`;
    this.#checkEnvelope(reader, item, message, what);
    check(!reader.surelyAcked.has(message.messageId), `Q4: ${what} came again after its ack was answered`);
    check(!reader.flushed.has(item), `Q6: ${what} came after a flush had ended it`);
    const expiresAt = message.expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(message.expiresAt);
    check(expiresAt + EXPIRY_SLACK_MS > since, `Q6: ${what} came after it had expired`);
    if (!isPulled)
      check((message.seq === undefined) === (item.kind === "live"), `${what} came with seq ${message.seq}`);
    if (reader.seen.has(message.messageId)) {
      check(item.kind !== "live", `Q9: ${what} came twice`);
      return item;
    }
    reader.seen.set(message.messageId, item);
    check(!reader.had.includes(item), `Q8: ${what} came to ${reader.name} under two ids`);
    if (item.kind !== "live" && !item.isRetried) this.#checkOrder(reader, item, what);
    reader.had.push(item);
    return item;
  }

  #checkEnvelope(reader: Person, item: Item, message: DeliveredMessage, what: string): void {
    check(reader !== item.author || item.kind === "direct", `E3: ${what} came to its author`);
    check(item.to.has(reader) || item.perhaps.has(reader), `${what} came to ${reader.name}`);
    check(item.author.ids.includes(message.from), `M1: ${what} came from ${message.from}`);
    if (item.kind === "kept" || item.kind === "live") {
      check(message.to.startsWith("topic:"), `${what} to ${message.to}`);
    } else check(reader.ids.includes(message.to), `${what} came with the address ${message.to}`);
  }

  receipt(reader: Person, receipt: ReceiptFrame): void {
    const { messageId, state, instanceId } = receipt;
    const recipient = this.people.find((person) => person.ids.includes(instanceId));
    const what = `receipt ${state} of ${messageId} for ${instanceId}`;
    const item = this.items.find((candidate) => idsOf(candidate, this.people).includes(messageId));
    if (item === undefined || recipient === undefined) throw new Error(`${what} is about nothing that was said`);
    check(item.author === reader, `${what} came to ${reader.name}`);
    check(item.to.has(recipient) || item.perhaps.has(recipient), `${what}: it never was for ${recipient.name}`);
    reader.receipts.push(receipt);
    const mayHaveEnded = recipient.flushed.has(item) || recipient.perhapsEnded.has(item) || item.isRetried;
    if (state === "acked" || state === "seen") {
      check(recipient.acked.has(messageId) || mayHaveEnded, `${what}, which nobody acked`);
    } else if (state === "removed") check(mayHaveEnded, `${what}, which nobody flushed`);
    else if (state === "expired") check(this.mayHaveExpired(item), `${what}, which has not expired`);
    else check(state === "delivered", `${what}, which nothing can have ended so`);
  }

  /** At the end, when everyone was there and has acked everything. */
  finish(): void {
    for (const item of this.items) {
      if (item.kind === "live" || item.acceptedAt === 0 || this.mayHaveExpired(item)) continue;
      for (const person of item.to) {
        if (person.flushed.has(item) || person.perhapsEnded.has(item)) continue;
        const what = `${item.kind} message ${item.content} of ${item.author.name}`;
        check(person.had.includes(item), `Q1: ${what} was accepted and never came to ${person.name}`);
      }
    }
  }

  /** Q2: what was accepted before something else was said comes before it, and so does what was said before in one text. */
  #checkOrder(reader: Person, item: Item, what: string): void {
    for (const other of reader.had) {
      if (other.author !== item.author || other.kind === "live" || other.isRetried) continue;
      const isLate = item.acceptedAt > 0 && item.acceptedAt < other.saidAt;
      const isBehind = item.text === other.text && item.saidAt < other.saidAt && item.acceptedAt > 0;
      check(!isLate && !isBehind, `Q2: ${what} came to ${reader.name} after ${other.kind} message ${other.content}`);
    }
  }
}

/** M3: the ids that someone's copy of it may have. */
export function copyIdsFor({ messageId, kind }: Item, person: Person): string[] {
  return kind === "direct" ? [messageId] : person.ids.map((id) => fanOutId(messageId, id));
}

/** M3: the ids that copies of it may have. */
function idsOf(item: Item, people: readonly Person[]): string[] {
  const readers = people.filter((person) => item.to.has(person) || item.perhaps.has(person));
  return readers.flatMap((person) => copyIdsFor(item, person));
}

function check(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what);
}
