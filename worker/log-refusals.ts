/** What was refused, for the operator: the code and the way, never a query, a body or a key. */
import { createMiddleware } from "hono/factory";
import { type LogLevel, log, setLogLevel } from "../durable-objects/log.ts";
import type { HubEnv } from "./hub-env.ts";

/** More than these in a minute say nothing new, and a log that anyone can fill is no log. */
const LINES_PER_MINUTE = 60;
const MINUTE_MS = 60_000;
const PATH_MAX_LENGTH = 120;

let minute = 0;
let lines = 0;

export const logRefusals = createMiddleware<HubEnv>(async (c, next) => {
  setLogLevel(c.env);
  await next();
  const { status } = c.res;
  if (status < 400 || !takeLine(Date.now())) return;
  const { code } = (await c.res
    .clone()
    .json()
    .catch(() => ({}))) as { code?: string };
  log(levelOf(status), "request refused", { method: c.req.method, path: maskPath(c.req.path), status, code });
});

/** Wrong keys and forbidden things are for an operator to see; what a client asked wrongly is the client's business. */
function levelOf(status: number): LogLevel {
  return status === 401 || status === 403 || status >= 500 ? "warn" : "info";
}

function takeLine(now: number): boolean {
  if (now - minute >= MINUTE_MS) {
    if (lines > LINES_PER_MINUTE) log("warn", "more requests refused", { count: lines - LINES_PER_MINUTE });
    minute = now;
    lines = 0;
  }
  return ++lines <= LINES_PER_MINUTE;
}

/** Someone may have put a key where a path belongs. */
export function maskPath(path: string): string {
  return path.slice(0, PATH_MAX_LENGTH).replace(/cc2cc_\w+|[A-Za-z0-9_-]{40,}/g, "…");
}
