/** Some instances and what may happen to them: each step is drawn from a seed, done to the real hub, and shown to the model. */
import { LEASE_MS, WINDOW_MESSAGES } from "../../shared/limits.ts";
import type { ClientFrameInput, DeliveredMessage, ReceiptFrame } from "../../shared/protocol.ts";
import type { SeededRandom } from "../helpers/seeded-random.ts";
import { freshIds } from "../helpers/workerd/hub.ts";
import { type Reply, TestClient } from "../helpers/workerd/test-client.ts";
import { crashHub, evictOneObject, runAlarms, wakeHub } from "./hub-driver.ts";
import { Model, type Sent } from "./model.ts";
import { type Action, askOn, draw, short, uuidOf } from "./parts.ts";

const DAY_MS = 86_400_000;
const SHORT_TTL_SECONDS = 20;

/** A client and how far it was looked at. */
interface Link {
  client: TestClient;
  framesSeen: number;
  /** All that came by this socket, by seq, and what of it this socket has not acked. */
  given: Map<number, Sent>;
  held: Map<number, Sent>;
  /** By sender, the last message since leases last ran out: until they do, redeliveries and new ones come in one order. */
  last: Map<string, number>;
}

export class World {
  readonly #ids: string[];
  readonly #clock: { advance(ms: number): void };
  readonly #links = new Map<string, Link>();
  /** Closed sockets may have brought something before they closed. */
  readonly #old: Link[] = [];
  readonly model = new Model();
  /** What happened, for who has to find out why it went wrong. */
  readonly trace: string[] = [];
  #stepAt = 0;
  readonly #connecting = new Set<string>();

  constructor(clock: { advance(ms: number): void }) {
    this.#clock = clock;
    const { a, b, c } = freshIds();
    this.#ids = [a, b, c];
  }

  /** Everyone exists, and some are online. */
  async begin(): Promise<void> {
    this.#stepAt = Date.now();
    for (const id of this.#ids) await this.#connect(id);
    await this.#look();
  }

  async step(random: SeededRandom): Promise<void> {
    this.#stepAt = Date.now();
    this.model.round++;
    const alone: [number, Action][] = [
      // A pull whose reply is lost has acked what nobody saw: that is Q7, and for a test of its own.
      [6, (r) => this.#pull(r)],
      [5, (r) => this.#crash(r)],
      [3, (r) => this.#evict(r)],
      [8, (r) => this.#passTime(r)],
    ];
    const together: [number, Action][] = [
      [30, (r) => this.#sendSome(r)],
      [18, (r) => this.#ackSome(r)],
      [20, (r) => this.#connectOne(r)],
      [8, (r) => this.#disconnectOne(r)],
      [6, (r) => this.#retry(r)],
    ];
    const isAnyoneOnline = this.#ids.some((id) => this.#isOnline(id));
    const first = isAnyoneOnline ? draw(random, [...alone, ...together]) : (r: SeededRandom) => this.#connectOne(r);
    const isAlone = alone.some(([, action]) => action === first);
    const count = isAlone || random.chance(0.6) ? 0 : random.int(1, 3);
    const actions = [first, ...Array.from({ length: count }, () => draw(random, together))];
    const done = await Promise.all(actions.map((action) => action(random)));
    this.trace.push(done.join(" & "));
    await this.#look();
  }

  /** Brings everyone online, acks until nothing is left, and holds what became of each message against the model. */
  async finish(): Promise<void> {
    this.#stepAt = Date.now();
    for (const id of this.#ids) await this.#connect(id);
    // What a link said before it ended may still be under way: this is answered behind it.
    for (const id of this.#ids) await this.#ask(id, { action: "ping", to: id });
    await this.#look();
    for (let isMore = true; isMore; ) {
      isMore = false;
      for (const link of this.#links.values()) {
        if (link.held.size === 0) continue;
        isMore = true;
        await this.#ack(link, Math.max(...link.held.keys()), "acked", true);
      }
      await this.#look();
    }
    for (const sent of this.model.messages) {
      const sender = (this.#links.get(sent.from) as Link).client;
      const { state } = await sender.ask({ action: "status", messageId: sent.messageId });
      this.model.finish(sent, state);
    }
    for (const id of this.#ids) {
      await this.#connect(id);
      const { pending } = (this.#links.get(id) as Link).client.welcome;
      if (pending !== 0) throw new Error(`${id} still has ${pending} messages pending`);
    }
    for (const { client } of this.#links.values()) await client.close();
  }

  // ---- what clients do

  async #sendSome(random: SeededRandom): Promise<string> {
    const from = this.#pickOnline(random);
    if (from === undefined) return "nobody sends";
    // Now and then more than the window takes, all to one.
    const isMany = random.chance(0.08);
    const count = isMany ? random.int(WINDOW_MESSAGES, 2 * WINDOW_MESSAGES) : random.int(1, 6);
    const recipients = isMany ? [random.pick(this.#ids)] : this.#ids;
    const frames = Array.from({ length: count }, () => {
      const isShort = random.chance(0.15);
      const ttl = isShort ? { ttlSeconds: SHORT_TTL_SECONDS } : {};
      const expiresAt = Date.now() + (isShort ? SHORT_TTL_SECONDS * 1_000 : 7 * DAY_MS);
      const messageId = uuidOf(random, "0");
      const sent = this.model.send(from, random.pick(recipients), messageId, expiresAt);
      return { sent, frame: frameOf(sent, ttl) };
    });
    await Promise.all(frames.map(({ sent, frame }) => this.#send(from, sent, frame)));
    return `${short(from)} sends ${frames[0]?.sent.content}…${frames.at(-1)?.sent.content}`;
  }

  async #send(from: string, sent: Sent, frame: ClientFrameInput): Promise<void> {
    const reply = await this.#ask(from, frame);
    if (reply === undefined) return;
    if (reply.messageId !== sent.messageId)
      throw new Error(`${sent.content} was answered with ${JSON.stringify(reply)}`);
    if (reply.duplicate) throw new Error(`${sent.content} was new and is called a duplicate`);
    this.model.accept(sent);
  }

  /** M3: the same message again, as after a lost reply. */
  async #retry(random: SeededRandom): Promise<string> {
    const old = this.model.messages.filter((sent) => sent.isAccepted && this.#isOnline(sent.from));
    if (old.length === 0) return "nobody repeats anything";
    const sent = random.pick(old);
    const reply = await this.#ask(sent.from, frameOf(sent, {}));
    if (reply !== undefined && reply.duplicate !== true) {
      throw new Error(`M3: message ${sent.content} again was answered with ${JSON.stringify(reply)}`);
    }
    return `${short(sent.from)} repeats ${sent.content}`;
  }

  async #ackSome(random: SeededRandom): Promise<string> {
    const links = [...this.#links.values()].filter((link) => link.held.size > 0 && !link.client.closed);
    if (links.length === 0) return "nobody acks";
    const link = random.pick(links);
    const upTo = random.pick([...link.held.keys()]);
    const state = random.chance(0.2) ? "seen" : "acked";
    const isAnswered = random.chance(0.7);
    await this.#ack(link, upTo, state, isAnswered);
    return `${short(link.client.instanceId)} ${state} up to ${upTo}${isAnswered ? "" : ", unanswered"}`;
  }

  async #ack(link: Link, upTo: number, state: "acked" | "seen", isAnswered: boolean): Promise<void> {
    const named = [...link.given].filter(([seq]) => seq <= upTo).map(([, sent]) => sent);
    for (const seq of link.given.keys()) if (seq <= upTo) link.held.delete(seq);
    for (const sent of named) {
      sent.isAckSent = true;
      sent.isSeenSent ||= state === "seen";
    }
    const frame = { action: "ack", upTo, state } as const;
    if (!isAnswered && link.client.canSend) link.client.send(frame);
    else if ((await askOn(link.client, frame)) !== undefined) for (const sent of named) this.model.ackIsSure(sent);
  }

  /** Q7. What the reply holds is seen when the frames are looked at, in their order. */
  async #pull(random: SeededRandom): Promise<string> {
    const id = this.#pickOnline(random);
    if (id === undefined) return "nobody pulls";
    const reply = await this.#ask(id, { action: "get_messages", limit: random.int(1, 20) });
    return `${short(id)} pulls ${reply?.messages?.length ?? "in vain"}`;
  }

  // ---- what happens to links and to the hub

  async #connectOne(random: SeededRandom): Promise<string> {
    const offline = this.#ids.filter((id) => !this.#isOnline(id));
    const id = random.pick(offline.length > 0 && random.chance(0.7) ? offline : this.#ids);
    const was = this.#isOnline(id) ? "takes over" : "connects";
    // Of two at once, one may be replaced before its first frame.
    if (this.#connecting.has(id)) return `${short(id)} waits`;
    this.#connecting.add(id);
    await this.#connect(id).finally(() => this.#connecting.delete(id));
    return `${short(id)} ${was}`;
  }

  async #connect(id: string): Promise<void> {
    const client = await TestClient.connect(id);
    this.#retire(id);
    this.#links.set(id, { client, framesSeen: 0, given: new Map(), held: new Map(), last: new Map() });
  }

  async #disconnectOne(random: SeededRandom): Promise<string> {
    const id = this.#pickOnline(random);
    if (id === undefined) return "nobody leaves";
    await this.#links.get(id)?.client.close();
    return `${short(id)} leaves`;
  }

  async #crash(random: SeededRandom): Promise<string> {
    // Half of the time in the middle of something.
    const from = this.#pickOnline(random);
    const isBusy = from !== undefined && random.chance(0.5);
    const unanswered = isBusy ? this.#sendSome(random) : Promise.resolve("");
    if (isBusy) for (let turns = random.int(0, 30); turns > 0; turns--) await Promise.resolve();
    await crashHub();
    this.model.crash();
    for (const { client } of this.#links.values()) await client.onClosed;
    await unanswered;
    await wakeHub();
    return `crash${isBusy ? ` while ${await unanswered}` : ""}`;
  }

  async #evict(random: SeededRandom): Promise<string> {
    // What waits for its ack before it is written has waited long enough: eviction comes after a pause.
    this.#clock.advance(1_000);
    return `${await evictOneObject(random, { instances: this.#ids, topics: [] })} is evicted`;
  }

  async #passTime(random: SeededRandom): Promise<string> {
    const ms = random.pick([1_000, 10_000, SHORT_TTL_SECONDS * 1_000, LEASE_MS, 60_000, 80_000]);
    this.#clock.advance(ms);
    for (const link of this.#links.values()) link.last.clear();
    this.#stepAt = Date.now();
    await runAlarms({ instances: this.#ids, topics: [] });
    return `${ms / 1_000} s pass`;
  }

  // ---- what clients see

  /** After a round trip on every link, everything that was written to it is here. An ack would also put it on disk. */
  async #look(): Promise<void> {
    for (const [id, { client }] of this.#links) await askOn(client, { action: "ping", to: id });
    for (const link of [...this.#old, ...this.#links.values()]) this.#readMessages(link);
    for (const link of [...this.#old, ...this.#links.values()]) this.#readReceipts(link);
    this.#old.length = 0;
    for (const [id, { client }] of this.#links) if (client.closed) this.#retire(id);
  }

  #readMessages({ client, framesSeen, given, held, last }: Link): void {
    for (const frame of client.frames.slice(framesSeen)) {
      const { action, messages = [] } = frame as { action?: string; messages?: DeliveredMessage[] };
      for (const message of messages) {
        const sent = this.model.see(client.instanceId, message, this.#stepAt);
        if (action === "deliver") {
          const number = Number(sent.content);
          if (number <= (last.get(sent.from) ?? -1))
            throw new Error(`Q2: ${number} came behind ${last.get(sent.from)}`);
          last.set(sent.from, number);
          given.set(message.seq as number, sent);
          held.set(message.seq as number, sent);
        } else {
          sent.isAckSent = true;
          this.model.ackIsSure(sent);
        }
      }
    }
    const holding = [...held.values()].filter((sent) => !sent.isAckSent && sent.expiresAt > Date.now());
    if (new Set(holding).size > WINDOW_MESSAGES) throw new Error(`Q5: ${client.instanceId} holds ${holding.length}`);
  }

  #readReceipts(link: Link): void {
    for (const frame of link.client.frames.slice(link.framesSeen)) {
      if (frame.action === "receipt") {
        this.model.receipt(link.client.instanceId, frame as unknown as ReceiptFrame, Date.now());
      }
    }
    link.framesSeen = link.client.frames.length;
  }

  #retire(id: string): void {
    const link = this.#links.get(id);
    if (link !== undefined) this.#old.push(link);
    this.#links.delete(id);
  }

  #isOnline(id: string): boolean {
    const link = this.#links.get(id);
    return link !== undefined && link.client.closed === undefined;
  }

  #pickOnline(random: SeededRandom): string | undefined {
    const online = this.#ids.filter((id) => this.#isOnline(id));
    return online.length === 0 ? undefined : random.pick(online);
  }

  async #ask(id: string, frame: ClientFrameInput): Promise<Reply | undefined> {
    const client = this.#links.get(id)?.client;
    return client === undefined ? undefined : askOn(client, frame);
  }
}

function frameOf({ to, content, messageId }: Sent, ttl: { ttlSeconds?: number }) {
  return { action: "send_message", type: "task", to, content, messageId, ...ttl } as const;
}
