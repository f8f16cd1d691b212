/** Calls that wait for the answer to a message: they take it before it is pushed. */
import type { DeliveredMessage } from "../../shared/protocol.ts";

export class ReplyWaiters {
  readonly #waiting = new Map<string, Set<(reply: DeliveredMessage) => void>>();

  /** Hands a message to the calls that wait for it; false when none does. A mere `ack` is no answer. */
  offer(message: DeliveredMessage): boolean {
    const { replyToMessageId, type } = message;
    const waiting = replyToMessageId === undefined || type === "ack" ? undefined : this.#waiting.get(replyToMessageId);
    for (const take of waiting ?? []) take(message);
    return waiting !== undefined;
  }

  /** The answer, or undefined when the time is up or nobody wants it any more. */
  wait(messageId: string, timeoutMs: number, signal: AbortSignal): Promise<DeliveredMessage | undefined> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(messageId) ?? new Set();
      const end = (reply?: DeliveredMessage) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
        waiting.delete(end);
        if (waiting.size === 0) this.#waiting.delete(messageId);
        resolve(reply);
      };
      const abort = () => end();
      const timer = setTimeout(end, timeoutMs);
      signal.addEventListener("abort", abort);
      this.#waiting.set(messageId, waiting.add(end));
    });
  }
}
