/**
 * All or nothing, without the price of a savepoint. What an object writes in one turn of the event loop is one transaction
 * by itself; a savepoint within it (`transactionSync`) has SQLite copy each page before it changes, to a file once these
 * are more than 64 KiB: that took a third of the hub's time.
 *
 * So work runs bare. If it throws, the object is aborted within the same turn, and nothing of the turn reaches the disk. Its
 * next life runs the work in savepoints for a while: the same fault then undoes only its own piece, whose caller can be
 * told, instead of ending one life after the other.
 */
import { errorText, log } from "./log.ts";

/** How long a life is careful after one that was aborted. */
const CAREFUL_MS = 60_000;

/** By object id, until when, epoch ms. It outlives the objects, not the process: a process starts without care. */
const carefulUntil = new Map<string, number>();

export class Atomic {
  readonly #ctx: DurableObjectState;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  /** Whether a piece that fails is undone alone. */
  get isCareful(): boolean {
    return Date.now() < (carefulUntil.get(this.#ctx.id.toString()) ?? 0);
  }

  /** Does synchronous work whose writes happen all or not at all. Throws what it throws, but for an aborted object. */
  run<T>(work: () => T): T {
    if (this.isCareful) return this.#ctx.storage.transactionSync(work);
    try {
      return work();
    } catch (error) {
      log("error", "work failed, will be done again with care", { error: errorText(error) });
      carefulUntil.set(this.#ctx.id.toString(), Date.now() + CAREFUL_MS);
      this.#ctx.abort(errorText(error));
      throw error;
    }
  }
}
