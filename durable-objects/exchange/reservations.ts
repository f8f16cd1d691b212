/** C8: ids inside the pattern of a key are for its holders. The directory knows the keys; here is what follows from them. */
import { type Failure, failure } from "../../shared/errors.ts";
import { isSystemId } from "../../shared/ids.ts";
import { isInPattern } from "../../shared/keys.ts";
import type { Principal } from "../principal.ts";

export class Reservations {
  #patterns: readonly string[] | null = null;

  /** Whether the directory has told the patterns in this life of the object. */
  get isKnown(): boolean {
    return this.#patterns !== null;
  }

  /** Takes the patterns of all keys that are valid now. One that names nobody in particular, as `*` does, reserves nothing. */
  set(patterns: readonly string[]): void {
    this.#patterns = patterns.filter((pattern) => /[^*@:]/.test(pattern));
  }

  /** Returns why an id is not for this key, or null where it may be. */
  refusalOf({ scope, pattern }: Principal, instanceId: string): Failure | null {
    if (isSystemId(instanceId)) {
      return failure("forbidden", `${instanceId} is what the hub itself sends as. Connect under an id of your own.`);
    }
    if (scope === "admin" || (pattern !== null && isInPattern(pattern, instanceId))) return null;
    if (!this.#patterns?.some((reserved) => isInPattern(reserved, instanceId))) return null;
    return failure(
      "forbidden",
      `${instanceId} is reserved: a key was made for this user, host or project. Connect with that key, or under an id of your own.`,
    );
  }
}
