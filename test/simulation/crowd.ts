/**
 * People who change their ids while they talk to topics, roles and each other, under a hub that crashes: each step is
 * drawn from a seed. What they see is judged by `ledger.ts` as it comes, and by `audit.ts` against what the hub tells others.
 */
import { LEASE_MS, TAB_RETIRE_MS } from "../../shared/limits.ts";
import type { SeededRandom } from "../helpers/seeded-random.ts";
import { call } from "../helpers/workerd/rest.ts";
import { audit, auditDepths, auditPresence, auditWholes, deadLetters, dropDeadLetters, untilRight } from "./audit.ts";
import { auditTasks } from "./audit-tasks.ts";
import { Crashes } from "./crashes.ts";
import { runDueAlarms } from "./hub-driver.ts";
import { Identities } from "./identities.ts";
import { copyIdsFor, type Ledger, type Person } from "./ledger.ts";
import { Observer } from "./observer.ts";
import { type Action, draw } from "./parts.ts";
import { type Link, People } from "./people.ts";
import { SHORT_TTL_SECONDS, Talk } from "./talk.ts";

/** Durable work that a crash leaves behind goes on within this. */
const WAKE_UP_MS = 70_000;
/** Depths are told a quarter of a second late at most: after some looks at this distance they are wrong. */
const DEPTH_LOOKS = 12;
const DEPTH_LOOK_EVERY_MS = 100;
/** How far a run may go forward: leave the week after which an id goes that is nobody's tab. */
const FORWARD_MAX_MS = 24 * 3_600_000;
/** Tabs are forgotten after minutes, by a sweep that comes once an hour. */
const FORGETTING_MS = TAB_RETIRE_MS + 2 * 3_600_000;

export class Crowd {
  readonly #clock: { advance(ms: number): void };
  readonly #isCalm: boolean;
  readonly #people = new People();
  readonly #talk = new Talk(this.#people);
  readonly #identities = new Identities(this.#people, this.#talk);
  readonly #crashes = new Crashes(this.#people, this.#talk, this.#identities, (random) =>
    this.#checkAfterCrash(random),
  );
  readonly #observer = new Observer();
  readonly trace: string[] = [];
  /** What did not agree, but need not end the run: it may not hide what else is wrong. */
  readonly faults: string[] = [];
  #forwardMs = 0;
  #hasWrongDepth = false;
  #hasLostWhole = false;
  /** The moment up to which answered messages were looked for. */
  #checkedUpTo = 0;

  /** `isCalm`: nothing happens to the hub itself, so that a fault is either the oracle's or not of a crash. */
  constructor(clock: { advance(ms: number): void }, isCalm = false) {
    this.#clock = clock;
    this.#isCalm = isCalm;
  }

  get ledger(): Ledger {
    return this.#people.ledger;
  }

  async begin(): Promise<void> {
    await this.#observer.connect();
    await dropDeadLetters();
    for (const person of this.#people.all) await this.#people.connect(person);
    // One that stays without members, however many hours pass, and one with an alarm for its end before all others.
    await call("POST /api/topics", { body: { name: this.#talk.topics[0], autoExpire: false } });
    for (const person of this.#people.sessions) {
      for (const topic of this.#talk.topics) await this.#talk.join(person, topic, true);
      await this.#talk.takeRole(person, this.#talk.roles[0] as string);
    }
    await this.#people.look();
  }

  async step(random: SeededRandom): Promise<void> {
    const together: [number, Action][] = [
      [30, (r) => this.#talk.talk(r)],
      [14, (r) => this.#identities.change(r)],
      [8, (r) => this.#talk.joinOrLeave(r)],
      [5, (r) => this.#talk.takeSomeRole(r)],
      [14, (r) => this.#connectOne(r)],
      [8, (r) => this.#disconnectOne(r)],
    ];
    const alone: [number, Action][] = [
      [this.#isCalm ? 0 : 16, (r) => this.#crashes.crash(r)],
      [this.#isCalm ? 0 : 4, (r) => this.#crashes.fault(r)],
      [this.#isCalm ? 0 : 4, (r) => this.#evict(r)],
      [8, (r) => this.#passTime(r)],
      [5, (r) => this.#people.pullSome(r)],
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
      await this.#identities.settle(person);
      if (!this.#people.isOnline(person)) await this.#people.connect(person);
    }
    // What waits for a time to come has it come, also when the clock was ahead of itself for a while.
    this.#clock.advance(Math.max(0, this.ledger.latest - Date.now()) + WAKE_UP_MS);
    this.#people.clockMoved();
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
    // An alarm that was set while the clock was ahead does not ring by itself.
    const look = async () => {
      await this.#runAlarms();
      const faults = await audit(this.ledger, this.#observer, this.#people.partial);
      return [...faults, ...(await auditTasks(this.#observer))];
    };
    this.faults.push(...(await untilRight(look)));
    await this.#checkDepths();
    for (const person of this.#people.all) {
      await this.#people.connect(person);
      const { pending } = (this.#people.links.get(person) as Link).client.welcome;
      if (pending !== 0) throw new Error(`${person.id} still has ${pending} messages pending`);
    }
    await this.#leave();
  }

  /** Before anyone is back: depths, what was answered in the moment of the crash, and that no mail goes with a tab. */
  async #checkAfterCrash(random: SeededRandom): Promise<string> {
    await this.#checkDepths();
    await this.#checkWholes();
    if (!random.chance(0.3) || this.#forwardMs > FORWARD_MAX_MS) return "";
    await this.#moveClock(FORGETTING_MS);
    return "nobody comes for hours";
  }

  async #checkWholes(): Promise<void> {
    if (this.#hasLostWhole) return;
    const recent = this.ledger.items.filter((item) => item.acceptedAt > this.#checkedUpTo);
    const wrong = await untilRight(() => auditWholes(recent, this.#observer), DEPTH_LOOKS, DEPTH_LOOK_EVERY_MS);
    this.#hasLostWhole = wrong.length > 0;
    this.#checkedUpTo = this.ledger.nextMoment;
    this.faults.push(...wrong.map((fault) => `step ${this.trace.length}: ${fault}`));
  }

  /** The first that is wrong is enough: it stays wrong for a while. */
  async #checkDepths(): Promise<void> {
    await this.#observer.connect();
    const gone = await auditPresence(this.ledger, this.#people.all);
    if (gone.length > 0) throw new Error(gone.join("; "));
    if (this.#hasWrongDepth) return;
    const settled = this.#people.all.filter((person) => !this.#people.unsettled.has(person));
    const wrong = await untilRight(() => auditDepths(this.ledger, settled), DEPTH_LOOKS, DEPTH_LOOK_EVERY_MS);
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

  /** Leaves nothing to the runs behind. */
  async #leave(): Promise<void> {
    this.#observer.close();
    for (const { client } of this.#people.links.values()) await client.close();
    await dropDeadLetters();
  }

  // ---- what happens to links

  async #connectOne(random: SeededRandom): Promise<string> {
    const away = this.#people.all.filter((person) => !this.#people.isOnline(person));
    const person = random.pick(away.length > 0 && random.chance(0.7) ? away : this.#people.all);
    if (this.#people.changing.has(person)) return `${person.name} waits`;
    // With a change open, now and then as if nothing had been asked, before the hub has gone on with it.
    if (random.chance(0.5)) await this.#identities.settle(person);
    await this.#people.connect(person);
    return `${person.name} connects`;
  }

  async #disconnectOne(random: SeededRandom): Promise<string> {
    const person = this.#people.pickOnline(random);
    if (person === undefined) return "nobody leaves";
    await this.#people.links.get(person)?.client.close();
    return `${person.name} leaves`;
  }

  // ---- what happens to the hub

  async #evict(random: SeededRandom): Promise<string> {
    // What waits for its ack before it is written has waited long enough: eviction comes after a pause.
    this.#clock.advance(1_000);
    this.#people.clockMoved();
    return this.#crashes.evict(random);
  }

  /** Forwards, and now and then back: leases, times to live and the forgetting of tabs all go by this clock. */
  async #passTime(random: SeededRandom): Promise<string> {
    const forward = random.pick([1_000, SHORT_TTL_SECONDS * 1_000, LEASE_MS, 80_000, FORGETTING_MS]);
    const back = -random.pick([1_000, LEASE_MS, 600_000]);
    const isForward = random.chance(0.7) && this.#forwardMs + forward < FORWARD_MAX_MS;
    const ms = isForward ? forward : back;
    await this.#moveClock(ms);
    return `${ms / 1_000} s pass`;
  }

  async #moveClock(ms: number): Promise<void> {
    this.#forwardMs += Math.max(0, ms);
    this.#clock.advance(ms);
    this.#people.clockMoved();
    await this.#runAlarms();
    await this.#people.look();
    await this.#checkDepths();
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
    owner.flushed.delete(item);
    owner.perhapsEnded.add(item);
    owner.acked.delete(letter.messageId);
    owner.surelyAcked.delete(letter.messageId);
    return `message ${item.content} is brought back`;
  }

  async #runAlarms(): Promise<void> {
    await runDueAlarms(this.#people.scope(this.#talk.topics));
  }
}
