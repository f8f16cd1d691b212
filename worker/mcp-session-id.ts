/**
 * `Mcp-Session-Id`, made at `initialize`: the session segment of an instance's id, and a MAC by the client's own key. So the
 * hub keeps no list of them, they hold over its restarts, and with another key, or for another instance, they are unknown.
 */
import { randomHex, toHex } from "../durable-objects/hash.ts";

/** 128 bits, as hex. */
const MAC_LENGTH = 32;
const NONCE_BYTES = 8;

export interface McpSegment {
  /** The last part of the instance's id. */
  session: string;
  /** Whether the client named it; otherwise it is this connection's alone, and no later one comes back to it. */
  isNamed: boolean;
}

/** Makes an id; `named` is the segment that the client has named, null for one of its own. */
export async function newMcpSessionId(key: string, address: string, named: string | null): Promise<string> {
  const parts = named === null ? [crypto.randomUUID()] : [named, randomHex(NONCE_BYTES)];
  return [...parts, await macOf(key, address, parts)].join(".");
}

/** Reads an id; null for one that was not made for this key and address. */
export async function readMcpSessionId(id: string, key: string, address: string): Promise<McpSegment | null> {
  const parts = id.split(".");
  const mac = parts.pop();
  if (parts.length < 1 || parts.length > 2 || mac !== (await macOf(key, address, parts))) return null;
  return { session: parts[0] as string, isNamed: parts.length === 2 };
}

/** C8: the secret by which a key holds an instance. It follows from both, so that nobody has to keep it. */
export async function mcpIdentityOf(key: string, instanceId: string): Promise<string> {
  return hmacHex(key, `cc2cc mcp identity ${instanceId}`);
}

async function macOf(key: string, address: string, parts: readonly string[]): Promise<string> {
  return (await hmacHex(key, `cc2cc mcp session ${address} ${parts.join(" ")}`)).slice(0, MAC_LENGTH);
}

async function hmacHex(key: string, text: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const secret = await crypto.subtle.importKey("raw", encoder.encode(key), algorithm, false, ["sign"]);
  return toHex(new Uint8Array(await crypto.subtle.sign("HMAC", secret, encoder.encode(text))));
}
