import { createHash } from "node:crypto";

/**
 * M3: the id of one recipient's copy of a fan-out: UUIDv5 (RFC 9562, 5.5) with the whole's id as name space and the
 * recipient as name. Synchronous, because a publication needs one per subscriber.
 */
export function fanOutId(messageId: string, recipient: string): string {
  const hash = createHash("sha1").update(bytesOf(messageId)).update(recipient).digest();
  hash[6] = ((hash[6] as number) & 0x0f) | 0x50;
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(hash.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function bytesOf(uuid: string): Uint8Array {
  const hex = uuid.replaceAll("-", "");
  return Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
