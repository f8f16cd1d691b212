/** How long a text is on the wire, apart from the schemas: a browser gets this without all of zod. */

const encoder = new TextEncoder();
const NOT_ASCII = /[^\0-\x7f]/;

/** Bytes of a text in UTF-8. Most are plain ASCII, where a look is a fraction of the cost of a copy. */
export function utf8Length(text: string): number {
  return NOT_ASCII.test(text) ? encoder.encode(text).length : text.length;
}

/** Whether a text has at most `max` bytes in UTF-8; looks at the text only where its length leaves a doubt. */
export function fitsUtf8(text: string, max: number): boolean {
  return text.length * 3 <= max || (text.length <= max && utf8Length(text) <= max);
}
