/** What every request passes before its handler, in the order of `worker/index.ts`. */
import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import type { Principal } from "../durable-objects/principal.ts";
import { problem, problemOf } from "../durable-objects/problem.ts";
import { type Failure, failure } from "../shared/errors.ts";
import { isInPattern, type Scope } from "../shared/keys.ts";
import { foreignOrigin, hostOf, isAllowedHost, isAllowedOrigin, listOf, originRefusal } from "./allow-lists.ts";
import { bearerOf, identify, presentedCredential } from "./auth.ts";
import type { HubEnv } from "./hub-env.ts";

/** Answers only to the hub's own names. */
export const requireKnownHost = createMiddleware<HubEnv>(async (c, next) => {
  const host = hostOf(c.req.raw);
  if (isAllowedHost(host, c.env)) return next();
  const name = host.slice(0, 200);
  return problem(
    "forbidden",
    `This hub is not known as ${name}. If it should be, add the name to CC2CC_ALLOWED_HOSTS.`,
  );
});

/** Lets the pages of CC2CC_DASHBOARD_ORIGIN, and no others, read what they asked for. */
export const allowDashboardOrigins = cors({
  origin: (origin, c) =>
    listOf((c.env as HubEnv["Bindings"]).CC2CC_DASHBOARD_ORIGIN).includes(origin) ? origin : null,
  credentials: true,
  allowMethods: ["GET", "HEAD", "POST", "PATCH", "DELETE"],
  allowHeaders: ["authorization", "content-type"],
  maxAge: 600,
});

/** What a key opened is for its holder alone, and is what its type says. */
export const keepPrivate = createMiddleware<HubEnv>(async (c, next) => {
  await next();
  c.res.headers.set("cache-control", "no-store");
  c.res.headers.set("x-content-type-options", "nosniff");
});

/** A hub that nobody has given a key yet, as one is after its first deployment, says so; it lets nobody in. */
export const requireOwnKey = createMiddleware<HubEnv>(async (c, next) => {
  if (listOf(c.env.CC2CC_HUB_API_KEY).length > 0) return next();
  return problem(
    "no_key_set",
    "This hub has no key yet, so it lets nobody in: whoever runs it sets CC2CC_HUB_API_KEY, on Cloudflare by `wrangler secret put CC2CC_HUB_API_KEY`.",
  );
});

const WRONG_KEY =
  "That key is not one of this hub's. Compare it with the `key` file of its data folder, or its CC2CC_HUB_API_KEY.";

/** Lets a request through that brings a key or a session of this hub (C3); 401 otherwise, never an upgrade. */
export const requireKey = createMiddleware<HubEnv>(async (c, next) => {
  const request = c.req.raw;
  const credential = presentedCredential(request, new URL(request.url));
  if (credential === null) {
    return problem("unauthorized", "This hub wants a key: send it as Authorization: Bearer <key>.");
  }
  const refusal = originRefusal(request, credential.kind === "session", c.env);
  if (refusal !== null) return problemOf(refusal);
  const identified = await identify(credential, c.env, Date.now());
  if (identified === null) {
    return credential.kind === "session"
      ? problem("unauthorized", "That session has ended; sign in again.")
      : problem("unauthorized", WRONG_KEY);
  }
  c.set("principal", identified.principal);
  c.set("expiresAt", identified.expiresAt);
  return next();
});

/** Only a key in `Authorization` counts: no page can make a browser add it, and none of the others' origin may ask at all. */
export const requireBearer = createMiddleware<HubEnv>(async (c, next) => {
  const origin = c.req.header("origin");
  if (origin !== undefined && !isAllowedOrigin(origin, c.req.raw, c.env)) return problemOf(foreignOrigin(origin));
  const key = bearerOf(c.req.raw);
  if (key === null) {
    return problem(
      "unauthorized",
      "This path takes a key as Authorization: Bearer <key>, and nothing else in its place.",
    );
  }
  const identified = await identify({ kind: "key", key }, c.env, Date.now());
  if (identified === null) return problem("unauthorized", WRONG_KEY);
  c.set("principal", identified.principal);
  c.set("expiresAt", null);
  return next();
});

/** For what a browser asks without a credential, or with one that it is about to lose: signing in and out. */
export const requireKnownOrigin = createMiddleware<HubEnv>(async (c, next) => {
  const refusal = c.req.header("origin") === undefined ? null : originRefusal(c.req.raw, true, c.env);
  return refusal === null ? next() : problemOf(refusal);
});

/** An approver is a member besides: whether somebody may answer approvals is asked by name, of the exchange. */
const RANK: Record<Scope, number> = { observer: 0, member: 1, approver: 1, admin: 2 };

/** After `requireKey`: lets only keys of this scope or a higher one through. */
export function requireScope(scope: Scope) {
  return createMiddleware<HubEnv>(async (c, next) => {
    const { principal } = c.var;
    if (RANK[principal.scope] >= RANK[scope]) return next();
    return problem("forbidden", `This needs a key of scope ${scope}; yours is of scope ${principal.scope}.`);
  });
}

/**
 * C8: a key with a pattern works nowhere else. Says why it may not change this instance, or, with no instance named, what
 * belongs to nobody in particular; null when it may.
 */
export function patternRefusal({ pattern }: Principal, instanceId: string | null): Failure | null {
  if (pattern === null || (instanceId !== null && isInPattern(pattern, instanceId))) return null;
  const what = instanceId === null ? "this belongs to no instance of it" : `${instanceId} is not one of it`;
  return failure("forbidden", `This key is for ${pattern}; ${what}.`);
}
