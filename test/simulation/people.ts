/** The people of a run and their links: who they are, what came by each link, what they ack. */
import type { ClientFrameInput, DeliveredMessage, ReceiptFrame } from "../../shared/protocol.ts";
import type { SeededRandom } from "../helpers/seeded-random.ts";
import { freshIds } from "../helpers/workerd/hub.ts";
import { call, pathOf } from "../helpers/workerd/rest.ts";
import { type Reply, secretOf, TestClient } from "../helpers/workerd/test-client.ts";
import type { Scope } from "./hub-driver.ts";
import { Ledger, type Person } from "./ledger.ts";
import { askOn } from "./parts.ts";

export interface Link {
  person: Person;
  client: TestClient;
  framesSeen: number;
  /** Came by this link with a seq, and is not acked. */
  held: Map<number, string>;
}

export class People {
  readonly all: Person[];
  readonly ledger: Ledger;
  readonly partial: string;
  readonly links = new Map<Person, Link>();
  /** Closed links may have brought something before they closed. */
  readonly #old: Link[] = [];
  /** Whose change of id is being asked for at this moment. */
  readonly changing = new Set<Person>();
  /** Changes of id whose answer was lost. */
  readonly unsettled = new Map<Person, string>();
  /** The earliest that the clock showed since frames were last read. */
  #since = 0;
  #idsMade = 0;

  constructor() {
    this.partial = freshIds().partial;
    this.all = ["p", "q", "r", "s"].map((name) => this.#makePerson(name, this.nextId(name)));
    // Its id goes minutes after it has left, as a browser tab's does; nobody may lose mail by that.
    this.all.push(this.#makePerson("t", `dashboard@h:dashboard/${crypto.randomUUID()}`));
    this.ledger = new Ledger(this.all);
  }

  /** Those who change ids, and are in topics and roles. */
  get sessions(): Person[] {
    return this.all.filter((person) => !person.isTab);
  }

  get tab(): Person {
    return this.all.find((person) => person.isTab) as Person;
  }

  get instances(): string[] {
    return this.all.flatMap((person) => person.ids);
  }

  scope(topics: readonly string[]): Scope {
    return { instances: this.instances, topics };
  }

  nextId(name: string): string {
    return `${this.partial}/${name}${this.#idsMade++}`;
  }

  isOnline(person: Person): boolean {
    const link = this.links.get(person);
    return link !== undefined && link.client.closed === undefined;
  }

  pickOnline(random: SeededRandom, among = this.all): Person | undefined {
    const online = among.filter((person) => this.isOnline(person) && !this.changing.has(person));
    return online.length === 0 ? undefined : random.pick(online);
  }

  async connect(person: Person): Promise<void> {
    const client = await TestClient.connect(person.id, { identity: person.secret });
    this.retire(person);
    this.links.set(person, { person, client, framesSeen: 0, held: new Map() });
  }

  retire(person: Person): void {
    const link = this.links.get(person);
    if (link !== undefined) this.#old.push(link);
    this.links.delete(person);
  }

  async ask(person: Person, frame: ClientFrameInput): Promise<Reply | undefined> {
    const client = this.links.get(person)?.client;
    return client === undefined ? undefined : askOn(client, frame);
  }

  /** Reads what came. A round trip on every link comes first: an ack that names nothing. */
  async look(): Promise<void> {
    for (const { client } of this.links.values()) await askOn(client, { action: "ack" });
    this.readAll();
  }

  readAll(): void {
    for (const link of [...this.#old, ...this.links.values()]) this.#read(link);
    this.#old.length = 0;
    for (const { person, client } of [...this.links.values()]) if (client.closed) this.retire(person);
    this.#since = Date.now();
    this.ledger.tick(Date.now());
  }

  /** The clock was set: what came before is read, and judged by the time that was. */
  clockMoved(): void {
    this.#since = Math.min(this.#since, Date.now());
    this.ledger.tick(Date.now());
  }

  #read(link: Link): void {
    const { person, client, framesSeen, held } = link;
    for (const frame of client.frames.slice(framesSeen)) {
      if (frame.action === "receipt") this.ledger.receipt(person, frame as unknown as ReceiptFrame);
      if (frame.action !== "deliver") continue;
      for (const message of frame.messages as DeliveredMessage[]) {
        this.ledger.see(person, message, this.#since);
        if (message.seq !== undefined) held.set(message.seq, message.messageId);
      }
    }
    link.framesSeen = client.frames.length;
  }

  /** Some of those who hold something ack it: by id, since a seq may be another mailbox's (Q8). */
  async ackSome(random: SeededRandom): Promise<void> {
    for (const link of this.links.values()) {
      if (!random.chance(0.4)) continue;
      if (random.chance(0.25)) this.#ackUnanswered(link, random.chance(0.3) ? "seen" : "acked");
      else await this.ackAll(link, random.chance(0.3) ? "seen" : "acked");
    }
  }

  async ackAll({ person, client, held }: Link, state: "acked" | "seen" = "acked"): Promise<void> {
    const messageIds = [...new Set(held.values())];
    if (messageIds.length === 0 || !client.canSend) return;
    held.clear();
    for (const id of messageIds) person.acked.add(id);
    const reply = await askOn(client, { action: "ack", messageIds, state });
    if (reply?.acked !== undefined) for (const id of messageIds) person.surelyAcked.add(id);
  }

  #ackUnanswered({ person, client, held }: Link, state: "acked" | "seen"): void {
    const messageIds = [...new Set(held.values())];
    if (messageIds.length === 0 || !client.canSend) return;
    held.clear();
    for (const id of messageIds) person.acked.add(id);
    client.send({ action: "ack", messageIds, state });
  }

  /** Q7: takes what waits. An answer proves what was taken; without one, everything owed may have been. */
  async pull(person: Person, limit: number): Promise<number | undefined> {
    this.readAll();
    const before = this.#since;
    const mayTake = this.ledger.perhapsOwed(person);
    const reply = await this.ask(person, { action: "get_messages", limit });
    // The senders' receipts come in the same moment as the answer.
    for (const { messageId } of reply?.messages ?? []) person.acked.add(messageId);
    // Pushed before it was pulled: a frame in front of the answer.
    this.readAll();
    if (reply?.messages === undefined) {
      for (const item of mayTake) person.perhapsEnded.add(item);
      return undefined;
    }
    for (const message of reply.messages) {
      this.ledger.see(person, message as DeliveredMessage, before, true);
      person.surelyAcked.add(message.messageId);
    }
    return reply.messages.length;
  }

  async pullSome(random: SeededRandom): Promise<string> {
    const person = this.pickOnline(random);
    if (person === undefined) return "nobody pulls";
    return `${person.name} pulls ${(await this.pull(person, random.int(1, 20))) ?? "in vain"}`;
  }

  /** Q6: ends what waits, by REST. Throws when the answer's count cannot be. */
  async flush(person: Person): Promise<string> {
    this.readAll();
    const [least, most] = [this.ledger.surelyOwed(person), this.ledger.perhapsOwed(person)];
    for (const item of most) person.perhapsEnded.add(item);
    const { status, body } = await call(`DELETE /api/queue/${pathOf(person.id)}`).catch(() => ({
      status: 0,
      body: {},
    }));
    // What was said while it was under way may have come before it.
    const meanwhile = this.ledger.perhapsOwed(person).filter((item) => !most.includes(item));
    for (const item of meanwhile) person.perhapsEnded.add(item);
    if (status !== 200) return `${person.name} is flushed, perhaps`;
    const { count } = body as { count: number };
    const isSettled = !this.unsettled.has(person);
    const mostCount = most.length + meanwhile.length;
    if (isSettled && (count < least.length || count > mostCount)) {
      throw new Error(
        `Q6: a flush ended ${count} of ${least.length} to ${mostCount} messages of ${person.id}, surely of ${least.map(({ content }) => content).join()}`,
      );
    }
    // What was not accepted yet may come behind the flush, and so may what lies in the other queue of an open change.
    if (isSettled) for (const item of most) if (item.acceptedAt > 0) person.flushed.add(item);
    return `${person.name} is flushed of ${count}`;
  }

  /** A4: which id the hub gives this one's mail to. */
  async takerOf(id: string): Promise<string> {
    const { status, body } = await call(`GET /api/queue/${pathOf(id)}`);
    return status === 200 ? (body as { instanceId: string }).instanceId : id;
  }

  #makePerson(name: string, id: string): Person {
    return {
      name,
      secret: secretOf(`${this.partial}/${name}`),
      isTab: id.startsWith("dashboard@"),
      ids: [id],
      id,
      seen: new Map(),
      had: [],
      acked: new Set(),
      surelyAcked: new Set(),
      flushed: new Set(),
      perhapsEnded: new Set(),
      receipts: [],
    };
  }
}
