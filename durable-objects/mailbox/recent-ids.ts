/**
 * Answers "was this message id used before?" without asking the disk, where it can. Ids above every id on disk are new
 * unless they may be among those noted since: with UUIDs of version 7, which sort by time, that is nearly every id. Others,
 * such as those of copies of publications, sort anyhow: they are looked at by themselves, or the highest of them would soon
 * be above all, and of most of them the answer is "perhaps", and the disk decides.
 *
 * What was noted since is a Bloom filter, not a set: an id is mostly a slice that would keep its whole message in memory,
 * and a filter costs a quarter of the time.
 */

/** With the 2 000 ids that a mailbox notes at most, one new id in 300 is taken for a used one. */
const FILTER_BITS = 65_536;
/** UUIDs of version 7 are below this until 2039; nothing but time is lost with one that is not, or another that is. */
export const SORTED_END = "02";
/** The end of a UUID: random in those of versions 4, 5 and 7. */
const HASHED_CHARACTERS = 12;

/** The greatest ids of a table, "" for none. */
export interface HighestIds {
  sorted: string;
  other: string;
}

export class RecentIds {
  readonly #max: number;
  /** Made with the first id: an idle mailbox has none. */
  #filter: Uint32Array | undefined;
  #count = 0;
  #floor: HighestIds;
  readonly #highest: HighestIds;

  /** After `max` ids the older ones are left to the disk. */
  constructor(highestOnDisk: HighestIds, max: number) {
    this.#floor = { ...highestOnDisk };
    this.#highest = { ...highestOnDisk };
    this.#max = max;
  }

  note(id: string): void {
    const kind = kindOf(id);
    if (id > this.#highest[kind]) this.#highest[kind] = id;
    if (this.#count === this.#max) {
      this.#filter?.fill(0);
      this.#count = 0;
      this.#floor = { ...this.#highest };
    }
    this.#filter ??= new Uint32Array(FILTER_BITS / 32);
    this.#count++;
    const hash = hashOf(id);
    setBit(this.#filter, hash >>> 16);
    setBit(this.#filter, hash & 0xffff);
  }

  /** False only for an id that was certainly never used. */
  mayHave(id: string): boolean {
    if (id <= this.#floor[kindOf(id)]) return true;
    if (this.#filter === undefined) return false;
    const hash = hashOf(id);
    return hasBit(this.#filter, hash >>> 16) && hasBit(this.#filter, hash & 0xffff);
  }
}

function kindOf(id: string): keyof HighestIds {
  return id < SORTED_END ? "sorted" : "other";
}

function hashOf(id: string): number {
  let hash = 0;
  for (let i = Math.max(0, id.length - HASHED_CHARACTERS); i < id.length; i++) {
    hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  }
  // The last characters have moved only the low bits so far; this spreads them (the finaliser of MurmurHash3).
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function setBit(bits: Uint32Array, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] as number) | (1 << (index & 31));
}

function hasBit(bits: Uint32Array, index: number): boolean {
  return (((bits[index >>> 5] as number) >>> (index & 31)) & 1) === 1;
}
