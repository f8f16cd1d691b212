/**
 * M3: the id of one recipient's copy of a fan-out: UUIDv5 (RFC 9562, 5.5) with the whole's id as name space and the
 * recipient as name. A publication needs one per subscriber, so SHA-1 is written out here: `node:crypto` makes several
 * objects for each digest, which takes six times as long as the two blocks of it.
 */

const BLOCK = 64;
/** Behind the name: a bit of padding, and the length. */
const PADDING = 9;
const UUID_BYTES = 16;

const encoder = new TextEncoder();
const words = new Int32Array(80);
const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
let buffer = new Uint8Array(16 * BLOCK);

export function fanOutId(messageId: string, recipient: string): string {
  const maxSize = UUID_BYTES + 3 * recipient.length + PADDING + BLOCK;
  if (maxSize > buffer.length) buffer = new Uint8Array(maxSize);
  writeUuid(messageId);
  const size = UUID_BYTES + encoder.encodeInto(recipient, buffer.subarray(UUID_BYTES)).written;
  const [a, b, c, d] = sha1(buffer, size);
  const version = (b & 0xffff0fff) | 0x5000;
  const variant = (c & 0x3fffffff) | 0x80000000;
  return `${hexOf(a >>> 16)}${hexOf(a)}-${hexOf(version >>> 16)}-${hexOf(version)}-${hexOf(variant >>> 16)}-${hexOf(variant)}${hexOf(d >>> 16)}${hexOf(d)}`;
}

/** Two bytes. */
function hexOf(word: number): string {
  return (hexOfByte[(word >>> 8) & 0xff] as string) + (hexOfByte[word & 0xff] as string);
}

function writeUuid(uuid: string): void {
  let digits = 0;
  for (let i = 0; i < uuid.length && digits < 2 * UUID_BYTES; i++) {
    const code = uuid.charCodeAt(i);
    if (code === 0x2d) continue;
    // "0" to "9" are 0x30 to 0x39; the low bits of "a" and "A" are those of 1.
    const digit = (code & 0x0f) + (code > 0x39 ? 9 : 0);
    buffer[digits >> 1] = digits % 2 === 0 ? digit << 4 : (buffer[digits >> 1] as number) | digit;
    digits++;
  }
}

/** The first four words of the digest of `size` bytes; `bytes` has room for the padding behind them. */
function sha1(bytes: Uint8Array, size: number): [number, number, number, number] {
  const end = Math.ceil((size + PADDING) / BLOCK) * BLOCK;
  bytes.fill(0, size, end);
  bytes[size] = 0x80;
  bytes[end - 2] = (size * 8) >>> 8;
  bytes[end - 1] = size * 8;
  let h0 = 0x67452301;
  let h1 = 0xefcdab89 | 0;
  let h2 = 0x98badcfe | 0;
  let h3 = 0x10325476;
  let h4 = 0xc3d2e1f0 | 0;
  for (let at = 0; at < end; at += BLOCK) {
    expand(bytes, at);
    let a = h0;
    let b = h1;
    let c = h2;
    let d = h3;
    let e = h4;
    for (let i = 0; i < 80; i++) {
      let f: number;
      if (i < 20) f = ((b & c) | (~b & d)) + 0x5a827999;
      else if (i < 40) f = (b ^ c ^ d) + 0x6ed9eba1;
      else if (i < 60) f = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
      else f = (b ^ c ^ d) + 0xca62c1d6;
      const next = (((a << 5) | (a >>> 27)) + f + e + (words[i] as number)) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    h0 = (h0 + a) | 0;
    h1 = (h1 + b) | 0;
    h2 = (h2 + c) | 0;
    h3 = (h3 + d) | 0;
    h4 = (h4 + e) | 0;
  }
  return [h0, h1, h2, h3];
}

/** A block as 80 words. */
function expand(bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) {
    const from = at + 4 * i;
    words[i] =
      ((bytes[from] as number) << 24) |
      ((bytes[from + 1] as number) << 16) |
      ((bytes[from + 2] as number) << 8) |
      (bytes[from + 3] as number);
  }
  for (let i = 16; i < 80; i++) {
    const word =
      (words[i - 3] as number) ^ (words[i - 8] as number) ^ (words[i - 14] as number) ^ (words[i - 16] as number);
    words[i] = (word << 1) | (word >>> 31);
  }
}
