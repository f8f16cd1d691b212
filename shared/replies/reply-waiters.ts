/** Calls that wait for the answer to a message: they take it before any other path does. */
import type { DeliveredMessage } from "../protocol.ts";
import type { SentMessages } from "./sent-messages.ts";

type End = (reply?: DeliveredMessage) => void;

export class ReplyWaiters {
  readonly #sent: SentMessages;
  readonly #waiting = new Map<End, string>();

  constructor(sent: SentMessages) {
    this.#sent = sent;
  }

  /**
   * Offers a message to the calls that wait for it. Returns undefined when none does, otherwise whether one took it: the
   * hub may have to be asked whether its sender was among those who were asked.
   */
  offer(message: DeliveredMessage): Promise<boolean> | undefined {
    const candidates = [...this.#waiting].filter(([, waitedId]) => this.#sent.isAnswerTo(waitedId, message));
    return candidates.length === 0 ? undefined : this.#give(message, candidates);
  }

  /** Resolves with the answer, or with undefined when the time is up or nobody wants it any more. */
  wait(messageId: string, timeoutMs: number, signal: AbortSignal): Promise<DeliveredMessage | undefined> {
    return new Promise((resolve) => {
      const end: End = (reply) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
        this.#waiting.delete(end);
        resolve(reply);
      };
      const abort = () => end();
      const timer = setTimeout(end, timeoutMs);
      signal.addEventListener("abort", abort);
      this.#waiting.set(end, messageId);
    });
  }

  async #give(message: DeliveredMessage, candidates: readonly (readonly [End, string])[]): Promise<boolean> {
    const answers = await Promise.all(candidates.map(([, waitedId]) => this.#sent.mayAnswer(waitedId, message)));
    // A call may have ended while the hub was asked.
    const takers = candidates.filter(([end], index) => answers[index] && this.#waiting.has(end));
    for (const [end] of takers) end(message);
    return takers.length > 0;
  }
}
