/** Whether a client took a response to its end, as far as a server can know. */

/** How long it takes until a write to a connection that is gone has failed: seen, one millisecond. */
const PROBE_MS = 20;
/** A comment, which readers of events skip. */
const PROBE = new TextEncoder().encode(":\n\n");

interface Fate {
  taken(): void;
  /** The client was gone before. */
  lost(): void;
}

/**
 * Passes a stream of events on as fast as its client takes it, and tells its fate once. A client that has left is noticed
 * only by the next write, which by itself still seems to succeed: so before each piece goes a comment.
 */
export function watchTaken(events: ReadableStream<Uint8Array>, fate: Fate): ReadableStream<Uint8Array> {
  const reader = events.getReader();
  let isGone = false;
  let probed: Uint8Array | undefined;
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    if (probed !== undefined) {
      await scheduler.wait(PROBE_MS);
      if (!isGone) controller.enqueue(probed);
      probed = undefined;
      return;
    }
    const { done, value } = await reader.read();
    if (isGone) return;
    if (!done) {
      probed = value;
      controller.enqueue(PROBE);
      return;
    }
    controller.close();
    fate.taken();
  };
  const cancel = async () => {
    isGone = true;
    fate.lost();
    await reader.cancel();
  };
  // Nothing is read ahead: each pull means that the client's connection has taken what came before.
  return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
}
