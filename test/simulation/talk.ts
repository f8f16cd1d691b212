/** What people say in a run, to whom it must come, and whether the hub's answers to it can be. */
import type { ClientFrameInput } from "../../shared/protocol.ts";
import type { SeededRandom } from "../helpers/seeded-random.ts";
import type { Reply } from "../helpers/workerd/test-client.ts";
import type { Item, Person } from "./ledger.ts";
import { draw, uuidOf } from "./parts.ts";
import type { People } from "./people.ts";

/** Whether someone is in a topic, or has a role; null when an answer was lost. */
type Known = boolean | null;

const SHORT_TTL_SECONDS = 20;
/** Only the short ones expire in a run. */
const LONG_TTL_SECONDS = 30 * 86_400;

export class Talk {
  readonly topics: string[];
  readonly roles: string[];
  readonly #people: People;
  /** By topic or role, then by person. */
  readonly #members = new Map<string, Map<Person, Known>>();
  #texts = 0;
  /** One object of the hub is being aborted: what it was asked may be answered with `internal`. */
  isFaulty = false;

  constructor(people: People) {
    this.#people = people;
    const name = people.partial.replace(/\W+/g, "-");
    this.topics = [`${name}/one`, `${name}/two`];
    this.roles = [`${name}-x`, `${name}-y`];
    for (const group of [...this.topics, ...this.roles]) {
      this.#members.set(group, new Map(people.sessions.map((person) => [person, false])));
    }
  }

  async talk(random: SeededRandom): Promise<string> {
    const { ledger } = this.#people;
    const author = this.#people.pickOnline(random);
    if (author === undefined) return "nobody talks";
    // M3 is for the same sender: under another id, nobody can say the same again.
    const lost = ledger.items.filter((item) => item.authorId === author.id && item.acceptedAt === 0);
    if (lost.length > 0 && random.chance(0.5)) {
      // M3: the first of what was lost again. Of a role, only the hub knows who had it.
      const again = lost.filter((item) => item.kind === "kept" || item.kind === "direct").slice(0, 1);
      await this.say(again);
      return `${author.name} repeats ${again.map((item) => item.content).join()}`;
    }
    const text = ++this.#texts;
    const items = Array.from({ length: random.int(1, 5) }, () => this.#makeItem(author, random, text));
    await this.say(items);
    return `${author.name} says ${items.map((item) => `${item.kind} ${item.content}`).join(", ")}`;
  }

  /** A direct message to one of someone's ids. */
  direct(author: Person, reader: Person, to: string, messageId: string, ttlSeconds = LONG_TTL_SECONDS): Item {
    const content = this.#nextContent();
    const frame = { action: "send_message", type: "task", to, content, messageId, ttlSeconds } as const;
    return this.#say(
      { content, messageId, kind: "direct", frame, author, to: new Set([reader]) },
      ++this.#texts,
      ttlSeconds,
    );
  }

  #makeItem(author: Person, random: SeededRandom, text: number): Item {
    const { all, unsettled } = this.#people;
    const messageId = uuidOf(random, "1");
    const ttlSeconds = random.chance(0.12) ? SHORT_TTL_SECONDS : LONG_TTL_SECONDS;
    const content = this.#nextContent();
    // Groups are for those who change ids; a tab writes to them one by one.
    const kind: Item["kind"] = author.isTab
      ? "direct"
      : draw(random, [
          [40, "kept"],
          [15, "live"],
          [20, "role"],
          [25, "direct"],
        ] as const);
    if (kind === "direct") {
      const reader = random.pick(all.filter((person) => person !== author));
      const to = random.pick(reader.ids.filter((id) => id !== unsettled.get(reader)));
      const frame = { action: "send_message", type: "task", to, content, messageId, ttlSeconds } as const;
      return this.#say({ content, messageId, kind, frame, author, to: new Set([reader]) }, text, ttlSeconds);
    }
    const group = random.pick(kind === "role" ? this.roles : this.topics);
    const members = [...(this.#members.get(group) as Map<Person, Known>)].filter(([person]) => person !== author);
    const body = { type: "task", content, messageId, ttlSeconds } as const;
    const frame: ClientFrameInput =
      kind === "role"
        ? { action: "send_message", to: `role:${group}`, ...body }
        : { action: "publish_topic", topic: group, persistent: kind === "kept", ...body };
    const to = new Set(members.flatMap(([person, known]) => (known === true ? [person] : [])));
    const perhaps = new Set(members.flatMap(([person, known]) => (known === null ? [person] : [])));
    const topic = kind === "role" ? {} : { topic: group };
    return this.#say({ content, messageId, kind, frame, author, to, perhaps, ...topic }, text, ttlSeconds);
  }

  #say(
    item: Pick<Item, "content" | "messageId" | "kind" | "frame" | "author" | "to"> & Partial<Item>,
    text: number,
    ttlSeconds: number,
  ): Item {
    const { ledger } = this.#people;
    return ledger.say({
      perhaps: new Set(),
      authorId: item.author.id,
      saidAt: ledger.nextMoment,
      acceptedAt: 0,
      expiresAt: Date.now() + ttlSeconds * 1_000,
      text,
      isRetried: false,
      ...item,
    });
  }

  /** In one text; each answer is held against what it should say. */
  async say(items: readonly Item[]): Promise<void> {
    const client = this.#people.links.get((items[0] as Item | undefined)?.author as Person)?.client;
    if (client === undefined || !client.canSend || items.length === 0) return;
    const asking = client.askAll(...items.map((item) => item.frame as ClientFrameInput)).catch(() => undefined);
    const replies = await Promise.race([asking, client.onClosed.then(() => undefined)]);
    // The link may have ended between two answers.
    for (const [index, item] of items.entries()) {
      const reply = replies?.[index];
      if (reply !== undefined) this.#checkReply(item, reply);
    }
  }

  #checkReply(item: Item, reply: Reply & { delivered?: number; recipients?: string[] }): void {
    const { ledger, all } = this.#people;
    const what = `${item.kind} message ${item.content} was answered with ${JSON.stringify(reply)}`;
    if (reply.code === "internal" && this.isFaulty) return;
    if (reply.code === "not_found" && item.kind === "role" && item.to.size === 0) return;
    if (reply.code === "unknown_instance" && this.#isForgotten(item)) {
      refused(item);
      return;
    }
    if (reply.code !== undefined) throw new Error(what);
    ledger.accepted(item);
    const isSure = item.perhaps.size === 0;
    if (item.kind === "role" && isSure) {
      const readers = (reply.recipients ?? []).map((id) => all.find((person) => person.ids.includes(id)));
      if (readers.length !== item.to.size || readers.some((reader) => !reader || !item.to.has(reader))) {
        throw new Error(`E3: ${what}`);
      }
    }
    if (item.kind === "kept" && isSure && reply.duplicate !== true) {
      const told = (reply.delivered ?? 0) + Number(reply.queued ?? 0);
      if (told !== item.to.size) throw new Error(`Q9: ${what}, for ${item.to.size} readers`);
    }
  }

  /** A tab that was away and owed nothing may be gone. */
  #isForgotten(item: Item): boolean {
    const [reader] = item.to;
    // Said again after it was refused.
    if (reader === undefined) return item.kind === "direct";
    // A tab that came back after it was forgotten has its present id only; those that led to it went with it.
    if (reader.isTab && "to" in item.frame && item.frame.to !== reader.id) return true;
    return reader.isTab && this.#people.ledger.surelyOwed(reader).every((other) => other === item);
  }

  async joinOrLeave(random: SeededRandom): Promise<string> {
    const person = this.#people.pickOnline(random, this.#people.sessions);
    if (person === undefined) return "nobody joins";
    // The first person stays in the second topic, which would go without members.
    const topic = random.pick(person === this.#people.all[0] ? this.topics.slice(0, 1) : this.topics);
    const isJoining = this.#members.get(topic)?.get(person) !== true;
    await this.join(person, topic, isJoining);
    return `${person.name} ${isJoining ? "joins" : "leaves"} ${topic}`;
  }

  async join(person: Person, topic: string, isJoining: boolean): Promise<void> {
    this.#setMember(topic, person, null);
    const action = isJoining ? "subscribe_topic" : "unsubscribe_topic";
    const reply = await this.#people.ask(person, { action, topic });
    if (reply?.code === "internal" && this.isFaulty) return;
    if (reply?.code !== undefined) throw new Error(`${person.name} and ${topic}: ${JSON.stringify(reply)}`);
    if (reply !== undefined) this.#setMember(topic, person, isJoining);
  }

  async takeSomeRole(random: SeededRandom): Promise<string> {
    const person = this.#people.pickOnline(random, this.#people.sessions);
    if (person === undefined) return "nobody takes a role";
    const role = random.pick(["", ...this.roles]);
    await this.takeRole(person, role);
    return `${person.name} takes the role ${role}`;
  }

  async takeRole(person: Person, role: string): Promise<void> {
    for (const other of this.roles) this.#setMember(other, person, null);
    const reply = await this.#people.ask(person, { action: "set_role", role });
    if (reply?.code !== undefined && !this.isFaulty)
      throw new Error(`${person.name} and ${role}: ${JSON.stringify(reply)}`);
    if (reply !== undefined && reply.code === undefined) {
      for (const other of this.roles) this.#setMember(other, person, other === role);
    }
  }

  /** What is under way at the same moment may find either. */
  #setMember(group: string, person: Person, known: Known): void {
    this.#members.get(group)?.set(person, known);
    if (known !== null) return;
    for (const item of this.#people.ledger.items) {
      const { topic, to } = item.frame as { topic?: string; to?: string };
      if (item.acceptedAt > 0 || item.author === person || (topic !== group && to !== `role:${group}`)) continue;
      item.to.delete(person);
      item.perhaps.add(person);
    }
  }

  #nextContent(): string {
    return String(this.#people.ledger.items.length);
  }
}

/** It may be said again, and come then. */
function refused(item: Item): void {
  for (const reader of item.to) item.perhaps.add(reader);
  item.to.clear();
}

export { SHORT_TTL_SECONDS };
