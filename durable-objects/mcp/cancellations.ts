/**
 * What it means that a client cancels a call whose result it was sent. One that has waited too long, or was interrupted in this very
 * moment, did not get it. But OpenCode cancels each call once it has the result (seen on 1.18): it would be given the same
 * messages for ever. So it is lost at first, and not where a connection does so with one call after another, at once.
 */
import type { Call } from "./call.ts";

/** Well above what a client takes to tidy up (seen: a tenth of a second), and below what one has waited in vain. */
const AT_ONCE_MS = 5_000;

export class Cancellations {
  /** Connections that have cancelled the last call that they were answered. */
  readonly #tidying = new Set<string>();
  readonly #cancelled = new Set<Call>();

  /** Whether the client has not got the result of a call that it cancels now. */
  meansLost(call: Call, now: number): boolean {
    if (call.state !== "written") return call.state === "open";
    this.#cancelled.add(call);
    if (now - call.writtenAt >= AT_ONCE_MS) return true;
    const isTidying = this.#tidying.has(call.connection);
    this.#tidying.add(call.connection);
    return !isTidying;
  }

  /** A later call begins. */
  forget(call: Call): void {
    const wasCancelled = this.#cancelled.delete(call);
    if (!wasCancelled && call.state === "written") this.#tidying.delete(call.connection);
  }
}
