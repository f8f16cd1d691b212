/** What a hub without room on its disk says of a new message. Acks, reads and connections need little, and go on. */
import { type Failure, failure } from "../../shared/errors.ts";

const RETRY_MS = 10_000;

export const DISK_FULL: Failure = failure(
  "disk_full",
  "The hub's disk is full, so it takes no new messages: try again when whoever runs it has made room. What waits is still given and acked.",
  { retryAfterMs: RETRY_MS },
);
