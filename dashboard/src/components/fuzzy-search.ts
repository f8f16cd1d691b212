import UFuzzy from "@leeoniya/ufuzzy";

// Letters of a term may lie apart, so that `rvw` finds `reviewer`; terms may come in any order.
const fuzzy = new UFuzzy({ intraIns: 3 });
const MAX_TERMS_PERMUTED = 3;
const RANKED = 1_000;

/** The items that a typed text may mean, best first; all of them, in their order, without a text. */
export function fuzzySearch<T>(items: readonly T[], textOf: (item: T) => string, typed: string): T[] {
  const needle = typed.trim();
  if (needle === "") return [...items];
  const haystack = items.map(textOf);
  const [found, info, order] = fuzzy.search(haystack, needle, MAX_TERMS_PERMUTED, RANKED);
  if (found === null || found.length === 0) return findLiterally(items, haystack, needle);
  const indexes = order === null ? found : order.map((at) => info.idx[at]);
  return indexes.flatMap((index) => (index === undefined ? [] : items.slice(index, index + 1)));
}

/** For a text of nothing but signs, in which the fuzzy search sees no terms. */
function findLiterally<T>(items: readonly T[], haystack: readonly string[], needle: string): T[] {
  const lower = needle.toLowerCase();
  return items.filter((_, index) => haystack[index]?.toLowerCase().includes(lower));
}
