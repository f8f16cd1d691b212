/**
 * People who change their ids while they talk to topics, roles and each other, under a hub that crashes: each step is
 * drawn from a seed. What they see is judged by `ledger.ts` as it comes, and by `audit.ts` against what the hub tells others.
 */
import { LEASE_MS, TAB_RETIRE_MS } from "../../shared/limits.ts";
import type { SeededRandom } from "../helpers/seeded-random.ts";
import { call } from "../helpers/workerd/rest.ts";
import type { Reply } from "../helpers/workerd/test-client.ts";
import { audit, auditDepths, deadLetters, untilRight } from "./audit.ts";
import { crashHub, crashOneObject, evictOneObject, runAlarms, wakeHub } from "./hub-driver.ts";
import { copyIdsFor, type Ledger, type Person } from "./ledger.ts";
import { Observer } from "./observer.ts";
import { type Action, draw, short } from "./parts.ts";
import { type Link, People } from "./people.ts";
import { SHORT_TTL_SECONDS, Talk } from "./talk.ts";

const SETTLE_TRIES = 20;
/** Depths are told a quarter of a second late at most. */
const DEPTH_PATIENCE_MS = 3_000;
/** How far a run may go forward: a topic without members goes after an hour. */
const FORWARD_MAX_MS = 45 * 60_000;

export class Crowd {
  readonly #clock: { advance(ms: number): void };
  readonly #people = new People();
  readonly #talk = new Talk(this.#people);
  readonly #observer = new Observer();
  readonly trace: string[] = [];
  /** What did not agree, but need not end the run: it may not hide what else is wrong. */
  readonly faults: string[] = [];
  #forwardMs = 0;
  #hasWrongDepth = false;

  constructor(clock: { advance(ms: number): void }) {
    this.#clock = clock;
  }

  get ledger(): Ledger {
    return this.#people.ledger;
  }

  async begin(): Promise<void> {
    await this.#observer.connect();
    for (const person of this.#people.all) await this.#people.connect(person);
    for (const person of this.#people.sessions) {
      for (const topic of this.#talk.topics) await this.#talk.join(person, topic, true);
      await this.#talk.takeRole(person, this.#talk.roles[0] as string);
    }
    await this.#people.look();
  }

  async step(random: SeededRandom): Promise<void> {
    const together: [number, Action][] = [
      [30, (r) => this.#talk.talk(r)],
      [14, (r) => this.#change(r)],
      [8, (r) => this.#talk.joinOrLeave(r)],
      [5, (r) => this.#talk.takeSomeRole(r)],
      [14, (r) => this.#connectOne(r)],
      [8, (r) => this.#disconnectOne(r)],
    ];
    const alone: [number, Action][] = [
      [16, (r) => this.#crash(r)],
      [4, (r) => this.#fault(r)],
      [4, (r) => this.#evict(r)],
      [8, (r) => this.#passTime(r)],
      [5, (r) => this.#pull(r)],
      [4, (r) => this.#people.flush(r.pick(this.#people.all))],
      [3, (r) => this.#retryDeadLetter(r)],
    ];
    const online = this.#people.all.filter((person) => this.#people.isOnline(person)).length;
    const isEmpty = random.next() > (online + 1) / this.#people.all.length;
    const first = isEmpty ? (r: SeededRandom) => this.#connectOne(r) : draw(random, [...alone, ...together]);
    const isAlone = alone.some(([, action]) => action === first);
    // A change of id meets what is said at the same time.
    const others = isAlone || random.chance(0.5) ? 0 : random.int(1, 2);
    const meanwhile: Action[] = Array.from({ length: others }, () => (r: SeededRandom) => this.#talk.talk(r));
    const at = this.trace.push("began") - 1;
    const done = await Promise.all([first, ...meanwhile].map((action) => action(random)));
    this.trace[at] = done.join(" & ");
    await this.#people.look();
    await this.#people.ackSome(random);
  }

  /** Everyone comes, acks everything, and every id that was ever theirs leads to them; then all that is told is compared. */
  async finish(): Promise<void> {
    for (const person of this.#people.all) {
      await this.#settle(person);
      if (!this.#people.isOnline(person)) await this.#people.connect(person);
    }
    await this.#runAlarms();
    await this.#people.look();
    for (const person of this.#people.all) {
      if (!this.#people.isOnline(person)) await this.#people.connect(person);
    }
    const [writer] = this.#people.all as [Person];
    for (const person of this.#people.all) {
      for (const id of person.ids) {
        const item = this.#talk.direct(writer, person, id, crypto.randomUUID());
        await this.#talk.say([item]);
        if (item.acceptedAt === 0) throw new Error(`A4: ${id} does not lead to ${person.id}`);
      }
    }
    await this.#ackEverything();
    this.ledger.finish();
    await this.#observer.connect();
    this.faults.push(...(await untilRight(() => audit(this.ledger, this.#observer, this.#people.partial))));
    await this.#checkDepths();
    for (const person of this.#people.all) {
      await this.#people.connect(person);
      const { pending } = (this.#people.links.get(person) as Link).client.welcome;
      if (pending !== 0) throw new Error(`${person.id} still has ${pending} messages pending`);
    }
    await this.#leave();
  }

  /** The first that is wrong is enough: it stays wrong for a while. */
  async #checkDepths(): Promise<void> {
    if (this.#hasWrongDepth) return;
    const settled = this.#people.all.filter((person) => !this.#people.unsettled.has(person));
    const wrong = await untilRight(() => auditDepths(this.ledger, settled), DEPTH_PATIENCE_MS);
    this.#hasWrongDepth = wrong.length > 0;
    this.faults.push(...wrong.map((fault) => `step ${this.trace.length}: ${fault}`));
  }

  async #ackEverything(): Promise<void> {
    for (let isMore = true; isMore; ) {
      await this.#people.look();
      isMore = false;
      for (const link of this.#people.links.values()) {
        isMore ||= link.held.size > 0;
        await this.#people.ackAll(link);
      }
    }
  }

  /** Leaves nothing to the runs behind: lists of dead letters hold only the newest. */
  async #leave(): Promise<void> {
    this.#observer.close();
    for (const { client } of this.#people.links.values()) await client.close();
    for (const { messageId } of await deadLetters()) await call(`DELETE /api/dead-letters/${messageId}`);
  }

  // ---- who they are

  /** Q8, now and then back to an id they had (C9). */
  async #change(random: SeededRandom): Promise<string> {
    const { unsettled, changing } = this.#people;
    const person = this.#people.pickOnline(random, this.#people.sessions);
    if (person === undefined || unsettled.has(person)) return "nobody changes";
    const former = person.ids.filter((id) => id !== person.id);
    const isBack = former.length > 0 && random.chance(0.35);
    const to = isBack ? random.pick(former) : this.#people.nextId(person.name);
    if (!person.ids.includes(to)) person.ids.push(to);
    unsettled.set(person, to);
    changing.add(person);
    const reply = await this.#people.ask(person, { action: "session_update", newInstanceId: to });
    changing.delete(person);
    const isLost = reply === undefined || (reply.code === "internal" && this.#talk.isFaulty);
    if (!isLost) this.#changed(person, to, reply as Reply);
    return `${person.name} becomes ${short(to)}${isLost ? ", perhaps" : ""}`;
  }

  #changed(person: Person, to: string, reply: Reply): void {
    if (reply.instanceId !== to) throw new Error(`Q8: a change to ${to} was answered with ${JSON.stringify(reply)}`);
    person.id = to;
    this.#people.unsettled.delete(person);
  }

  /** After a change without an answer: the client goes on from where the hub is. */
  async #settle(person: Person): Promise<void> {
    const to = this.#people.unsettled.get(person);
    if (to === undefined) return;
    for (let tries = 0; this.#people.unsettled.has(person); tries++) {
      if (tries === SETTLE_TRIES) throw new Error(`Q8: the change of ${person.id} to ${to} does not come to its end`);
      await runAlarms({ instances: [person.id], topics: [] });
      if ((await this.#people.takerOf(person.id)) === to) person.id = to;
      if (!this.#people.isOnline(person)) await this.#people.connect(person);
      const reply = await this.#people.ask(person, { action: "session_update", newInstanceId: to });
      if (reply !== undefined) this.#changed(person, to, reply);
    }
  }

  // ---- what happens to links

  async #connectOne(random: SeededRandom): Promise<string> {
    const away = this.#people.all.filter((person) => !this.#people.isOnline(person));
    const person = random.pick(away.length > 0 && random.chance(0.7) ? away : this.#people.all);
    if (this.#people.changing.has(person)) return `${person.name} waits`;
    // With a change open, now and then as if nothing had been asked, before the hub has gone on with it.
    if (random.chance(0.5)) await this.#settle(person);
    await this.#people.connect(person);
    return `${person.name} connects`;
  }

  async #disconnectOne(random: SeededRandom): Promise<string> {
    const person = this.#people.pickOnline(random);
    if (person === undefined) return "nobody leaves";
    await this.#people.links.get(person)?.client.close();
    return `${person.name} leaves`;
  }

  async #pull(random: SeededRandom): Promise<string> {
    const person = this.#people.pickOnline(random);
    if (person === undefined) return "nobody pulls";
    return `${person.name} pulls ${(await this.#people.pull(person, random.int(1, 20))) ?? "in vain"}`;
  }

  // ---- what happens to the hub

  /** One to three crashes in short order, mostly in the middle of something; then who comes back sees the truth. */
  async #crash(random: SeededRandom): Promise<string> {
    const rounds = draw(random, [
      [5, 1],
      [4, 2],
      [2, 3],
    ] as const);
    const said: string[] = [];
    for (let round = 0; round < rounds; round++) {
      said.push(await this.#crashOnce(random));
      this.#people.readAll();
      if (round < rounds - 1 && random.chance(0.6)) said.push(await this.#comeBack(random));
    }
    await this.#observer.connect();
    await this.#checkDepths();
    for (const person of this.#people.sessions) {
      // As if the change that was cut had never been asked for.
      if (this.#people.unsettled.has(person) && random.chance(0.7))
        said.push(await this.#comeBackAsBefore(person, random));
    }
    return said.join("; ");
  }

  async #crashOnce(random: SeededRandom): Promise<string> {
    const under: [number, Action][] = [
      [35, (r) => this.#talk.talk(r)],
      [30, (r) => this.#change(r)],
      [8, (r) => this.#talk.joinOrLeave(r)],
      [8, (r) => this.#pull(r)],
      [6, (r) => this.#people.flush(r.pick(this.#people.all))],
      [8, () => Promise.resolve("nothing")],
    ];
    const way = [draw(random, under)];
    if (random.chance(0.4)) way.push((r) => this.#talk.talk(r));
    const textsBefore = this.#texts();
    const doing = Promise.all(way.map((action) => action(random)));
    const moment = await this.#untilMoment(random, doing, textsBefore);
    await crashHub();
    for (const { client } of this.#people.links.values()) await client.onClosed;
    const done = await doing;
    await wakeHub();
    return `crash ${moment} of ${done.join(" & ")}`;
  }

  /** By turns and by what came, not by time: so a seed comes to the same moment again, as far as the platform allows. */
  async #untilMoment(random: SeededRandom, doing: Promise<unknown>, textsBefore: number): Promise<string> {
    const kind = draw(random, [
      [3, "turns"],
      [3, "loops"],
      [3, "text"],
      [3, "end"],
    ] as const);
    const count = random.int(0, kind === "turns" ? 60 : 12);
    if (kind === "end") await doing;
    else if (kind === "turns") for (let turns = count; turns > 0; turns--) await Promise.resolve();
    else if (kind === "loops") for (let loops = count; loops > 0; loops--) await scheduler.wait(0);
    else for (let tries = 0; tries < 300 && this.#texts() === textsBefore; tries++) await scheduler.wait(0);
    return `at ${kind} ${count}`;
  }

  #texts(): number {
    let texts = 0;
    for (const { client } of this.#people.links.values()) texts += client.texts.length;
    return texts;
  }

  /** Between two crashes: someone is back, gets what waits, and acks it. */
  async #comeBack(random: SeededRandom): Promise<string> {
    const person = random.pick(this.#people.all);
    await this.#people.connect(person);
    for (let loops = random.int(0, 30); loops > 0; loops--) await scheduler.wait(0);
    this.#people.readAll();
    const link = this.#people.links.get(person);
    if (link !== undefined) await this.#people.ackAll(link);
    return `${person.name} is back`;
  }

  /** Under the old id: acks, pulls or flushes there, and asks for the change again later. */
  async #comeBackAsBefore(person: Person, random: SeededRandom): Promise<string> {
    await this.#people.connect(person);
    await this.#people.look();
    const link = this.#people.links.get(person);
    const what = random.int(0, 2);
    if (what === 0 && link !== undefined) await this.#people.ackAll(link);
    else if (what === 1) await this.#people.pull(person, 20);
    else await this.#people.flush(person);
    return `${person.name} is back as ${short(person.id)} and ${["acks", "pulls", "is flushed"][what]}`;
  }

  /** One object of the hub ends alone, in the middle of what is said. */
  async #fault(random: SeededRandom): Promise<string> {
    this.#talk.isFaulty = true;
    const doing = this.#talk.talk(random);
    for (let loops = random.int(0, 8); loops > 0; loops--) await scheduler.wait(0);
    const name = await crashOneObject(random, this.#people.scope(this.#talk.topics));
    const said = await doing;
    await wakeHub();
    // What its callers were told of the end, they have been told by now.
    await this.#people.look();
    this.#talk.isFaulty = false;
    await this.#observer.connect();
    return `${name} ends alone, while ${said}`;
  }

  async #evict(random: SeededRandom): Promise<string> {
    this.#clock.advance(1_000);
    this.#people.clockMoved();
    return `${await evictOneObject(random, this.#people.scope(this.#talk.topics))} is evicted`;
  }

  /** Forwards, and now and then back: leases, times to live and the forgetting of tabs all go by this clock. */
  async #passTime(random: SeededRandom): Promise<string> {
    const forward = random.pick([1_000, SHORT_TTL_SECONDS * 1_000, LEASE_MS, 80_000, TAB_RETIRE_MS + 60_000]);
    const back = -random.pick([1_000, LEASE_MS, 600_000]);
    const isForward = random.chance(0.7) && this.#forwardMs + forward < FORWARD_MAX_MS;
    const ms = isForward ? forward : back;
    if (isForward) this.#forwardMs += forward;
    this.#clock.advance(ms);
    this.#people.clockMoved();
    await this.#runAlarms();
    await this.#observer.connect();
    await this.#people.look();
    await this.#checkDepths();
    return `${ms / 1_000} s pass`;
  }

  async #retryDeadLetter(random: SeededRandom): Promise<string> {
    const own = (await deadLetters()).flatMap((letter) => {
      const item = this.ledger.itemOf(letter.message?.content ?? "");
      const reader = this.#people.all.find((person) => item && copyIdsFor(item, person).includes(letter.messageId));
      return item === undefined || reader === undefined || !item.to.has(reader) ? [] : [{ letter, item, reader }];
    });
    if (own.length === 0) return "nothing is dead";
    const { letter, item, reader } = random.pick(own);
    const owner = item.kind === "direct" ? ([...item.to][0] as Person) : reader;
    const { status, body } = await call(`POST /api/dead-letters/${letter.messageId}/retry`);
    if (status !== 200) throw new Error(`Q6: the retry of message ${item.content} answered ${JSON.stringify(body)}`);
    item.isRetried = true;
    item.expiresAt = Number.POSITIVE_INFINITY;
    owner.flushed.delete(item);
    owner.perhapsEnded.add(item);
    owner.acked.delete(letter.messageId);
    owner.surelyAcked.delete(letter.messageId);
    return `message ${item.content} is brought back`;
  }

  async #runAlarms(): Promise<void> {
    await runAlarms(this.#people.scope(this.#talk.topics));
  }
}
