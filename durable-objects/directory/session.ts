/**
 * Sessions as signed text: `<key id>.<expiry>.<nonce>.<HMAC-SHA-256>`. Stored are the secret that signs, and the names of
 * those that were ended before their time.
 */
import { randomHex, sha256Hex, toHex } from "../hash.ts";

export const ENDED_STEP =
  "CREATE TABLE ended_sessions (id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

/** What a session says: whose it is, and until when (epoch ms). */
export interface SessionClaims {
  keyId: string;
  expiresAt: number;
}

/** Sessions from before 0.2 have no nonce: two sign-ins of one key in one millisecond were one. */
const SESSION = /^([A-Za-z0-9-]{1,64}\.\d{1,16}(?:\.[0-9a-f]{16})?)\.([0-9a-f]{64})$/;
const NONCE_BYTES = 8;
const ID_LENGTH = 32;
const encoder = new TextEncoder();

export async function signSession({ keyId, expiresAt }: SessionClaims, secret: Uint8Array): Promise<string> {
  const text = `${keyId}.${expiresAt}.${randomHex(NONCE_BYTES)}`;
  const signature = await crypto.subtle.sign("HMAC", await importSecret(secret), encoder.encode(text));
  return `${text}.${toHex(new Uint8Array(signature))}`;
}

/** The claims of a session that this secret has signed and that has not expired; null for any other text. */
export async function readSession(session: string, secret: Uint8Array, now: number): Promise<SessionClaims | null> {
  const match = SESSION.exec(session);
  if (match === null) return null;
  const text = match[1] as string;
  const [keyId, expiresAt] = text.split(".") as [string, string];
  const signature = Uint8Array.from((match[2] as string).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  // `verify` compares in constant time.
  const key = await importSecret(secret);
  const isOurs = await crypto.subtle.verify("HMAC", key, signature, encoder.encode(text));
  return isOurs && Number(expiresAt) > now ? { keyId, expiresAt: Number(expiresAt) } : null;
}

/** Names a session and opens nothing: of its hash. */
export async function sessionIdOf(session: string): Promise<string> {
  return `session-${(await sha256Hex(session)).slice(0, ID_LENGTH)}`;
}

/** Sessions that were ended before their time, in SQL. */
export class EndedSessions {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  has(id: string): boolean {
    return this.#sql.exec("SELECT 1 FROM ended_sessions WHERE id = ?", id).toArray().length > 0;
  }

  /** Remembers it for as long as its signature would hold, and forgets those that hold no more. */
  add(id: string, expiresAt: number, now: number): void {
    this.#sql.exec("DELETE FROM ended_sessions WHERE expires_at <= ?", now - FORGET_LATER_MS);
    this.#sql.exec("INSERT OR IGNORE INTO ended_sessions VALUES (?, ?)", id, expiresAt);
  }
}

/** A clock that is set back makes an expired session valid again; an ended one stays ended, for a day of it. */
const FORGET_LATER_MS = 86_400_000;

function importSecret(secret: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}
