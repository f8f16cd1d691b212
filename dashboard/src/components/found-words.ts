/** Where in a text the words stand that somebody searched for. A chunk of its own: it comes with the first search. */

/** Text on both sides of the first find in an excerpt. */
const BEFORE = 90;
const AFTER = 190;
/** Endings that the hub's search takes off (Porter): `failing` also finds `failed`. */
const ENDINGS = /(?:ations?|ings?|ments?|ed|es|ly|s)$/;
const MIN_STEM = 3;

/** The words of a query: not its operators, and nothing that must not be there. */
export function searchedWords(query: string): string[] {
  const terms = query.match(/-?(?:[a-z]+:)?"[^"]*"?|\S+/gi) ?? [];
  return terms
    .filter((term) => !term.startsWith("-") && !/^[a-z]+:/i.test(term))
    .flatMap((term) => fold(term).match(/[\p{L}\p{N}_]+/gu) ?? []);
}

/** Matches what the words of a query find; undefined for a query without any. */
export function makeFinder(query: string): RegExp | undefined {
  const stems = searchedWords(query).map(stemOf);
  if (stems.length === 0) return undefined;
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${stems.join("|")})[\\p{L}\\p{N}_]*`, "gu");
}

/** Puts `<mark>` round what a query finds in the texts of an element. Returns how many. */
export function markWords(root: Element, query: string): number {
  const finder = makeFinder(query);
  if (finder === undefined) return 0;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    // The buttons of code blocks change their label by themselves.
    if (node instanceof Text && node.parentElement?.closest("button") === null) texts.push(node);
  }
  let count = 0;
  for (const text of texts) {
    const parts = splitByFinds(text.data, finder);
    if (parts.length < 2) continue;
    count += Math.floor(parts.length / 2);
    text.replaceWith(
      ...parts.map((part, at) => {
        if (at % 2 === 0) return part;
        const mark = document.createElement("mark");
        mark.textContent = part;
        return mark;
      }),
    );
  }
  return count;
}

/** The text, cut at each find: every second part is one. */
export function splitByFinds(text: string, finder: RegExp): string[] {
  const parts: string[] = [];
  let end = 0;
  for (const found of fold(text).matchAll(finder)) {
    parts.push(text.slice(end, found.index), text.slice(found.index, found.index + found[0].length));
    end = found.index + found[0].length;
  }
  return [...parts, text.slice(end)];
}

/** What stands round the first find of a text, in parts as above, where that is beyond its first `shown` characters. */
export function excerptOf(content: string, query: string, shown: number): string[] | undefined {
  const finder = makeFinder(query);
  const first = finder && fold(content).matchAll(finder).next().value;
  if (finder === undefined || !first || first.index < shown) return undefined;
  const text = content.slice(first.index - BEFORE, first.index + AFTER);
  return splitByFinds(text.replace(/\s/g, " "), finder);
}

/** Without case and accents, with each letter where it was. */
function fold(text: string): string {
  return text.toLowerCase().length === text.length
    ? text.toLowerCase().replace(/[\u00c0-\u024f\u1e00-\u1eff]/g, (letter) => letter.normalize("NFD").charAt(0))
    : text;
}

function stemOf(word: string): string {
  const stem = word.replace(ENDINGS, "");
  return stem.length >= MIN_STEM ? stem : word;
}
