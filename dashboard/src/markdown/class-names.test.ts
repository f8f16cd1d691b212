import { expect, it } from "vitest";
import { areOwnClasses } from "./class-names.ts";

it.each(["hljs language-ts", "hljs-title function_", "task-open", "language-c++", "hljs  language-a.b#c"])(
  "keeps %j",
  (value) => expect(areOwnClasses(value)).toBe(true),
);

it.each(["", " ", "topbar", "hljs topbar", "task-closed", "language-"])("drops %j", (value) =>
  expect(areOwnClasses(value)).toBe(false),
);

it("answers at once whatever a fence calls its language", () => {
  for (const name of ["hljs", "a_", "hljs-", "language-"]) {
    expect(areOwnClasses(`hljs language-${name.repeat(10_000)}$`)).toBe(false);
    expect(areOwnClasses(`${name.repeat(10_000)}$`)).toBe(false);
  }
});
