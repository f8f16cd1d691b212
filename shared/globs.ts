/**
 * Globs of files (L2): `*` and `?` stay within a segment, `**` is any number of segments, none included. Whether two of them
 * overlap is found by their fixed parts alone, in about as many steps as they have characters: a hub compares many at a time.
 */
import { charactersOf } from "./escapes.ts";

/** A glob, read once to be compared often: its segments, cut at each `**`. */
export type Glob = readonly (readonly Segment[])[];

interface Segment {
  text: string;
  isWild: boolean;
  /** Its characters, cut at each `*`. */
  parts: readonly (readonly string[])[];
}

/** Reads a glob that is valid as part of a claim. */
export function readGlob(glob: string): Glob {
  return cutAt(glob.split("/").map(readSegment), ({ text }) => text === "**");
}

/** Whether some path matches both. */
export function globsOverlap(a: Glob, b: Glob): boolean {
  return partsMeet(a, b, segmentsOverlap);
}

function readSegment(text: string): Segment {
  return { text, isWild: /[*?]/.test(text), parts: cutAt(charactersOf(text), (character) => character === "*") };
}

function segmentsOverlap(a: Segment, b: Segment): boolean {
  return a.isWild || b.isWild ? partsMeet(a.parts, b.parts, charactersMeet) : a.text === b.text;
}

function charactersMeet(a: string, b: string): boolean {
  return a === b || a === "?" || b === "?";
}

type IsSame<T> = (a: T, b: T) => boolean;

/**
 * Whether two rows of parts, with any number of steps between one part and the next, have something in common. Where both
 * have such gaps, only their ends can differ: what stands between the gaps of one fits into a gap of the other.
 */
function partsMeet<T>(a: readonly (readonly T[])[], b: readonly (readonly T[])[], isSame: IsSame<T>): boolean {
  if (a.length === 1) return isIn(b, a[0] as readonly T[], isSame);
  if (b.length === 1) return isIn(a, b[0] as readonly T[], isSame);
  const [firstA, firstB] = [a[0] as readonly T[], b[0] as readonly T[]];
  const [lastA, lastB] = [a[a.length - 1] as readonly T[], b[b.length - 1] as readonly T[]];
  const atStart = Math.min(firstA.length, firstB.length);
  const atEnd = Math.min(lastA.length, lastB.length);
  return (
    isSameAt(firstA.slice(0, atStart), firstB, 0, isSame) &&
    isSameAt(lastA.slice(lastA.length - atEnd), lastB, lastB.length - atEnd, isSame)
  );
}

/** Whether the parts stand in a whole, in their order: the first at its start, the last at its end. */
function isIn<T>(parts: readonly (readonly T[])[], whole: readonly T[], isSame: IsSame<T>): boolean {
  const [first, last] = [parts[0] as readonly T[], parts[parts.length - 1] as readonly T[]];
  if (parts.length === 1) return first.length === whole.length && isSameAt(first, whole, 0, isSame);
  const end = whole.length - last.length;
  if (end < first.length || !isSameAt(first, whole, 0, isSame) || !isSameAt(last, whole, end, isSame)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    while (at + part.length <= end && !isSameAt(part, whole, at, isSame)) at++;
    if (at + part.length > end) return false;
    at += part.length;
  }
  return true;
}

function isSameAt<T>(part: readonly T[], whole: readonly T[], at: number, isSame: IsSame<T>): boolean {
  for (let i = 0; i < part.length; i++) if (!isSame(part[i] as T, whole[at + i] as T)) return false;
  return true;
}

function cutAt<T>(items: readonly T[], isCut: (item: T) => boolean): T[][] {
  const parts: T[][] = [[]];
  for (const item of items) {
    if (isCut(item)) parts.push([]);
    else parts[parts.length - 1]?.push(item);
  }
  return parts;
}
