/** What a client is answered, and how often it may be refused (4029). */
import type { Failure, Result } from "../../../shared/errors.ts";
import { FLOOD_REFUSALS, FLOOD_WINDOW_MS } from "../../../shared/limits.ts";
import { log } from "../../log.ts";
import { RefusalCounter } from "../../rate-limit.ts";
import type { ClientSocket } from "./client-socket.ts";

export class Replies {
  readonly #client: ClientSocket;
  readonly #refusals = new RefusalCounter(FLOOD_REFUSALS, FLOOD_WINDOW_MS);

  constructor(client: ClientSocket) {
    this.#client = client;
  }

  /** An error always, a result where it was asked for by an id (section 4). */
  answer(requestId: string | undefined, result: Result<object>): void {
    const id = requestId === undefined ? {} : { requestId };
    if (result.ok) {
      if (requestId !== undefined) this.#client.send({ ...id, ...result.value });
      return;
    }
    const { ok: _, ...error } = result;
    log("debug", "frame refused", { code: error.code });
    this.#client.send({ ...id, ...error });
  }

  /** Answers with why; `weight`: as how many refusals it counts. Returns whether these are too many. */
  refuse(requestId: string | undefined, why: Failure, now: number, weight: number): boolean {
    this.answer(requestId, why);
    for (let n = 1; n < weight; n++) this.#refusals.note(now);
    return this.#refusals.note(now);
  }
}
