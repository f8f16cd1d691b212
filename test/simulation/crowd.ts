/** People who change their ids while they talk to topics, roles and each other: each step is drawn from a seed. */
import { env } from "cloudflare:workers";
import { exchangeOf } from "../../durable-objects/env.ts";
import { LEASE_MS } from "../../shared/limits.ts";
import type { ClientFrameInput, DeliveredMessage, ReceiptFrame } from "../../shared/protocol.ts";
import type { SeededRandom } from "../helpers/seeded-random.ts";
import { crash, crashExchange, freshIds, runAlarm } from "../helpers/workerd/hub.ts";
import { type Reply, secretOf, TestClient } from "../helpers/workerd/test-client.ts";
import { type Item, Ledger, type Person } from "./ledger.ts";
import { type Action, askOn, draw, uuidOf } from "./parts.ts";

interface Link {
  person: Person;
  client: TestClient;
  framesSeen: number;
  /** Came by this link with a seq, and is not acked. */
  held: Map<number, string>;
}

/** Whether someone is in a topic, or has a role; null when an answer was lost. */
type Known = boolean | null;

const SETTLE_TRIES = 20;

export class Crowd {
  readonly #clock: { advance(ms: number): void };
  readonly #partial: string;
  readonly #people: Person[];
  readonly #links = new Map<Person, Link>();
  readonly #old: Link[] = [];
  readonly #topics: string[];
  readonly #roles: string[];
  /** By topic or role, then by person. */
  readonly #members = new Map<string, Map<Person, Known>>();
  /** Changes of id whose answer was lost. */
  readonly #unsettled = new Map<Person, string>();
  readonly #changing = new Set<Person>();
  readonly ledger: Ledger;
  readonly trace: string[] = [];
  #texts = 0;
  #idsMade = 0;

  constructor(clock: { advance(ms: number): void }) {
    this.#clock = clock;
    this.#partial = freshIds().partial;
    const name = this.#partial.replace(/\W+/g, "-");
    this.#people = ["p", "q", "r", "s"].map((person) => this.#makePerson(person));
    this.#topics = [`${name}/one`, `${name}/two`];
    this.#roles = [`${name}-x`, `${name}-y`];
    for (const group of [...this.#topics, ...this.#roles]) {
      this.#members.set(group, new Map(this.#people.map((person) => [person, false])));
    }
    this.ledger = new Ledger(this.#people);
  }

  async begin(): Promise<void> {
    for (const person of this.#people) {
      await this.#connect(person);
      for (const topic of this.#topics) await this.#join(person, topic, true);
      await this.#wear(person, this.#roles[0] as string);
    }
    await this.#look();
  }

  async step(random: SeededRandom): Promise<void> {
    const together: [number, Action][] = [
      [30, (r) => this.#talk(r)],
      [14, (r) => this.#change(r)],
      [8, (r) => this.#joinOrLeave(r)],
      [5, (r) => this.#wearSome(r)],
      [14, (r) => this.#connectOne(r)],
      [8, (r) => this.#disconnectOne(r)],
    ];
    const alone: [number, Action][] = [
      [10, (r) => this.#crash(r)],
      [5, () => this.#crashExchange()],
      [6, () => this.#passTime()],
    ];
    const online = this.#people.filter((person) => this.#isOnline(person)).length;
    const isEmpty = random.next() > (online + 1) / this.#people.length;
    const first = isEmpty ? (r: SeededRandom) => this.#connectOne(r) : draw(random, [...alone, ...together]);
    const isAlone = alone.some(([, action]) => action === first);
    // A change of id meets what is said at the same time.
    const others = isAlone || random.chance(0.5) ? 0 : random.int(1, 2);
    const meanwhile: Action[] = Array.from({ length: others }, () => (r: SeededRandom) => this.#talk(r));
    const done = await Promise.all([first, ...meanwhile].map((action) => action(random)));
    this.trace.push(done.join(" & "));
    await this.#look();
    await this.#ackSome(random);
  }

  /** Everyone comes, acks everything, and every id that was ever theirs leads to them. */
  async finish(): Promise<void> {
    for (const person of this.#people) {
      await this.#settle(person);
      if (!this.#isOnline(person)) await this.#connect(person);
    }
    await this.#runAlarms();
    await this.#look();
    const [writer] = this.#people as [Person];
    for (const person of this.#people) {
      for (const id of person.ids) {
        const item = this.#directItem(writer, person, id, crypto.randomUUID(), ++this.#texts);
        await this.#say([item]);
        if (item.acceptedAt === 0) throw new Error(`A4: ${id} does not lead to ${person.id}`);
      }
    }
    await this.#look();
    for (const link of this.#links.values()) await this.#ackAll(link);
    this.ledger.finish();
    for (const person of this.#people) {
      await this.#connect(person);
      const { pending } = (this.#links.get(person) as Link).client.welcome;
      if (pending !== 0) throw new Error(`${person.id} still has ${pending} messages pending`);
    }
    for (const { client } of this.#links.values()) await client.close();
  }

  // ---- what people say

  async #talk(random: SeededRandom): Promise<string> {
    const author = this.#pickOnline(random);
    if (author === undefined) return "nobody talks";
    // M3 is for the same sender: under another id, nobody can say the same again.
    const lost = this.ledger.items.filter((item) => item.authorId === author.id && item.acceptedAt === 0);
    if (lost.length > 0 && random.chance(0.5)) {
      // M3: the first of what was lost again. Of a role, only the hub knows who had it.
      const again = lost.filter((item) => item.kind === "kept" || item.kind === "direct").slice(0, 1);
      await this.#say(again);
      return `${author.name} repeats ${again.map((item) => item.content).join()}`;
    }
    const text = ++this.#texts;
    const items = Array.from({ length: random.int(1, 5) }, () => this.#makeItem(author, random, text));
    await this.#say(items);
    return `${author.name} says ${items.map((item) => `${item.kind} ${item.content}`).join(", ")}`;
  }

  #makeItem(author: Person, random: SeededRandom, text: number): Item {
    const messageId = uuidOf(random);
    const kind = draw<Item["kind"]>(random, [
      [45, "kept"],
      [15, "live"],
      [20, "role"],
      [20, "direct"],
    ]);
    if (kind === "direct") {
      const reader = random.pick(this.#people.filter((person) => person !== author));
      const known = reader.ids.filter((id) => id !== this.#unsettled.get(reader));
      return this.#directItem(author, reader, random.pick(known), messageId, text);
    }
    const group = random.pick(kind === "role" ? this.#roles : this.#topics);
    const members = [...(this.#members.get(group) as Map<Person, Known>)].filter(([person]) => person !== author);
    const content = this.#nextContent();
    const body = { type: "task", content, messageId } as const;
    const frame: ClientFrameInput =
      kind === "role"
        ? { action: "send_message", to: `role:${group}`, ...body }
        : { action: "publish_topic", topic: group, persistent: kind === "kept", ...body };
    return this.ledger.say({
      content,
      messageId,
      kind,
      frame,
      author,
      authorId: author.id,
      to: new Set(members.flatMap(([person, known]) => (known === true ? [person] : []))),
      perhaps: new Set(members.flatMap(([person, known]) => (known === null ? [person] : []))),
      saidAt: this.ledger.nextMoment,
      acceptedAt: 0,
      text,
    });
  }

  #directItem(author: Person, reader: Person, to: string, messageId: string, text: number): Item {
    const content = this.#nextContent();
    return this.ledger.say({
      content,
      messageId,
      kind: "direct",
      frame: { action: "send_message", type: "task", to, content, messageId },
      author,
      authorId: author.id,
      to: new Set([reader]),
      perhaps: new Set(),
      saidAt: this.ledger.nextMoment,
      acceptedAt: 0,
      text,
    });
  }

  /** In one text; each answer is held against what it should say. */
  async #say(items: readonly Item[]): Promise<void> {
    const client = this.#links.get((items[0] as Item | undefined)?.author as Person)?.client;
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
    const what = `${item.kind} message ${item.content} was answered with ${JSON.stringify(reply)}`;
    if (reply.code === "not_found" && item.kind === "role" && item.to.size === 0) return;
    if (reply.code !== undefined) throw new Error(what);
    this.ledger.accepted(item);
    const isSure = item.perhaps.size === 0;
    if (item.kind === "role" && isSure) {
      const readers = (reply.recipients ?? []).map((id) => this.#people.find((person) => person.ids.includes(id)));
      if (readers.length !== item.to.size || readers.some((reader) => !reader || !item.to.has(reader))) {
        throw new Error(`E3: ${what}`);
      }
    }
    if (item.kind === "kept" && isSure && reply.duplicate !== true) {
      const told = (reply.delivered ?? 0) + Number(reply.queued ?? 0);
      if (told !== item.to.size) throw new Error(`Q9: ${what}, for ${item.to.size} readers`);
    }
  }

  // ---- who they are

  /** Q8, now and then back to an id they had (C9). */
  async #change(random: SeededRandom): Promise<string> {
    const person = this.#pickOnline(random);
    if (person === undefined || this.#unsettled.has(person)) return "nobody changes";
    const former = person.ids.filter((id) => id !== person.id);
    const to = former.length > 0 && random.chance(0.35) ? random.pick(former) : this.#nextId(person.name);
    if (!person.ids.includes(to)) person.ids.push(to);
    this.#unsettled.set(person, to);
    this.#changing.add(person);
    const reply = await this.#ask(person, { action: "session_update", newInstanceId: to });
    this.#changing.delete(person);
    if (reply !== undefined) this.#changed(person, to, reply);
    return `${person.name} becomes ${to.slice(to.indexOf("/") + 1)}${reply === undefined ? ", perhaps" : ""}`;
  }

  #changed(person: Person, to: string, reply: Reply): void {
    if (reply.instanceId !== to) throw new Error(`Q8: a change to ${to} was answered with ${JSON.stringify(reply)}`);
    person.id = to;
    this.#unsettled.delete(person);
  }

  /** After a change without an answer: the client goes on from where the hub is. */
  async #settle(person: Person): Promise<void> {
    const to = this.#unsettled.get(person);
    if (to === undefined) return;
    for (let tries = 0; this.#unsettled.has(person); tries++) {
      if (tries === SETTLE_TRIES) throw new Error(`Q8: the change of ${person.id} to ${to} does not come to its end`);
      const queue = await exchangeOf(env).peekQueue(person.id, 1, null);
      if (queue.ok && queue.value.instanceId === to) person.id = to;
      if (!this.#isOnline(person)) await this.#connect(person);
      const reply = await this.#ask(person, { action: "session_update", newInstanceId: to });
      if (reply !== undefined) this.#changed(person, to, reply);
    }
  }

  // ---- what they are in

  async #joinOrLeave(random: SeededRandom): Promise<string> {
    const person = this.#pickOnline(random);
    if (person === undefined) return "nobody joins";
    const topic = random.pick(this.#topics);
    const isJoining = this.#members.get(topic)?.get(person) !== true;
    await this.#join(person, topic, isJoining);
    return `${person.name} ${isJoining ? "joins" : "leaves"} ${topic}`;
  }

  async #join(person: Person, topic: string, isJoining: boolean): Promise<void> {
    this.#setMember(topic, person, null);
    const reply = await this.#ask(person, { action: isJoining ? "subscribe_topic" : "unsubscribe_topic", topic });
    if (reply?.code !== undefined) throw new Error(`${person.name} and ${topic}: ${JSON.stringify(reply)}`);
    if (reply !== undefined) this.#setMember(topic, person, isJoining);
  }

  async #wearSome(random: SeededRandom): Promise<string> {
    const person = this.#pickOnline(random);
    if (person === undefined) return "nobody takes a role";
    const role = random.pick(["", ...this.#roles]);
    await this.#wear(person, role);
    return `${person.name} takes the role ${role}`;
  }

  async #wear(person: Person, role: string): Promise<void> {
    for (const other of this.#roles) this.#setMember(other, person, null);
    const reply = await this.#ask(person, { action: "set_role", role });
    if (reply !== undefined) for (const other of this.#roles) this.#setMember(other, person, other === role);
  }

  /** What is under way at the same moment may find either. */
  #setMember(group: string, person: Person, known: Known): void {
    this.#members.get(group)?.set(person, known);
    if (known !== null) return;
    for (const item of this.ledger.items) {
      const { topic, to } = item.frame as { topic?: string; to?: string };
      if (item.acceptedAt > 0 || item.author === person || (topic !== group && to !== `role:${group}`)) continue;
      item.to.delete(person);
      item.perhaps.add(person);
    }
  }

  // ---- what happens to links and to the hub

  async #connectOne(random: SeededRandom): Promise<string> {
    const away = this.#people.filter((person) => !this.#isOnline(person));
    const person = random.pick(away.length > 0 && random.chance(0.7) ? away : this.#people);
    if (this.#changing.has(person)) return `${person.name} waits`;
    // With a change open, now and then as if nothing had been asked, before the hub has gone on with it.
    if (random.chance(0.5)) await this.#settle(person);
    await this.#connect(person);
    return `${person.name} connects`;
  }

  async #connect(person: Person): Promise<void> {
    const client = await TestClient.connect(person.id, { identity: person.secret });
    this.#retire(person);
    this.#links.set(person, { person, client, framesSeen: 0, held: new Map() });
  }

  async #disconnectOne(random: SeededRandom): Promise<string> {
    const person = this.#pickOnline(random);
    if (person === undefined || this.#changing.has(person)) return "nobody leaves";
    await this.#links.get(person)?.client.close();
    return `${person.name} leaves`;
  }

  /** Mostly in the middle of something. */
  async #crash(random: SeededRandom): Promise<string> {
    const under: Action[] = [
      (r) => this.#talk(r),
      (r) => this.#change(r),
      (r) => this.#joinOrLeave(r),
      () => Promise.resolve("nothing"),
    ];
    const way = [
      draw(random, [
        [40, 0],
        [40, 1],
        [10, 2],
        [10, 3],
      ] as const),
    ].map((index) => under[index] as Action);
    if (random.chance(0.4)) way.push((r) => this.#talk(r));
    const doing = way.map((action) => action(random));
    // A change takes some milliseconds, a fan-out less: the crash comes anywhere in it.
    if (random.chance(0.5)) for (let turns = random.int(0, 60); turns > 0; turns--) await Promise.resolve();
    else await scheduler.wait(random.int(0, 12));
    await crash();
    for (const { client } of this.#links.values()) await client.onClosed;
    return `crash while ${(await Promise.all(doing)).join(" & ")}`;
  }

  /** Clients stay on their sockets, and what they had not acked comes again on these. */
  async #crashExchange(): Promise<string> {
    this.#clock.advance(1_000);
    await crashExchange();
    return "the exchange loses its memory";
  }

  async #passTime(): Promise<string> {
    this.#clock.advance(LEASE_MS);
    await this.#runAlarms();
    return "time passes";
  }

  async #runAlarms(): Promise<void> {
    await runAlarm();
  }

  // ---- what they see

  async #look(): Promise<void> {
    for (const { client } of this.#links.values()) await askOn(client, { action: "ack" });
    for (const link of [...this.#old, ...this.#links.values()]) this.#read(link);
    this.#old.length = 0;
    for (const { person, client } of [...this.#links.values()]) if (client.closed) this.#retire(person);
  }

  #read(link: Link): void {
    const { person, client, framesSeen, held } = link;
    for (const frame of client.frames.slice(framesSeen)) {
      if (frame.action === "receipt") this.ledger.receipt(person, frame as unknown as ReceiptFrame);
      if (frame.action !== "deliver") continue;
      for (const message of frame.messages as DeliveredMessage[]) {
        this.ledger.see(person, message);
        if (message.seq !== undefined) held.set(message.seq, message.messageId);
      }
    }
    link.framesSeen = client.frames.length;
  }

  async #ackSome(random: SeededRandom): Promise<void> {
    for (const link of this.#links.values()) if (random.chance(0.4)) await this.#ackAll(link);
  }

  /** By id: a seq may be another mailbox's (Q8). */
  async #ackAll({ person, client, held }: Link): Promise<void> {
    const messageIds = [...new Set(held.values())];
    if (messageIds.length === 0 || !client.canSend) return;
    held.clear();
    for (const id of messageIds) person.acked.add(id);
    const reply = await askOn(client, { action: "ack", messageIds });
    if (reply?.acked !== undefined) for (const id of messageIds) person.surelyAcked.add(id);
  }

  #retire(person: Person): void {
    const link = this.#links.get(person);
    if (link !== undefined) this.#old.push(link);
    this.#links.delete(person);
  }

  #isOnline(person: Person): boolean {
    const link = this.#links.get(person);
    return link !== undefined && link.client.closed === undefined;
  }

  #pickOnline(random: SeededRandom): Person | undefined {
    const online = this.#people.filter((person) => this.#isOnline(person) && !this.#changing.has(person));
    return online.length === 0 ? undefined : random.pick(online);
  }

  async #ask(person: Person, frame: ClientFrameInput): Promise<Reply | undefined> {
    const client = this.#links.get(person)?.client;
    return client === undefined ? undefined : askOn(client, frame);
  }

  #makePerson(name: string): Person {
    const id = this.#nextId(name);
    return {
      name,
      secret: secretOf(`${this.#partial}/${name}`),
      ids: [id],
      id,
      seen: new Set(),
      had: [],
      acked: new Set(),
      surelyAcked: new Set(),
    };
  }

  #nextId(name: string): string {
    return `${this.#partial}/${name}${this.#idsMade++}`;
  }

  #nextContent(): string {
    return String(this.ledger.items.length);
  }
}
