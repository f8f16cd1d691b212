/** Who a request comes from, once its credential is known to be one of the hub's. */
import { type Failure, failure } from "../shared/errors.ts";
import { isInPattern, type Scope } from "../shared/keys.ts";
import { sha256Hex } from "./hash.ts";

export interface Principal {
  /** Names the key, never tells it. */
  keyId: string;
  scope: Scope;
  name: string | null;
  /** C8: the instances that a key is for; null for no bound. */
  pattern: string | null;
  /** Names the session that it comes with, never tells it; left out for a key itself. */
  sessionId?: string;
}

/** What ends when a key is revoked, or a session is: everything that came with either. */
export function namesOf({ keyId, sessionId }: Principal): string[] {
  return sessionId === undefined ? [keyId] : [keyId, sessionId];
}

/**
 * Why a key may not do to an instance what only who answers for it may: that is an admin, or who holds a key whose pattern
 * has its id; null where it may. Ask it for the id that is touched in the end, not for one that forwards to it.
 */
export function keeperRefusal({ scope, pattern }: Principal, instanceId: string): Failure | null {
  if (pattern === null ? scope === "admin" : isInPattern(pattern, instanceId)) return null;
  const whose = pattern === null ? `yours is of scope ${scope}` : `yours is for ${pattern}`;
  return failure("forbidden", `This needs a key of scope admin, or one whose pattern has ${instanceId}; ${whose}.`);
}

const ADMIN_PREFIX = "env-";
/** Of the key's hash: enough to tell keys apart, too little to test guesses of a strong key against. */
const ADMIN_ID_LENGTH = 8;

/** The admin that a key of CC2CC_HUB_API_KEY stands for. Compares hashes in constant time, and all of them. */
export async function adminOfKey(presented: string, configured: string | undefined): Promise<Principal | null> {
  const hash = await sha256Hex(presented);
  let isKnown = false;
  for (const key of configuredKeys(configured)) if (isSameText(hash, await sha256Hex(key))) isKnown = true;
  return isKnown ? adminPrincipal(hash) : null;
}

/** The admin that a session names; null once its key has left the configuration. */
export async function adminOfId(keyId: string, configured: string | undefined): Promise<Principal | null> {
  return (await listAdmins(configured)).find((admin) => admin.keyId === keyId) ?? null;
}

/** The admins of all keys of the environment, in its order. */
export function listAdmins(configured: string | undefined): Promise<Principal[]> {
  return Promise.all(configuredKeys(configured).map(async (key) => adminPrincipal(await sha256Hex(key))));
}

/** Whether a key is one of the environment's: these end with the process, never before. */
export function isAdminId(keyId: string): boolean {
  return keyId.startsWith(ADMIN_PREFIX);
}

function adminPrincipal(hash: string): Principal {
  return { keyId: `${ADMIN_PREFIX}${hash.slice(0, ADMIN_ID_LENGTH)}`, scope: "admin", name: null, pattern: null };
}

function configuredKeys(configured: string | undefined): string[] {
  return (configured ?? "").split(",").flatMap((key) => key.trim() || []);
}

const encoder = new TextEncoder();

/** Both are hashes of one length. */
function isSameText(a: string, b: string): boolean {
  return crypto.subtle.timingSafeEqual(encoder.encode(a), encoder.encode(b));
}
