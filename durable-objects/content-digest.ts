/** Digests of what messages say, to tell a retry from another message under the same id (M3). */
import type { Message } from "../shared/message.ts";

/** What may follow the time stamp without being part of what the message says. */
const STAMPS = /^"(?:,"(?:topicName|role|anyOf|fromRole|expiresAt|dueAt)":"[^"\\]*")*\}$/;
const TYPE = '","type":"';
const TIME = '","timestamp":"';
const TIME_LENGTH = "2026-11-22T12:00:00.000Z".length;

/**
 * The same for two bodies of the same type, content, metadata, task and message they reply to, and practically never otherwise. It
 * guards against mistakes of one sender, whose id it is, not against attacks. Most bodies are not parsed for it; one that is
 * no message (Q10) has a digest too.
 */
export function digestOf(body: string): string {
  const from = body.indexOf(TYPE);
  const to = from === -1 ? -1 : body.indexOf(TIME, from);
  if (to === -1) return hashOf(body);
  const rest = body.slice(to + TIME.length + TIME_LENGTH);
  const said = body.slice(from, to);
  return hashOf(STAMPS.test(rest) ? said : said + readReferences(body));
}

function readReferences(body: string): string {
  try {
    const { replyToMessageId, metadata, task } = JSON.parse(body) as Message;
    if (replyToMessageId === undefined && metadata === undefined) return "";
    return JSON.stringify(task === undefined ? [replyToMessageId, metadata] : [replyToMessageId, metadata, task]);
  } catch {
    return body;
  }
}

const encoder = new TextEncoder();
const PIECE_BYTES = 6_144;
const pieceBytes = new Uint8Array(PIECE_BYTES);
const pieceWords = new Uint32Array(pieceBytes.buffer);
/** A character of a string takes 3 bytes at most. */
const PIECE_LENGTH = PIECE_BYTES / 3;

/** 64 bits as hex: two lanes of multiplications over the words of the text in UTF-8, mixed in the end. */
function hashOf(text: string): string {
  let a = 0xdeadbeef ^ text.length;
  let b = 0x41c6ce57;
  for (let from = 0; from < text.length; from += PIECE_LENGTH) {
    const piece = text.length <= PIECE_LENGTH ? text : text.slice(from, from + PIECE_LENGTH);
    const size = encoder.encodeInto(piece, pieceBytes).written;
    const end = Math.ceil(size / 4);
    pieceBytes.fill(0, size, 4 * end);
    for (let i = 0; i < end; i++) {
      const word = pieceWords[i] as number;
      a = Math.imul(a ^ word, 0x9e3779b1);
      // Multiplication moves bits up only: what is high in a word would be lost.
      a ^= a >>> 15;
      b = Math.imul(b ^ word, 0x5f356495);
      b ^= b >>> 13;
    }
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return hexOf(a) + hexOf(b);
}

function hexOf(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
