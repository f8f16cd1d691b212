/** Who may come in (C3): the first credential present decides, and only it. */
import { BEARER_PREFIX, SUBPROTOCOL } from "../shared/protocol.ts";

const encoder = new TextEncoder();

/** Subprotocols that a client offers, in its order. */
export function offeredSubprotocols(request: Request): string[] {
  const header = request.headers.get("sec-websocket-protocol") ?? "";
  return header.split(",").flatMap((name) => name.trim() || []);
}

/** C5: what a client speaks. */
export function protocolVersion(request: Request, url: URL): 1 | 2 {
  return offeredSubprotocols(request).includes(SUBPROTOCOL) || url.searchParams.get("v") === "2" ? 2 : 1;
}

/** The credential of a request: `Authorization`, subprotocol, or `?key=`, in this order; null when there is none. */
export function presentedKey(request: Request, url: URL): string | null {
  const authorization = request.headers.get("authorization");
  if (authorization !== null) return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? "";
  const bearer = offeredSubprotocols(request).find((name) => name.startsWith(BEARER_PREFIX));
  if (bearer !== undefined) return decodeBase64Url(bearer.slice(BEARER_PREFIX.length));
  return url.searchParams.get("key");
}

/** Whether a key is one of the hub's. Compares hashes in constant time, and all of them. */
export async function isHubKey(presented: string, configured: string | undefined): Promise<boolean> {
  const keys = (configured ?? "").split(",").flatMap((key) => key.trim() || []);
  const hash = await digest(presented);
  let isKnown = false;
  for (const key of keys) if (crypto.subtle.timingSafeEqual(hash, await digest(key))) isKnown = true;
  return isKnown;
}

function digest(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", encoder.encode(text));
}

function decodeBase64Url(text: string): string {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
  } catch {
    return "";
  }
}
