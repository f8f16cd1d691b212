/** What goes wrong outside a handler's own answers, as a problem. */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { errorText, log } from "../durable-objects/log.ts";
import { problem } from "../durable-objects/problem.ts";
import type { HubEnv } from "./hub-env.ts";
import { maskPath } from "./log-refusals.ts";

export function answerNotFound(c: Context<HubEnv>): Response {
  return problem("not_found", `This hub has no ${c.req.method} ${c.req.path}.`);
}

/** Never names the query: `?key=` may be in it. */
export function answerError(error: Error, c: Context<HubEnv>): Response {
  if (error instanceof HTTPException && error.status === 400) {
    return problem("invalid_json", "The body is not JSON.");
  }
  if (error instanceof HTTPException && error.status === 415) {
    return problem("unsupported_media_type", "The body must be JSON, with content-type application/json.");
  }
  log("error", "request failed", { method: c.req.method, path: maskPath(c.req.path), error: errorText(error) });
  return problem("internal", "The hub failed to do this; it has logged why.");
}
