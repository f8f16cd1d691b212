import { type Failure, failure } from "../../shared/errors.ts";

/** What a client hears of a bug or of an object that cannot be reached; the log has the reason. */
export function internalFailure(error: unknown): Failure {
  console.error("action failed", { error: String(error) });
  return failure(
    "internal",
    "The hub failed to do this; it has logged why. Trying again with the same messageId is safe.",
  );
}
