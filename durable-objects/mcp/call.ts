/** One `tools/call`, from the request to the moment when its result has reached the client, or is known not to. */

/**
 * - `open`: its tool runs, or its result is being written.
 * - `written`: the client's connection took the whole result.
 * - `broken`: the client was gone before, or has given the call up.
 */
export type CallState = "open" | "written" | "broken";

export class Call {
  /** Who asks: `McpFacts.connection`. */
  readonly connection: string;
  /** The JSON-RPC id, by which the client may cancel it. */
  readonly requestId: string | number;
  readonly #stop: () => void;
  #state: CallState = "open";
  /** When it was written, epoch ms. */
  #writtenAt = 0;

  /** `stop` ends what runs for it. */
  constructor(connection: string, requestId: string | number, stop: () => void) {
    this.connection = connection;
    this.requestId = requestId;
    this.#stop = stop;
  }

  get state(): CallState {
    return this.#state;
  }

  noteWritten(now: number): void {
    if (this.#state !== "open") return;
    this.#state = "written";
    this.#writtenAt = now;
  }

  get writtenAt(): number {
    return this.#writtenAt;
  }

  /** Also of one that was written. */
  break(): void {
    if (this.#state === "broken") return;
    this.#state = "broken";
    this.#stop();
  }
}
