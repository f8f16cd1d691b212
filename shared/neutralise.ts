/**
 * Makes a peer's text unable to pass for a frame of the host program or of the conversation itself, and leaves it
 * otherwise as it is. Three things are changed, by their shape:
 * - `<name` becomes `<\name` where the name has the shape of a host's frame: words joined by `-`, `_` or `:` (as in
 *   `system-reminder`), or one of the few words that frames of a conversation consist of. Characters that nobody sees
 *   do not hide a name. HTML, most generics and comparisons stay.
 * - `Human:` and its like at the beginning of a line get a backslash: a raw prompt marks turns so.
 * - Control characters become their pictures (ESC becomes ␛), or a replacement character where they have none.
 */

/** Joined names are the shape of a host's frames; these are the ones that consist of a single word. */
const SINGLE_WORDS =
  "channel|system|human|user|assistant|function|functions|invoke|parameter|thinking|tool|tools|result|results";
/** Characters without a shape of their own, such as soft hyphens, zero-width ones and joiners. */
const INVISIBLE = "\\p{Default_Ignorable_Code_Point}";
/** What may stand between `<` and a name for a reader to take it for a tag all the same. */
const LEAD = `[\\s${INVISIBLE}/!?]*`;
const NAME_PART = `[a-z0-9.${INVISIBLE}]`;
const TAG_LIKE = new RegExp(
  `<(?=${LEAD}(?:[a-z]${NAME_PART}*(?:[-_]|:(?!:))|(?:${wordsWithInvisible()})(?![a-z0-9-])))`,
  "giu",
);
/** Blanks within a line. One class, and no line feed in it: a run of either kind is looked at once. */
const BLANK = `[ \\t\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000${INVISIBLE}]*`;
const TURN_MARK = new RegExp(`(^|\\n)(${BLANK})(Human|Assistant|System|User)(${BLANK}):`, "giu");

/** C0 without tab and line feed, DEL and C1. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/** Characters that turn the direction of a line round, and letters that no font shows. */
const DECEPTIVE = /[\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/gu;
/** Half a character, which strict readers of UTF-8 refuse. */
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const REPLACEMENT = "\ufffd";
const PICTURES = 0x2400;
const DEL = 0x7f;
const DEL_PICTURE = "\u2421";

/** Returns the text with nothing in it that could be read as a frame. Applying it again changes nothing. */
export function neutralise(text: string): string {
  return text
    .replace(/\r\n?|\u2028|\u2029/g, "\n")
    .replace(LONE_SURROGATE, REPLACEMENT)
    .replace(CONTROL, pictureOf)
    .replace(DECEPTIVE, "")
    .replace(TAG_LIKE, "<\\")
    .replace(TURN_MARK, "$1$2$3\\$4:");
}

function pictureOf(character: string): string {
  const code = character.charCodeAt(0);
  if (code === DEL) return DEL_PICTURE;
  return code < DEL ? String.fromCharCode(PICTURES + code) : REPLACEMENT;
}

function wordsWithInvisible(): string {
  return SINGLE_WORDS.split("|")
    .map((word) => [...word].join(`[${INVISIBLE}]*`))
    .join("|");
}
