import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { fanOutId } from "./fan-out-id.ts";
import { toHex } from "./hash.ts";

/** RFC 9562, 5.5. */
function uuidV5(nameSpace: string, name: string): string {
  const hash = createHash("sha1")
    .update(Buffer.from(nameSpace.replaceAll("-", ""), "hex"))
    .update(name)
    .digest();
  hash[6] = ((hash[6] as number) & 0x0f) | 0x50;
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80;
  const hex = toHex(hash.subarray(0, 16));
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

it("is what the RFC's example says", () => {
  expect(fanOutId("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com")).toBe(
    "2ed6657d-e927-568b-95e1-2665a8aea6a2",
  );
});

it("is UUIDv5 for names of every length, in any script, under ids in either case", () => {
  for (let length = 0; length <= 300; length++) {
    const id = length % 2 === 0 ? crypto.randomUUID() : crypto.randomUUID().toUpperCase();
    for (const name of ["x".repeat(length), "ü@höst:🦊/".repeat(length)])
      expect(fanOutId(id, name)).toBe(uuidV5(id, name));
  }
});
