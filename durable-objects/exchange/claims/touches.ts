/** L3: who is at which file. In memory only: a collision that is not noticed after a crash is noticed with the next edit. */
import { FILE_TOUCH_MS } from "../../../shared/limits.ts";

/** Files that are remembered; those that were touched longest ago are forgotten first. */
const FILES_MAX = 5_000;

export class Touches {
  /** By name of file, then by number of instance: when, epoch ms. The file that was touched last stands last. */
  readonly #byFile = new Map<string, Map<number, number>>();
  /** Who has been told of whom at which file, until when, epoch ms. */
  readonly #told = new Map<string, number>();

  /** Notes that an instance is at a file; returns who else has been there lately. */
  note(file: string, number: number, now: number): [number: number, at: number][] {
    const touches = this.#byFile.get(file) ?? new Map<number, number>();
    this.#byFile.delete(file);
    for (const [other, at] of touches) if (at <= now - FILE_TOUCH_MS) touches.delete(other);
    const others = [...touches].filter(([other]) => other !== number);
    touches.set(number, now);
    this.#byFile.set(file, touches);
    for (const oldest of this.#byFile.keys()) {
      if (this.#byFile.size <= FILES_MAX) break;
      this.#byFile.delete(oldest);
    }
    return others;
  }

  /** Whether the two are to be told of each other at this file: once in a while. */
  isNews(file: string, a: number, b: number, now: number): boolean {
    for (const [key, until] of this.#told) {
      if (until > now) break;
      this.#told.delete(key);
    }
    const key = `${Math.min(a, b)} ${Math.max(a, b)} ${file}`;
    if (this.#told.has(key)) return false;
    this.#told.set(key, now + FILE_TOUCH_MS);
    return true;
  }

  /** Q8: a session goes on under another id. */
  move(from: number, to: number): void {
    for (const touches of this.#byFile.values()) {
      const at = touches.get(from);
      if (at === undefined) continue;
      touches.delete(from);
      touches.set(to, Math.max(at, touches.get(to) ?? 0));
    }
  }
}
