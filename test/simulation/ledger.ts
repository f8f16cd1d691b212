/** What must be true of messages to many (E3, Q8, Q9), however often their readers change ids: it throws when it is not. */
import { fanOutId } from "../../durable-objects/fan-out-id.ts";
import type { DeliveredMessage, ReceiptFrame } from "../../shared/protocol.ts";

/** Someone who keeps a secret and changes ids. */
export interface Person {
  name: string;
  secret: string;
  /** All that they hold, in the order of the first time; and the one they go by. */
  ids: string[];
  id: string;
  /** What they had, by message id (Q4), and in the order of the first time. */
  seen: Set<string>;
  had: Item[];
  /** Message ids whose ack was sent, and those whose ack was answered. */
  acked: Set<string>;
  surelyAcked: Set<string>;
}

/** One thing said, by its content: contents are unique in a run. */
export interface Item {
  content: string;
  messageId: string;
  /** `live` reaches who is there; all else waits for who is not. */
  kind: "direct" | "role" | "kept" | "live";
  frame: Parameters<typeof JSON.stringify>[0];
  author: Person;
  /** Under which id it was said. */
  authorId: string;
  /** Who must have it; who may. */
  to: Set<Person>;
  perhaps: Set<Person>;
  /** Moments, each later than all before; `acceptedAt` is 0 without an answer. */
  saidAt: number;
  acceptedAt: number;
  /** What was said in one text keeps its order (Q2). */
  text: number;
}

export class Ledger {
  readonly items: Item[] = [];
  readonly people: Person[];
  readonly #byContent = new Map<string, Item>();
  #moment = 0;

  constructor(people: Person[]) {
    this.people = people;
  }

  get nextMoment(): number {
    return ++this.#moment;
  }

  say(item: Item): Item {
    this.items.push(item);
    this.#byContent.set(item.content, item);
    return item;
  }

  accepted(item: Item): void {
    if (item.acceptedAt === 0) item.acceptedAt = this.nextMoment;
  }

  /** Returns whether it is new to its reader. */
  see(reader: Person, message: DeliveredMessage): boolean {
    const item = this.#byContent.get(message.content);
    if (item === undefined) throw new Error(`${reader.name} got what nobody said: ${JSON.stringify(message)}`);
    const what = `${item.kind} message ${item.content} (${message.messageId}) of ${item.author.name} for ${reader.id}`;
    check(reader !== item.author || item.kind === "direct", `E3: ${what} came to its author`);
    check(item.to.has(reader) || item.perhaps.has(reader), `${what} came to ${reader.name}`);
    check(item.author.ids.includes(message.from), `M1: ${what} came from ${message.from}`);
    check(!reader.surelyAcked.has(message.messageId), `Q4: ${what} came again after its ack was answered`);
    if (item.kind === "kept" || item.kind === "live")
      check(message.to.startsWith("topic:"), `${what} to ${message.to}`);
    else check(reader.ids.includes(message.to), `${what} came with the address ${message.to}`);
    check((message.seq === undefined) === (item.kind === "live"), `${what} came with seq ${message.seq}`);
    if (reader.seen.has(message.messageId)) {
      check(item.kind !== "live", `Q9: ${what} came twice`);
      return false;
    }
    reader.seen.add(message.messageId);
    check(!reader.had.includes(item), `Q8: ${what} came to ${reader.name} under two ids`);
    if (item.kind !== "live") this.#checkOrder(reader, item, what);
    reader.had.push(item);
    return true;
  }

  receipt(reader: Person, { messageId, state, instanceId }: ReceiptFrame): void {
    const recipient = this.people.find((person) => person.ids.includes(instanceId));
    const what = `receipt ${state} of ${messageId} for ${instanceId}`;
    const item = this.items.find((candidate) => idsOf(candidate, this.people).includes(messageId));
    if (item === undefined || recipient === undefined) throw new Error(`${what} is about nothing that was said`);
    check(item.author === reader, `${what} came to ${reader.name}`);
    check(item.to.has(recipient) || item.perhaps.has(recipient), `${what}: it never was for ${recipient.name}`);
    check(state === "delivered" || state === "acked" || state === "seen", `${what}, which nothing can have ended so`);
    if (state !== "delivered") check(recipient.acked.has(messageId), `${what}, which nobody acked`);
  }

  /** At the end, when everyone was there and has acked everything. */
  finish(): void {
    for (const item of this.items) {
      if (item.kind === "live" || item.acceptedAt === 0) continue;
      for (const person of item.to) {
        const what = `${item.kind} message ${item.content} of ${item.author.name}`;
        check(person.had.includes(item), `Q1: ${what} was accepted and never came to ${person.name}`);
      }
    }
  }

  /** Q2: what was accepted before something else was said comes before it, and so does what was said before in one text. */
  #checkOrder(reader: Person, item: Item, what: string): void {
    for (const other of reader.had) {
      if (other.author !== item.author || other.kind === "live") continue;
      const isLate = item.acceptedAt > 0 && item.acceptedAt < other.saidAt;
      const isBehind = item.text === other.text && item.saidAt < other.saidAt && item.acceptedAt > 0;
      check(!isLate && !isBehind, `Q2: ${what} came to ${reader.name} after ${other.kind} message ${other.content}`);
    }
  }
}

/** M3: the ids that copies of it may have. */
function idsOf({ messageId, kind, to, perhaps }: Item, people: readonly Person[]): string[] {
  if (kind === "direct") return [messageId];
  const readers = people.filter((person) => to.has(person) || perhaps.has(person));
  return readers.flatMap((person) => person.ids.map((id) => fanOutId(messageId, id)));
}

function check(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what);
}
