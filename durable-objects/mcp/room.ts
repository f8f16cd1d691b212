/**
 * How much all MCP sessions of a process may hold. A session costs its client one request, so that a key could fill the
 * memory by names alone; a call that waits holds an open file (docs/security.md). On Cloudflare, whose objects are spread,
 * neither is ours to count.
 */
import { type Failure, failure } from "../../shared/errors.ts";
import { MCP_REMEMBERED_MAX, MCP_SESSIONS_MAX } from "../../shared/limits.ts";
import { callsWithin } from "../../shared/open-files.ts";
import type { Env } from "../env.ts";

const RETRY_MS = 10_000;

let sessions = 0;
let remembered = 0;
let calls = 0;

/** Takes the place of a session that goes online, until `leaveSession`; or says that there is none. */
export function enterSession(): Failure | null {
  if (sessions >= MCP_SESSIONS_MAX) {
    const error = `This hub has ${MCP_SESSIONS_MAX} MCP sessions online, which is all that it takes: try again later.`;
    return failure("overloaded", error, { retryAfterMs: RETRY_MS });
  }
  sessions++;
  return null;
}

export function leaveSession(): void {
  sessions--;
}

/** Takes the place of an object that remembers what it was handed while nobody is online; false where there is none. */
export function enterMemory(): boolean {
  if (remembered >= MCP_REMEMBERED_MAX) return false;
  remembered++;
  return true;
}

export function leaveMemory(): void {
  remembered--;
}

/** The same for a call that is open. */
export function enterCall({ CC2CC_OPEN_FILES }: Pick<Env, "CC2CC_OPEN_FILES">): Failure | null {
  const openFiles = Number(CC2CC_OPEN_FILES);
  if (openFiles > 0 && calls >= callsWithin(openFiles)) {
    const error = `${calls} calls are open on this hub, which is all that its limit of ${openFiles} open files allows: try again later, and have whoever runs it raise that limit.`;
    return failure("overloaded", error, { retryAfterMs: RETRY_MS });
  }
  calls++;
  return null;
}

export function leaveCall(): void {
  calls--;
}
