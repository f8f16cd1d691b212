/** Keys and what they may do (protocol C3, C8, section 7). */
import { z } from "zod";
import { KEY_NAME_MAX_LENGTH, KEY_PATTERN_MAX_LENGTH } from "./limits.ts";

/** `observer` reads; `member` also sends and keeps topics; `admin` also removes what is others', and keeps the keys. */
export const Scope = z.enum(["admin", "member", "observer"]);
export type Scope = z.infer<typeof Scope>;

/** A glob over `user@host:project`. One without `@`, `:` or `*` could name nobody. */
export const KeyPattern = z
  .string()
  .max(KEY_PATTERN_MAX_LENGTH)
  .regex(/^(?=.*[@:*])[A-Za-z0-9._@:*-]+$/, "must be a glob over user@host:project, such as alice@* or *@ci:api");

/** What an admin asks for. */
export const KeyRequest = z
  .object({
    name: z.string().trim().min(1).max(KEY_NAME_MAX_LENGTH),
    scope: Scope,
    pattern: KeyPattern.optional(),
  })
  // An admin could mint itself a key without one.
  .refine((request) => request.scope !== "admin" || request.pattern === undefined, "an admin key has no pattern");
export type KeyRequest = z.infer<typeof KeyRequest>;

/** A minted key as lists show it; the key itself is known to its holder alone. */
export const KeyInfo = z
  .object({
    id: z.string(),
    name: z.string(),
    scope: Scope,
    pattern: z.string().optional(),
    createdAt: z.iso.datetime(),
    /** To the minute. */
    lastUsedAt: z.iso.datetime().optional(),
  })
  .meta({ id: "KeyInfo" });
export type KeyInfo = z.infer<typeof KeyInfo>;

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

/** Whether an instance id, its session aside, is inside a key's pattern (C8). `*` is any run of characters. */
export function isInPattern(pattern: string, instanceId: string): boolean {
  const address = instanceId.split("/", 1)[0] as string;
  const glob = pattern.split(/\*+/).map((text) => text.replace(/[.]/g, "\\."));
  return new RegExp(`^${glob.join(".*")}$`).test(address);
}
