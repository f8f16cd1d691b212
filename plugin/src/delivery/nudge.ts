/** The one nudge that a session may have outstanding: its host runs each that it is given, and each is a turn. */

/**
 * How long an idle session may take to begin the turn. Codex's command takes 0.2 to 5 s and its session some seconds
 * more to look into its queue (seen on 0.171.0).
 */
export const NUDGE_GRACE_MS = 30_000;

/**
 * What stands as the prompt of the turn, for the person and the model to read. The messages come beside it, by the hook
 * that runs for a prompt.
 */
export const NUDGE =
  "cc2cc: messages of other sessions have come; they stand beside this line. Answer a task or question with send_message of cc2cc: type ack at once, type result when it is done.";

/** Whether a prompt is our own. */
export function isNudge(prompt: string | undefined): boolean {
  return prompt?.trim() === NUDGE;
}

type NudgeState =
  | { is: "none" }
  /** Given to the host, which has not begun its turn. */
  | { is: "outstanding"; at: number };

export class Nudge {
  #state: NudgeState = { is: "none" };

  get isOutstanding(): boolean {
    return this.#state.is === "outstanding";
  }

  send(now: number): void {
    this.#state = { is: "outstanding", at: now };
  }

  /** Its turn begins, or it is known to be lost. */
  end(): void {
    this.#state = { is: "none" };
  }

  /** Whether a session that is idle since `idleSince` should have begun its turn by now. */
  isOverdue(now: number, idleSince: number): boolean {
    return this.#state.is === "outstanding" && now - Math.max(this.#state.at, idleSince) >= NUDGE_GRACE_MS;
  }
}
