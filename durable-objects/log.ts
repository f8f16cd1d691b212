/**
 * What the hub tells its operator: one line of JSON each, in the shape in which the launcher logs too. Never what a message
 * says, never a key, an identity or a query: only names, codes and counts.
 */
import type { Env } from "./env.ts";

const RANK = { debug: 0, info: 1, warn: 2, error: 3 } as const;
export type LogLevel = keyof typeof RANK;
type Facts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Of this process: its objects share their settings. */
let lowest: number = RANK.info;

/** Takes CC2CC_LOG_LEVEL over; anything that is no level means `info`. */
export function setLogLevel({ CC2CC_LOG_LEVEL = "" }: Pick<Env, "CC2CC_LOG_LEVEL">): void {
  lowest = Object.hasOwn(RANK, CC2CC_LOG_LEVEL) ? RANK[CC2CC_LOG_LEVEL as LogLevel] : RANK.info;
}

/** Writes a line where its level is wanted. What comes once per message is `debug`, which is off by default. */
export function log(level: LogLevel, message: string, facts: Facts = {}): void {
  if (RANK[level] < lowest) return;
  const time = new Date().toISOString();
  console.log(
    JSON.stringify({ "@timestamp": time, level: level.toUpperCase(), message, logger: "cc2cc.hub", properties: facts }),
  );
}

/**
 * An error without what it quotes: V8 puts the text that it could not parse into the message of a SyntaxError, and that
 * text may be anyone's.
 */
export function errorText(error: unknown): string {
  if (error instanceof SyntaxError) return "SyntaxError";
  return String(error).replace(/^SyntaxError: .*/s, "SyntaxError");
}
