/**
 * How names of files write what has a meaning in them (L2): as in URLs, `%5b` for `[`. Each character has one way to be written,
 * so that a file has one name: what says whether two names meet compares them as text.
 */

/** What has a meaning in names of files, or in globs elsewhere; `%` has it in every part, wildcards in all but globs. */
const SPECIAL = /[%:[\]{}!\\*?\p{Cc}]/u;
const SPECIAL_IN = { name: /[:[\]{}!\\*?\p{Cc}]/u, glob: /[:[\]{}!\\\p{Cc}]/u } as const;
type Part = keyof typeof SPECIAL_IN;
/** An escape is one character of what it stands in. */
const CHARACTER = /%[\da-f]{2}|./gsu;

const ESCAPED = Array.from({ length: 256 }, (_, code) => String.fromCodePoint(code)).filter((character) =>
  SPECIAL.test(character),
);
/** A `%` behind which no escape stands. */
const FALSE_ESCAPE = new RegExp(`%(?!${ESCAPED.map((character) => escapeOf(character).slice(1)).join("|")})`);

/** Writes a text as a part of a name. A glob keeps its wildcards. */
export function escapeName(text: string, part: Part = "name"): string {
  return text.replace(/./gsu, (character) =>
    character === "%" || SPECIAL_IN[part].test(character) ? escapeOf(character) : character,
  );
}

/** The text that a part of a name stands for. */
export function unescapeName(part: string): string {
  return part.replace(/%([\da-f]{2})/g, (_, code) => String.fromCodePoint(Number.parseInt(code, 16)));
}

/** The characters of a part of a name, those that are escaped as they are written. */
export function charactersOf(text: string): string[] {
  return text.includes("%") ? (text.match(CHARACTER) ?? []) : [...text];
}

/** What in a part of a name is written in another way than the one there is, as the end of a sentence. */
export function spellingProblem(text: string, part: Part): string | undefined {
  const special = SPECIAL_IN[part].exec(text)?.[0];
  if (special !== undefined) return `has ${special}: write it as ${escapeOf(special)}`;
  const at = text.search(FALSE_ESCAPE);
  if (at === -1) return undefined;
  const [written] = /^%[\da-f]{2}/i.exec(text.slice(at)) ?? [];
  if (written === undefined) return `has a % that begins no escape: write it as ${escapeOf("%")}`;
  const code = Number.parseInt(written.slice(1), 16);
  // From here on it is a part of a character, as URLs have it.
  if (code > 0x7f) return `has ${written}: write the character itself; only what has a meaning here is escaped`;
  const character = String.fromCodePoint(code);
  if (SPECIAL.test(character)) return `has ${written}: write it in small letters, ${escapeOf(character)}`;
  return `has ${written}: write the character itself, ${character}`;
}

function escapeOf(character: string): string {
  return `%${(character.codePointAt(0) as number).toString(16).padStart(2, "0")}`;
}
