import { type Failure, failure } from "../../shared/errors.ts";
import { errorText, log } from "../log.ts";

/** What a client hears of a bug or of an object that cannot be reached; the log has the reason. */
export function internalFailure(error: unknown): Failure {
  log("error", "action failed", { error: errorText(error) });
  return failure(
    "internal",
    "The hub failed to do this; it has logged why. Trying again with the same messageId is safe.",
  );
}
