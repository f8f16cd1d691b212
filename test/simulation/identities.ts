/** Q8, C9: people change their ids, and find out what became of a change whose answer was lost. */
import type { SeededRandom } from "../helpers/seeded-random.ts";
import type { Reply } from "../helpers/workerd/test-client.ts";
import { runAlarms } from "./hub-driver.ts";
import type { Person } from "./ledger.ts";
import { short } from "./parts.ts";
import type { People } from "./people.ts";
import type { Talk } from "./talk.ts";

const SETTLE_TRIES = 20;

export class Identities {
  readonly #people: People;
  readonly #talk: Talk;

  constructor(people: People, talk: Talk) {
    this.#people = people;
    this.#talk = talk;
  }

  /** Q8, now and then back to an id they had (C9). */
  async change(random: SeededRandom): Promise<string> {
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
  async settle(person: Person): Promise<void> {
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
}
