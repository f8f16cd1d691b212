/**
 * Chinese, Japanese, Korean, Thai and some others write words without spaces between them, or with endings grown on. The
 * full-text index knows words by what stands between spaces, so a run of such characters is indexed as pairs: "全文検索" as
 * 全文 文検 検索 索. A part of a run is then a phrase of pairs. Texts in other scripts pass as they are.
 */

const SCRIPTS = ["Han", "Hira", "Kana", "Hang", "Thai", "Laoo", "Khmr", "Mymr"].map((name) => `\\p{scx=${name}}`);
const RUN = new RegExp(`(?:(?=[\\p{L}\\p{M}\\p{N}])[${SCRIPTS.join("")}])+`, "gu");
/** The first of them is Thai, U+0E01: most texts have nothing from there on and are not looked at any closer. */
const MAY_HAVE_RUNS = /[\u0e00-\uffff]/;
const MARK = /\p{M}/gu;

/** Whether the index has such a text in another way than as it is. */
export function hasUnspaced(text: string): boolean {
  return MAY_HAVE_RUNS.test(text) && text.search(RUN) !== -1;
}

/** A text as it is indexed. */
export function toIndexed(text: string): string {
  if (!MAY_HAVE_RUNS.test(text)) return text;
  return text.normalize("NFC").replace(RUN, (run) => ` ${pairsOf(run).join(" ")} `);
}

/** A word or phrase as it is looked for, and whether its last word may go on. */
export function toSought(text: string): { text: string; mayGoOn: boolean } {
  if (!MAY_HAVE_RUNS.test(text)) return { text, mayGoOn: false };
  let mayGoOn = false;
  const sought = text.normalize("NFC").replace(RUN, (run, at: number, all: string) => {
    const isLast = !/[\p{L}\p{N}]/u.test(all.slice(at + run.length));
    const pairs = pairsOf(run);
    // What is sought may be followed by more: the last character alone stands at the end of runs only.
    if (isLast && pairs.length > 1) pairs.pop();
    else if (isLast) mayGoOn = true;
    return ` ${pairs.join(" ")} `;
  });
  return { text: sought.trim(), mayGoOn };
}

/** Each character with the next one, and the last one alone. */
function pairsOf(run: string): string[] {
  const characters = Array.from(run.replace(MARK, keptMark));
  return characters.map((character, index) => character + (characters[index + 1] ?? ""));
}

/** The index takes vowels and tones that are marks for spaces; characters for private use it takes for letters. */
function keptMark(mark: string): string {
  return String.fromCharCode(0xe000 | ((mark.codePointAt(0) ?? 0) & 0xfff));
}
