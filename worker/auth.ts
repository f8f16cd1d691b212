/** Who may come in (C3): the first credential present decides, and only it. */
import { parse } from "hono/utils/cookie";
import { directoryOf, type Env } from "../durable-objects/env.ts";
import { sha256Hex } from "../durable-objects/hash.ts";
import { adminOfKey, type Principal } from "../durable-objects/principal.ts";
import { BEARER_PREFIX, SUBPROTOCOL } from "../shared/protocol.ts";
import { SESSION_MARK_COOKIE } from "../shared/session-mark.ts";
import { hostOf } from "./allow-lists.ts";

const SESSION_COOKIE = "cc2cc_session";

export type Credential = { kind: "key"; key: string } | { kind: "session"; session: string };

/** Who a credential stands for, and when a session ends (epoch ms; null for a key). */
export interface Identified {
  principal: Principal;
  expiresAt: number | null;
}

/** What keys made by this hub look like; nothing else is worth a question to the directory. */
const MINTED_KEY = /^cc2cc_[0-9a-f]{64}$/;

/** To the minute is what the list of keys shows. */
const NOTE_USE_EVERY_MS = 60_000;
/** When the use of a key of the environment was last noted, by this process. */
const adminUses = new Map<string, number>();

/**
 * The cookies of a session at the address by which a browser came. Browsers give a host's cookies to all its ports, so the
 * port is in their names: two hubs on one host would sign each other out.
 */
export function cookieNamesOf(request: Request): { session: string; mark: string } {
  const port = /:(\d+)$/.exec(hostOf(request))?.[1];
  const at = port === undefined ? "" : `_${port}`;
  return { session: `${SESSION_COOKIE}${at}`, mark: `${SESSION_MARK_COOKIE}${at}` };
}

/** Subprotocols that a client offers, in its order. */
export function offeredSubprotocols(request: Request): string[] {
  const header = request.headers.get("sec-websocket-protocol") ?? "";
  return header.split(",").flatMap((name) => name.trim() || []);
}

/** C5: what a client speaks. */
export function protocolVersion(request: Request, url: URL): 1 | 2 {
  return offeredSubprotocols(request).includes(SUBPROTOCOL) || url.searchParams.get("v") === "2" ? 2 : 1;
}

/** The credential of a request: `Authorization`, subprotocol, cookie or `?key=`, in this order; null for none. */
export function presentedCredential(request: Request, url: URL): Credential | null {
  const header = bearerOf(request);
  if (header !== null) return { kind: "key", key: header };
  const bearer = offeredSubprotocols(request).find((name) => name.startsWith(BEARER_PREFIX));
  if (bearer !== undefined) return { kind: "key", key: decodeBase64Url(bearer.slice(BEARER_PREFIX.length)) };
  const session = sessionOf(request);
  if (session !== undefined) return { kind: "session", session };
  const key = url.searchParams.get("key");
  return key === null ? null : { kind: "key", key };
}

/** The key in `Authorization`, "" for what is none; null without that header. */
export function bearerOf(request: Request): string | null {
  const authorization = request.headers.get("authorization");
  return authorization === null ? null : (/^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? "");
}

/** The session that a browser brings, whatever it is worth. */
export function sessionOf(request: Request): string | undefined {
  const name = cookieNamesOf(request).session;
  return parse(request.headers.get("cookie") ?? "", name)[name];
}

/** Who stands behind a credential, asked anew each time: a revoked key opens nothing from that moment on. */
export async function identify(credential: Credential, env: Env, now: number): Promise<Identified | null> {
  if (credential.kind === "session") return directoryOf(env).principalOfSession(credential.session, now);
  const { key } = credential;
  const admin = await adminOfKey(key, env.CC2CC_HUB_API_KEY);
  if (admin !== null) await noteAdminUse(admin.keyId, env, now);
  const principal =
    admin ?? (MINTED_KEY.test(key) ? await directoryOf(env).principalOfKey(await sha256Hex(key), now) : null);
  return principal === null ? null : { principal, expiresAt: null };
}

/** The directory is not asked about keys of the environment; now and then it is told that one is used. */
async function noteAdminUse(keyId: string, env: Env, now: number): Promise<void> {
  const notedAt = adminUses.get(keyId) ?? 0;
  if (now >= notedAt && now - notedAt < NOTE_USE_EVERY_MS) return;
  adminUses.set(keyId, now);
  // Who asks for /health of a hub whose directory fails is let in all the same.
  await directoryOf(env)
    .noteAdminUse(keyId, now)
    .catch(() => adminUses.delete(keyId));
}

function decodeBase64Url(text: string): string {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
  } catch {
    return "";
  }
}
