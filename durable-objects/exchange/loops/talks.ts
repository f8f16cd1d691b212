/**
 * G1: how often the word changed hands between two sessions, and in a thread. In memory only, and of the newest: a send costs
 * no statement, and after a restart counting begins anew.
 */
import { LOOP_SILENCE_MS, LOOP_TALKS_MAX } from "../../../shared/limits.ts";
import { RecentMap } from "./recent-map.ts";

/** What was said in a pair or a thread since somebody else had a part in it. Instances by their numbers. */
export interface Talk {
  /** Who spoke last. What one says in a row is one turn, so reports of progress are no loop. */
  last: number;
  turns: number;
  /** Turns in which a session spoke for the first time. */
  firstWords: number;
  /** Those who spoke, as many as are told of a stop. */
  who: Set<number>;
  /** Of a thread: its newest answers. */
  answers: string[];
  /** Epoch ms. */
  at: number;
}

/** A pair, or the thread with this root, that has had all its turns. */
export interface FullTalk {
  talk: Talk;
  members: readonly number[];
  /** Null for a pair. */
  root: string | null;
}

/** Those who spoke in one thread, and its answers, that are remembered. */
const WHO_MAX = 200;
const ANSWERS_MAX = 200;

export class Talks {
  readonly #pairs = new RecentMap<string, Talk>(LOOP_TALKS_MAX, (key) => this.#unlistPair(key));
  readonly #threads = new RecentMap<string, Talk>(LOOP_TALKS_MAX);
  /** By answer, the message that its thread begins with. */
  readonly #roots = new RecentMap<string, string>(LOOP_TALKS_MAX);
  /** The pairs that an instance is in. */
  readonly #pairsOf = new Map<number, Set<string>>();

  /** The first message of the thread that an answer to this message is in. */
  rootOf(messageId: string): string {
    return this.#roots.get(messageId) ?? messageId;
  }

  noteRoot(answerId: string, root: string): void {
    this.#roots.set(answerId, root);
  }

  pair(a: number, b: number, now: number): Talk | undefined {
    return fresh(this.#pairs.get(pairKey(a, b)), now);
  }

  thread(root: string, now: number): Talk | undefined {
    return fresh(this.#threads.get(root), now);
  }

  /** Somebody says something to somebody. */
  notePair(sender: number, recipient: number, now: number): void {
    const key = pairKey(sender, recipient);
    const known = this.#pairs.get(key);
    this.#pairs.set(key, spoken(fresh(known, now), sender, now));
    if (known !== undefined) return;
    for (const number of [sender, recipient]) {
      const keys = this.#pairsOf.get(number);
      if (keys === undefined) this.#pairsOf.set(number, new Set([key]));
      else keys.add(key);
    }
  }

  /** Somebody answers in a thread. `asker`: who wrote what it begins with, as far as that is known. */
  noteThread(
    root: string,
    { sender, asker, answerId }: { sender: number; asker: number | null; answerId: string },
    now: number,
  ): void {
    const known = this.thread(root, now) ?? (asker === null ? undefined : spoken(undefined, asker, now));
    const talk = spoken(known, sender, now);
    talk.answers = [...talk.answers, answerId].slice(-ANSWERS_MAX);
    this.#threads.set(root, talk);
  }

  /** Counting begins anew for a pair. */
  resetPair(a: number, b: number): void {
    this.#pairs.delete(pairKey(a, b));
  }

  resetThread(root: string): void {
    this.#threads.delete(root);
  }

  /** Q8: what a session said under one id it goes on saying under the next. */
  move(from: number, to: number): void {
    for (const key of [...(this.#pairsOf.get(from) ?? [])]) {
      const talk = this.#pairs.get(key);
      const other =
        key
          .split(":")
          .map(Number)
          .find((number) => number !== from) ?? from;
      this.#pairs.delete(key);
      if (talk === undefined || other === to) continue;
      this.notePair(to, other, talk.at);
      this.#pairs.set(pairKey(to, other), { ...talk, last: talk.last === from ? to : talk.last });
    }
  }

  #unlistPair(key: string): void {
    for (const number of key.split(":").map(Number)) {
      const keys = this.#pairsOf.get(number);
      keys?.delete(key);
      if (keys?.size === 0) this.#pairsOf.delete(number);
    }
  }
}

/** Names a pair, whoever of it speaks. */
export function pairKey(a: number, b: number): string {
  return a < b ? `${a}:${b}` : `${b}:${a}`;
}

function fresh(talk: Talk | undefined, now: number): Talk | undefined {
  return talk === undefined || now - talk.at >= LOOP_SILENCE_MS ? undefined : talk;
}

function spoken(talk: Talk | undefined, sender: number, now: number): Talk {
  if (talk === undefined) {
    return { last: sender, turns: 1, firstWords: 1, who: new Set([sender]), answers: [], at: now };
  }
  talk.at = now;
  if (talk.last === sender) return talk;
  talk.last = sender;
  talk.turns++;
  if (!talk.who.has(sender)) {
    talk.firstWords++;
    if (talk.who.size < WHO_MAX) talk.who.add(sender);
  }
  return talk;
}
