import { createMiddleware } from "hono/factory";
import type { Env } from "../durable-objects/env.ts";
import { problem } from "../durable-objects/upgrade.ts";
import { isHubKey, presentedKey } from "./auth.ts";

/** Lets a request through that brings a key of this hub (C3); 401 otherwise, never an upgrade. */
export const requireKey = createMiddleware<{ Bindings: Env }>(async (c, next) => {
  const key = presentedKey(c.req.raw, new URL(c.req.url));
  if (key === null) {
    return problem("unauthorized", "This hub wants a key: send it as Authorization: Bearer <key>.");
  }
  if (!(await isHubKey(key, c.env.CC2CC_HUB_API_KEY))) {
    return problem("unauthorized", "That key is not one of this hub's. Compare it with the hub's CC2CC_HUB_API_KEY.");
  }
  return next();
});
