/** Sessions as signed text: `<key id>.<expiry>.<HMAC-SHA-256>`. Nothing is stored for them but the secret that signs. */
import { toHex } from "../hash.ts";

/** What a session says: whose it is, and until when (epoch ms). */
export interface SessionClaims {
  keyId: string;
  expiresAt: number;
}

const SESSION = /^([A-Za-z0-9-]{1,64})\.(\d{1,16})\.([0-9a-f]{64})$/;
const encoder = new TextEncoder();

export async function signSession(claims: SessionClaims, secret: Uint8Array): Promise<string> {
  const text = textOf(claims);
  const signature = await crypto.subtle.sign("HMAC", await importSecret(secret), encoder.encode(text));
  return `${text}.${toHex(new Uint8Array(signature))}`;
}

/** The claims of a session that this secret has signed and that has not expired; null for any other text. */
export async function readSession(session: string, secret: Uint8Array, now: number): Promise<SessionClaims | null> {
  const match = SESSION.exec(session);
  if (match === null) return null;
  const claims = { keyId: match[1] as string, expiresAt: Number(match[2]) };
  const signature = Uint8Array.from((match[3] as string).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  // `verify` compares in constant time.
  const key = await importSecret(secret);
  const isOurs = await crypto.subtle.verify("HMAC", key, signature, encoder.encode(textOf(claims)));
  return isOurs && claims.expiresAt > now ? claims : null;
}

function textOf({ keyId, expiresAt }: SessionClaims): string {
  return `${keyId}.${expiresAt}`;
}

function importSecret(secret: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}
