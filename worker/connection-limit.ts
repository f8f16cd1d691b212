/** How many sockets the process may hold: past its limit of open files, workerd would end and take everyone along. */
import { createMiddleware } from "hono/factory";
import { type Env, exchangeOf, journalOf } from "../durable-objects/env.ts";
import { problemOf } from "../durable-objects/problem.ts";
import { failure } from "../shared/errors.ts";
import { socketsWithin } from "../shared/open-files.ts";
import type { HubEnv } from "./hub-env.ts";

const RETRY_MS = 10_000;

/** At most so many sockets are open: the count of the last time that was asked for, and each that was let in since. */
let atMost = 0;
/** Upgrades that were let through and may not be counted as open yet. */
let underWay = 0;

/** Lets an upgrade through while there is room for its socket; 503 otherwise, with when to come back. */
export const requireSocketRoom = createMiddleware<HubEnv>(async (c, next) => {
  const openFiles = Number(c.env.CC2CC_OPEN_FILES);
  // Where nobody has said what the limit is, as on Cloudflare, it is not ours to keep.
  if (!(openFiles > 0)) return next();
  const max = socketsWithin(openFiles);
  if (atMost >= max) atMost = (await countOpen(c.env)) + underWay;
  if (atMost >= max) {
    const error = `The hub holds ${max} connections, which is all that its limit of ${openFiles} open files allows: try again later, and have whoever runs it raise that limit.`;
    return problemOf(failure("overloaded", error, { retryAfterMs: RETRY_MS }));
  }
  atMost++;
  underWay++;
  try {
    return await next();
  } finally {
    underWay--;
  }
});

async function countOpen(env: Env): Promise<number> {
  const [{ online }, streams] = await Promise.all([exchangeOf(env).health(), journalOf(env).countStreams()]);
  return (streams as [string, number][]).reduce((sum, [, count]) => sum + count, online);
}
