/** What the person of a session is told unasked, in one line that costs the model nothing: trouble, and its end. */

import type { HubClient } from "../../../client/hub-client.ts";
import { pausedNote } from "../../../shared/paused-note.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { WakeLimit } from "../delivery/wake-budget.ts";
import { restNote, wakesNote } from "../delivery/wake-words.ts";

/** A hub that restarts is back within this; a session that has just begun has connected. */
const PATIENCE_MS = 5_000;

type Trouble = "missing" | "refused" | "away" | "paused" | "tired" | "asleep";

export interface NoticesOptions {
  client: Pick<HubClient, "standing" | "trouble" | "instanceId" | "paused">;
  /** G2. */
  wakes: WakeLimit;
  /** What is wrong with the settings, though they let it connect. */
  problems: readonly string[];
  delivery: Pick<Delivery, "wakePaths" | "path" | "restsUntil">;
  now(): number;
}

export class Notices {
  readonly #options: NoticesOptions;
  #told: Trouble | undefined;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  /** Returns a sentence that was not said yet; undefined where there is nothing new. */
  take(): string | undefined {
    const trouble = this.#trouble();
    if (trouble === this.#told) return undefined;
    this.#told = trouble;
    return `cc2cc: ${trouble === undefined ? this.#recovery() : this.#sentence(trouble)}`;
  }

  #trouble(): Trouble | undefined {
    const { client, problems, delivery, now } = this.#options;
    const { standing } = client;
    if (standing.is === "away") return now() - standing.since < PATIENCE_MS ? this.#told : "away";
    if (standing.is === "missing" || standing.is === "refused") return standing.is;
    if (problems.length > 0) return "missing";
    if (client.paused !== undefined) return "paused";
    if (delivery.restsUntil !== undefined) return "tired";
    const isResting = delivery.wakePaths.some(({ state }) => state.is === "resting");
    return isResting && delivery.path === "hooks" ? "asleep" : undefined;
  }

  #recovery(): string {
    return `connected as ${this.#options.client.instanceId}.`;
  }

  #sentence(trouble: Trouble): string {
    const { client, problems, delivery, wakes } = this.#options;
    if (trouble === "paused" && client.paused !== undefined) return pausedNote(client.paused);
    if (trouble === "tired") return `${wakesNote(wakes)} ${restNote(delivery.restsUntil ?? 0)}`;
    if (trouble !== "asleep") return client.trouble ?? problems.join(" ");
    const reasons = delivery.wakePaths.flatMap(({ by, state }) => {
      return state.is === "resting" ? [`${by}: ${state.reason}`] : [];
    });
    return `messages do not wake this session (${reasons.join("; ")}); they come with your next prompt.`;
  }
}
