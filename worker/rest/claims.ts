/** Who holds what (L1), for people: a list, and force. Claiming is for sessions. */
import { z } from "@hono/zod-openapi";
import { exchangeOf } from "../../durable-objects/env.ts";
import { CLAIM_NAME_MAX_LENGTH, PAGE_MAX } from "../../shared/limits.ts";
import { ClaimPage, ClaimWaitPage } from "../../shared/rest.ts";
import { patternRefusal } from "../guards.ts";
import { json, refuse, restRoute, resultOf } from "./declare.ts";

const tags = ["Claims"];

const claimsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_MAX),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, "must be the nextCursor of an earlier page")
    .optional(),
});

export const listClaims = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/claims",
    tags,
    summary: "Names that sessions hold, the oldest first",
    request: { query: claimsQuery },
    responses: { 200: json(ClaimPage, "One page") },
  },
  async (c) => {
    const { limit, cursor } = c.req.valid("query");
    return c.json(await exchangeOf(c.env).listClaims(Number(cursor ?? 0), limit), 200);
  },
);

export const listClaimWaits = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/claims/waits",
    tags,
    summary: "Who waits in line for claims, and for whom, the first in line first",
    description: "A page may have fewer than `limit` and not be the last: what is compared for one has a bound.",
    request: { query: claimsQuery },
    responses: { 200: json(ClaimWaitPage, "One page") },
  },
  async (c) => {
    const { limit, cursor } = c.req.valid("query");
    return c.json(await exchangeOf(c.env).listClaimWaits(Number(cursor ?? 0), limit), 200);
  },
);

export const forceRelease = restRoute(
  "admin",
  {
    method: "delete",
    path: "/api/claims",
    tags,
    summary: "Take a name from whoever holds it; they are told",
    request: { query: z.object({ name: z.string().min(1).max(CLAIM_NAME_MAX_LENGTH) }) },
    responses: {
      200: json(
        z.object({ released: z.literal(true), name: z.string(), holders: z.array(z.string()) }),
        "Nobody holds it",
      ),
    },
  },
  async (c) => {
    const { name } = c.req.valid("query");
    const { principal } = c.var;
    const refusal = patternRefusal(principal, null);
    if (refusal !== null) return refuse(refusal);
    const by = principal.name === null ? "An admin" : `An admin (${principal.name})`;
    const result = await resultOf(exchangeOf(c.env).forceRelease(name, by));
    return result.ok ? c.json({ released: true as const, name, holders: result.value }, 200) : refuse(result);
  },
);
