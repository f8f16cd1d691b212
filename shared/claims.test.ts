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
/** Names with what is escaped in a glob: as many characters as it stands for. */
const ESCAPED_PATHS: readonly string[] = ["", ...wordsOf(["a", "["], 6)];

describe("names", () => {
  it.each([
    "deploy",
    "db:migrations",
    "leader:api",
    "50%",
    file("src/**"),
    file("a b/ü.ts"),
    file("app/%5bid%5d/100%25%2a.tsx"),
    "file:host:feature/x:a*?.ts",
    "file:desk%3a8080/acme:50%:a.ts",
  ])("%s is one", (name) => expect(ClaimName.safeParse(name).success).toBe(true));

  it.each(["", " deploy", "a\nb", "leader:", "leader:A", "file:x", file("/etc/passwd"), file("a//b"), file("a/../b")])(
    "%j is none",
    (name) => expect(ClaimName.safeParse(name).success).toBe(false),
  );

  it.each([file("**.ts"), file("{a,b}"), file("[ab]"), file("!a"), file("*/*/*/*/*/*/*/*/*")])(
    "%s is a glob that nobody can compare",
    (name) => expect(ClaimName.safeParse(name).success).toBe(false),
  );

  it.each([
    [file("a/%5Bid%5D"), "the glob has %5B: write it in small letters, %5b"],
    [file("a/%69d"), "the glob has %69: write the character itself, i"],
    [file("a/%c3%bc"), "the glob has %c3: write the character itself; only what has a meaning here is escaped"],
    [file("a/%2fb"), "the glob has %2f: write the character itself, /"],
    [file("100%.txt"), "the glob has a % that begins no escape: write it as %25"],
    [file("a/%25%"), "the glob has a % that begins no escape: write it as %25"],
    [file("a:b"), "the glob has :: write it as %3a"],
    ["file:desk%3A8080/acme:main:a", "the repository has %3A: write it in small letters, %3a"],
    ["file:host/[acme]:main:a", "the repository has [: write it as %5b"],
    ["file:host/*:main:a", "the repository has *: write it as %2a"],
  ])("[L2] %s is a second name of one file, and refused in words", (name, words) => {
    expect(ClaimName.safeParse(name).error?.issues.map(({ message }) => message)).toEqual([words]);
  });

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
    // An escape is one character, and wildcards see nothing of how it is written.
    ["app/?id?/page.tsx", "app/%5bid%5d/page.tsx", true],
    ["a/*x*", "a/%5bx%5d", true],
    ["a/?x", "a/%3fx", true],
    ["a/????????", "a/%5bxx%5d", false],
    ["a/*5b*", "a/%5bx", false],
    ["a/*b", "a/%5b", false],
    ["a/**/z", "a/b/c", false],
  ])("%s and %s: %s", (a, b, isOverlap) => {
    expect(overlap(a, b)).toBe(isOverlap);
    expect(overlap(b, a)).toBe(isOverlap);
  });

  it.each([
    ["segments", 2, fc.stringMatching(/^[ab*?]{1,3}$/).filter((text) => !text.includes("**")), PATHS],
    ["paths", 3, fc.constantFrom("a", "b", "*", "?"), LONG_PATHS],
    [
      "escapes",
      1,
      fc
        .array(fc.constantFrom("a", "%5b", "*", "?"), { minLength: 1, maxLength: 4 })
        .map((parts) => parts.join(""))
        .filter((text) => !text.includes("**")),
      ESCAPED_PATHS,
    ],
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
    return `${segment.replaceAll("%5b", "\\[").replaceAll("*", "[^/]*").replaceAll("?", "[^/]")}/`;
  });
  return new RegExp(`^${parts.join("")}$`).test(path === "" ? "" : `${path}/`);
}
