/** What a pause means to a session, in words for its model and its person. */
import { neutralise } from "./neutralise.ts";
import type { Pause } from "./pauses.ts";

export function pausedNote({ target, by, reason }: Pause): string {
  const what =
    target === "all" ? "All sessions are" : target.startsWith("project:") ? "This project is" : "This session is";
  const why = reason === undefined ? "" : `: ${neutralise(reason)}`;
  return `${what} paused by ${neutralise(by)}${why}. Other messages wait, and what you send is refused, until it is resumed.`;
}
