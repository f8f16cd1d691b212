/**
 * workerd reads a socket on as long as more has arrived there, and looks at the others only when nothing is left to do (KJ's event
 * loop): a client that sends faster than it is heard would be the only one who is. So after some texts an object takes in
 * nothing more for one turn of the event loop, in which all sockets are looked at.
 */

/** Few enough that nobody waits long, so many that a usual client is never held up. */
const TEXTS_PER_TURN = 32;

export class FairReading {
  readonly #ctx: DurableObjectState;
  #count = 0;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  /** A text was read. */
  note(): void {
    this.#count++;
    if (this.#count % TEXTS_PER_TURN === 0) void this.#ctx.blockConcurrencyWhile(() => scheduler.wait(0));
  }
}
