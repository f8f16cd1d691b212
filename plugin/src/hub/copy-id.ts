import { createHash } from "node:crypto";

/** The id of a copy: UUIDv5 of a recipient's name in the publication's id (protocol M3; RFC 9562, 5.5). */
export function copyIdOf(messageId: string, recipient: string): string {
  const namespace = Buffer.from(messageId.replaceAll("-", ""), "hex");
  const bytes = createHash("sha1").update(namespace).update(recipient).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
