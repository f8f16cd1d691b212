/** What happens to the hub in a run: several crashes in short order, one object that ends alone, an eviction. */
import type { SeededRandom } from "../helpers/seeded-random.ts";
import { crashHub, crashOneObject, evictOneObject, wakeHub } from "./hub-driver.ts";
import type { Identities } from "./identities.ts";
import type { Person } from "./ledger.ts";
import { type Action, draw, short } from "./parts.ts";
import type { People } from "./people.ts";
import type { Talk } from "./talk.ts";

export class Crashes {
  readonly #people: People;
  readonly #talk: Talk;
  readonly #identities: Identities;
  /** What is compared as soon as the hub is back, before its clients are; says what else came to pass there. */
  readonly #check: (random: SeededRandom) => Promise<string>;

  constructor(people: People, talk: Talk, identities: Identities, check: (random: SeededRandom) => Promise<string>) {
    this.#people = people;
    this.#talk = talk;
    this.#identities = identities;
    this.#check = check;
  }

  /** One to three crashes in short order, mostly in the middle of something; then who comes back sees the truth. */
  async crash(random: SeededRandom): Promise<string> {
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
    said.push(await this.#check(random));
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
      [20, (r) => this.#identities.change(r)],
      // Some are further on the way than others when the crash comes.
      [35, (r) => this.#changeSeveral(r)],
      [8, (r) => this.#talk.joinOrLeave(r)],
      [8, (r) => this.#people.pullSome(r)],
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

  async #changeSeveral(random: SeededRandom): Promise<string> {
    const changes = this.#people.sessions.map(() => this.#identities.change(random));
    return (await Promise.all(changes)).join(" & ");
  }

  /** By turns and by what came, not by time: so a seed comes to the same moment again, as far as the platform allows. */
  async #untilMoment(random: SeededRandom, doing: Promise<unknown>, textsBefore: number): Promise<string> {
    const kind = draw(random, [
      [3, "turns"],
      [3, "loops"],
      [3, "text"],
      [3, "end"],
    ] as const);
    const count = random.int(0, kind === "turns" ? 60 : 25);
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
    const what = draw(random, [
      [4, 0],
      [1, 1],
      [1, 2],
    ] as const);
    if (what === 0 && link !== undefined) await this.#people.ackAll(link);
    else if (what === 1) await this.#people.pull(person, 20);
    else await this.#people.flush(person);
    return `${person.name} is back as ${short(person.id)} and ${["acks", "pulls", "is flushed"][what]}`;
  }

  /** One object of the hub ends alone, in the middle of what is said. */
  async fault(random: SeededRandom): Promise<string> {
    this.#talk.isFaulty = true;
    const doing = this.#talk.talk(random);
    for (let loops = random.int(0, 8); loops > 0; loops--) await scheduler.wait(0);
    const name = await crashOneObject(random, this.#people.scope(this.#talk.topics));
    const said = await doing;
    await wakeHub();
    // What its callers were told of the end, they have been told by now.
    await this.#people.look();
    this.#talk.isFaulty = false;
    return `${name} ends alone, while ${said}`;
  }

  async evict(random: SeededRandom): Promise<string> {
    return `${await evictOneObject(random, this.#people.scope(this.#talk.topics))} is evicted`;
  }
}
