/** Why a frame is refused by its mailbox, before the exchange hears of it. */
import { type Failure, failure } from "../../../shared/errors.ts";
import { CLAIM_NAMES_PER_FRAME, SCHEDULE_FRAMES } from "../../../shared/limits.ts";
import type { ClientFrame } from "../../../shared/protocol.ts";

export const UNREACHABLE = failure(
  "internal",
  "The hub cannot do this now; it has logged why. Trying again with the same messageId is safe.",
);
export const BINARY = failure("invalid_payload", "Frames are JSON text messages, not binary ones.");

export function rateLimited(retryAfterMs: number): Failure {
  return failure("rate_limited", `Too many frames; try again in ${retryAfterMs} ms.`, { retryAfterMs });
}

/** E4: as how many frames one counts. Each name of a claim is stored, and told to everyone who watches. */
export function frameWeight(frame: ClientFrame): number {
  switch (frame.action) {
    case "claim":
      return Math.ceil(frame.names.length / CLAIM_NAMES_PER_FRAME);
    case "create_schedule":
    case "update_schedule":
      return SCHEDULE_FRAMES;
    default:
      return 1;
  }
}

/** What is refused for what it says counts as one refusal for so many characters (4029): reading it was the work. */
const LENGTH_PER_REFUSAL = 16_384;

/** As how many refusals a text or frame of this length counts. */
export function refusalWeight(length: number): number {
  return Math.max(1, Math.ceil(length / LENGTH_PER_REFUSAL));
}
