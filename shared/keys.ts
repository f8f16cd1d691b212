/** Keys and what they may do (protocol C3, C8, section 7). */
import { z } from "zod";
import { KEY_NAME_MAX_LENGTH, KEY_PATTERN_MAX_LENGTH } from "./limits.ts";
import { WellFormedText } from "./well-formed-text.ts";

/**
 * `observer` reads; `member` also sends and keeps topics; `approver` may what a member may, and answers approvals (H2); `admin`
 * also removes what is others', and keeps the keys. An admin answers no approvals: sessions have that key, too.
 */
export const Scope = z.enum(["admin", "approver", "member", "observer"]);
export type Scope = z.infer<typeof Scope>;

/** A glob over `user@host:project`. One without `@`, `:` or `*` could name nobody. */
export const KeyPattern = z
  .string()
  .max(KEY_PATTERN_MAX_LENGTH)
  .regex(/^(?=.*[@:*])[A-Za-z0-9._@:*-]+$/, "must be a glob over user@host:project, such as alice@* or *@ci:api");

/** What an admin asks for. */
export const KeyRequest = z
  .object({
    name: WellFormedText.trim().min(1).max(KEY_NAME_MAX_LENGTH),
    scope: Scope,
    pattern: KeyPattern.optional(),
  })
  // An admin could mint itself a key without one.
  .refine((request) => request.scope !== "admin" || request.pattern === undefined, "an admin key has no pattern");
export type KeyRequest = z.infer<typeof KeyRequest>;

/** A key as lists show it; the key itself is known to its holder alone. */
export const KeyInfo = z
  .object({
    /** Of a key of the environment: `env-` and the first 8 digits of its SHA-256. */
    id: z.string(),
    name: z.string(),
    scope: Scope,
    pattern: z.string().optional(),
    /** `environment`: one of CC2CC_HUB_API_KEY, which only a restart without it ends. */
    origin: z.enum(["environment", "minted"]),
    /** The id of the key that minted it; left out for one of the environment, and for those from before it was noted. */
    mintedBy: z.string().optional(),
    /** Only of a minted key. */
    createdAt: z.iso.datetime().optional(),
    /** To the minute. */
    lastUsedAt: z.iso.datetime().optional(),
    /** Open sockets that came with it or with a session of it: instances, dashboards and event streams. */
    connections: z.number().int(),
    /** The instances among them, by name, the first 100. */
    instances: z.array(z.string()),
  })
  .meta({ id: "KeyInfo" });
export type KeyInfo = z.infer<typeof KeyInfo>;

/** A key that was just made. */
export const NewKey = KeyInfo.extend({ key: z.string() }).meta({ id: "NewKey" });
export type NewKey = z.infer<typeof NewKey>;

/** Signs in once, as the key of who asked for it. */
export const SessionLink = z.object({ code: z.string(), expiresAt: z.iso.datetime() }).meta({ id: "SessionLink" });
export type SessionLink = z.infer<typeof SessionLink>;

/** Who a request comes from: the answer to `GET /api/session`. */
export const SessionInfo = z
  .object({
    scope: Scope,
    name: z.string().optional(),
    pattern: z.string().optional(),
    /** Only for a session: a key itself has no end. */
    expiresAt: z.iso.datetime().optional(),
  })
  .meta({ id: "SessionInfo" });
export type SessionInfo = z.infer<typeof SessionInfo>;

export { isInPattern } from "./key-pattern.ts";
