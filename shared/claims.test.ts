import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClaimName, namesMeet, readName } from "./claims.ts";
import { globsOverlap, readGlob } from "./globs.ts";

const meet = (a: string, b: string) => namesMeet(readName(a), readName(b));
const overlap = (a: string, b: string) => globsOverlap(readGlob(a), readGlob(b));
const file = (glob: string) => `file:github.com/acme/api:main:${glob}`;

/** Enough paths to tell any two globs of two segments apart: none, one and two segments of up to four letters. */
const SEGMENTS = wordsOf(["a", "b"], 4);
const PATHS: readonly string[] = ["", ...SEGMENTS, ...SEGMENTS.flatMap((a) => SEGMENTS.map((b) => `${a}/${b}`))];
/** And any two of three segments of one character: what stands before `**` in one and behind it in the other makes four. */
const LONG_PATHS: readonly string[] = ["", ...SEGMENTS.map((word) => [...word].join("/"))];

describe("names", () => {
  it.each(["deploy", "db:migrations", "leader:api", file("src/**"), file("a b/ü.ts"), "file:host:feature/x:a*?.ts"])(
    "%s is one",
    (name) => expect(ClaimName.safeParse(name).success).toBe(true),
  );

  it.each(["", " deploy", "a\nb", "leader:", "leader:A", "file:x", file("/etc/passwd"), file("a//b"), file("a/../b")])(
    "%j is none",
    (name) => expect(ClaimName.safeParse(name).success).toBe(false),
  );

  it.each([file("**.ts"), file("{a,b}"), file("[ab]"), file("!a"), file("*/*/*/*/*/*/*/*/*")])(
    "%s is a glob that nobody can compare",
    (name) => expect(ClaimName.safeParse(name).success).toBe(false),
  );

  it("meet where they are the same, or files of one branch whose globs overlap", () => {
    expect(meet("deploy", "deploy")).toBe(true);
    expect(meet("deploy", "deploy2")).toBe(false);
    expect(meet(file("src/**"), file("src/a.ts"))).toBe(true);
    expect(meet("src/**", "src/a.ts")).toBe(false);
  });
});

describe("globs", () => {
  it.each([
    ["src/**", "src/a/b.ts", true],
    ["src/**", "src", true],
    ["**", "a/b", true],
    ["**/b.ts", "b.ts", true],
    ["**/b.ts", "a/*.ts", true],
    ["*/x", "y/*", true],
    ["a*b", "ab*", true],
    ["a/**/z", "a/b/c/*", true],
    ["src/*", "src/a/b.ts", false],
    ["src/**", "docs/**", false],
    ["*.ts", "*.js", false],
    ["a?c", "abbc", false],
    ["**/a", "**/b", false],
    ["a/**/z", "a/b/c", false],
  ])("%s and %s: %s", (a, b, isOverlap) => {
    expect(overlap(a, b)).toBe(isOverlap);
    expect(overlap(b, a)).toBe(isOverlap);
  });

  it.each([
    ["segments", 2, fc.stringMatching(/^[ab*?]{1,3}$/).filter((text) => !text.includes("**")), PATHS],
    ["paths", 3, fc.constantFrom("a", "b", "*", "?"), LONG_PATHS],
  ] as const)("overlap exactly where some path matches both: %s", (_, maxLength, segment, paths) => {
    const glob = fc
      .array(fc.oneof(fc.constant("**"), segment), { minLength: 1, maxLength })
      .map((segments) => segments.join("/"));
    fc.assert(
      fc.property(glob, glob, (a, b) => {
        expect(overlap(a, b)).toBe(paths.some((path) => matches(a, path) && matches(b, path)));
      }),
    );
  });
});

function wordsOf(letters: readonly string[], maxLength: number): string[] {
  let words = [""];
  const all: string[] = [];
  for (let n = 0; n < maxLength; n++) {
    words = words.flatMap((word) => letters.map((letter) => word + letter));
    all.push(...words);
  }
  return all;
}

function matches(glob: string, path: string): boolean {
  const parts = glob.split("/").map((segment) => {
    if (segment === "**") return "(?:[^/]+/)*";
    return `${segment.replaceAll("*", "[^/]*").replaceAll("?", "[^/]")}/`;
  });
  return new RegExp(`^${parts.join("")}$`).test(path === "" ? "" : `${path}/`);
}
