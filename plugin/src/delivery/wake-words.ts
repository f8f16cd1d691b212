/** What a person, or the model, is told of a session that is not woken any more for some time (G2). */
import type { WakeLimit } from "./wake-budget.ts";

export function wakesNote({ count, windowMs }: WakeLimit): string {
  const minutes = Math.round(windowMs / 60_000);
  const window = minutes === 0 ? `${windowMs / 1_000} s` : minutes === 1 ? "a minute" : `${minutes} minutes`;
  return `Messages woke this session ${count} times in ${window}, which is the limit.`;
}

/** `until` in epoch ms. */
export function restNote(until: number): string {
  return `More come with your next prompt, or together after ${new Date(until).toLocaleTimeString("en-GB")}.`;
}
