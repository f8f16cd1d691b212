/** How a route is declared: the declaration is its document, its validator and its type. */
import { createRoute, type RouteConfig, type RouteHandler, z } from "@hono/zod-openapi";
import type { Handler, MiddlewareHandler, TypedResponse } from "hono";
import type { ClientErrorStatusCode } from "hono/utils/http-status";
import { problemOf } from "../../durable-objects/problem.ts";
import { ERROR_STATUS, type ErrorCode, type Failure, type Result } from "../../shared/errors.ts";
import type { Scope } from "../../shared/keys.ts";
import { BODY_MAX_BYTES } from "../../shared/limits.ts";
import { requireKey, requireKnownOrigin, requireScope } from "../guards.ts";
import type { HubEnv } from "../hub-env.ts";
import { readBody, readStrangersBody } from "../request-body.ts";

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    /** A sentence a person can act on. */
    error: z.string(),
    code: z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]),
    retryAfterMs: z.number().optional(),
  })
  .meta({ id: "Problem" });
type Problem = z.infer<typeof Problem>;

const REFUSED = { content: { "application/problem+json": { schema: Problem } } };
const REFUSALS = {
  "4XX": { ...REFUSED, description: "Refused; `error` says why and what to do" },
  "5XX": { ...REFUSED, description: "The hub failed" },
} as const;

/** A route and what it does. */
export interface RestRoute {
  route: RouteConfig;
  // Each handler's type is tied to its own declaration below; a list of them has no common one.
  handler: Handler;
}

/** Declares a route that wants a key of at least this scope; null for one that anybody may ask. `maxBytes` is for its body. */
export function restRoute<const R extends RouteConfig>(
  scope: Scope | null,
  config: R,
  handler: RouteHandler<Declared<R>, HubEnv>,
  maxBytes = BODY_MAX_BYTES,
): RestRoute {
  return { route: declare(scope, config, maxBytes), handler: handler as Handler };
}

type Declared<R extends RouteConfig> = Omit<R, "responses" | "middleware"> & {
  responses: R["responses"] & typeof REFUSALS;
};

function declare(scope: Scope | null, config: RouteConfig, maxBytes: number): RouteConfig {
  const guards: MiddlewareHandler<HubEnv>[] = scope === null ? [requireKnownOrigin] : [requireKey, requireScope(scope)];
  // Only now: who may not ask for this is told so without a byte of its body being read.
  if (config.request?.body !== undefined) guards.push(scope === null ? readStrangersBody : readBody(maxBytes));
  return createRoute({
    ...config,
    ...(scope === null ? {} : { security: [{ key: [] }, { session: [] }], "x-cc2cc-scope": scope }),
    middleware: guards,
    responses: { ...config.responses, ...REFUSALS },
  });
}

/** A path that is served elsewhere, for the document. */
export function withRefusals(config: RouteConfig): RouteConfig {
  return { ...config, responses: { ...config.responses, ...REFUSALS } };
}

export function json<const S extends z.ZodType>(schema: S, description: string) {
  return { content: { "application/json": { schema } }, description };
}

/** A body that must be there, and be JSON. */
export function body<const S extends z.ZodType>(schema: S) {
  return { body: { content: { "application/json": { schema } }, required: true } } as const;
}

/** A failure as the answer of a handler. */
export function refuse(failure: Failure) {
  return problemOf(failure) as Response & TypedResponse<Problem, ClientErrorStatusCode, "json">;
}

/** A result of another object. The types of RPC lose its failures, because their details may hold anything. */
export async function resultOf<T>(answer: Promise<{ ok: true; value: T }>): Promise<Result<T>> {
  return answer as Promise<Result<T>>;
}
