/** Signing in: a browser trades its key for a cookie that no script can read. */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import type { CookieOptions } from "hono/utils/cookie";
import { directoryOf } from "../../durable-objects/env.ts";
import type { Principal } from "../../durable-objects/principal.ts";
import { SessionInfo, SessionLink } from "../../shared/keys.ts";
import { KEY_MAX_LENGTH } from "../../shared/limits.ts";
import { publicOriginOf } from "../allow-lists.ts";
import { cookieNamesOf, sessionOf } from "../auth.ts";
import type { HubEnv } from "../hub-env.ts";
import { body, json, refuse, restRoute, resultOf } from "./declare.ts";

const tags = ["Session"];
const path = "/api/session";
const secret = z.string().trim().min(1).max(KEY_MAX_LENGTH);
const SignInBody = z.union([z.object({ key: secret }), z.object({ code: secret })]);

export const signIn = restRoute(
  null,
  {
    method: "post",
    path,
    tags,
    summary: "Sign in",
    description:
      "With a key, or with the `code` of a link (`POST /api/session/links`), which works once. Sets the cookie " +
      "`cc2cc_session_<port>` (without `_<port>` where the address has none), and beside it `cc2cc_signed_in_<port>`, which opens nothing and tells scripts of the page that there is one. " +
      "After ten wrong ones in a minute further wrong ones are answered with 429; a right one always signs in.",
    request: body(SignInBody),
    responses: { 200: json(SessionInfo, "Signed in") },
  },
  async (c) => {
    const signedIn = await resultOf(directoryOf(c.env).signIn(c.req.valid("json"), clientOf(c.req.raw), Date.now()));
    if (!signedIn.ok) return refuse(signedIn);
    const { principal, session, expiresAt } = signedIn.value;
    const options = { ...cookieOptions(c), expires: new Date(expiresAt) };
    const names = cookieNamesOf(c.req.raw);
    setCookie(c, names.session, session, options);
    setCookie(c, names.mark, "1", { ...options, httpOnly: false });
    return c.json(sessionInfo(principal, expiresAt), 200);
  },
);

export const makeLink = restRoute(
  "admin",
  {
    method: "post",
    path: `${path}/links`,
    tags,
    summary: "Make a link that signs in once",
    description:
      "Within ten minutes, as the key that asks for it. The page signs in with `#code=<code>` behind its address, which reaches " +
      "no server and no log.",
    responses: { 201: json(SessionLink, "The code, shown this once") },
  },
  async (c) => c.json(await directoryOf(c.env).makeLink(c.var.principal.keyId, Date.now()), 201),
);

export const whoAmI = restRoute(
  "observer",
  {
    method: "get",
    path,
    tags,
    summary: "Who am I?",
    responses: { 200: json(SessionInfo, "What this key or session may do") },
  },
  async (c) => c.json(sessionInfo(c.var.principal, c.var.expiresAt), 200),
);

export const signOut = restRoute(
  null,
  {
    method: "delete",
    path,
    tags,
    summary: "Sign out",
    description:
      "The session opens nothing any more, wherever its cookie is, and its sockets close (4003). Revoking the key ends all " +
      "sessions that were opened with it.",
    responses: { 200: json(z.object({ signedOut: z.literal(true) }), "The session has ended") },
  },
  async (c) => {
    const session = sessionOf(c.req.raw);
    if (session !== undefined) await directoryOf(c.env).endSession(session, Date.now());
    for (const name of Object.values(cookieNamesOf(c.req.raw))) deleteCookie(c, name, cookieOptions(c));
    return c.json({ signedOut: true as const }, 200);
  },
);

/** Whom failures are counted by. Only Cloudflare says who a client is; on a LAN all clients share a count. */
function clientOf(request: Request): string {
  const isCloudflare = request.cf?.colo !== undefined;
  return (isCloudflare ? request.headers.get("cf-connecting-ip") : null) ?? "";
}

function cookieOptions(c: Context<HubEnv>): CookieOptions {
  const isHttps = publicOriginOf(c.req.raw).startsWith("https:");
  return { httpOnly: true, sameSite: "Strict", path: "/", secure: isHttps };
}

function sessionInfo({ scope, name, pattern }: Principal, expiresAt: number | null): SessionInfo {
  return {
    scope,
    ...(name === null ? {} : { name }),
    ...(pattern === null ? {} : { pattern }),
    ...(expiresAt === null ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
  };
}
