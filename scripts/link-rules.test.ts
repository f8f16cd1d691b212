import { expect, it } from "vitest";
import { anchorsOf, findBrokenLinks } from "./link-rules.ts";

const files = ["README.md", "docs/a.md", "docs/images/one.png"];

function check(readme: string): string[] {
  const pages = new Map([
    ["README.md", readme],
    ["docs/a.md", "# Title\n\n```sh\n# no heading\n```\n\n## Ways `/x`, and more\n\n[up](../README.md#first)"],
  ]);
  const isThere = (path: string) => files.some((file) => file.startsWith(path));
  return findBrokenLinks({ pages, isThere, scripts: new Set(["backup", "backup:check"]) });
}

it("finds nothing wrong with what is there", () => {
  expect(
    check(
      "# First\n[a](docs/a.md) [b](docs/a.md#ways-x-and-more) [c](#first) [d](https://example.com/x) [e](docs/)\n" +
        '![f](docs/images/one.png) <img src="docs/images/one.png"> `[g](nowhere)` `npm run backup:check -- x`, `npm run -s backup`',
    ),
  ).toEqual([]);
});

it.each([
  ["[a](docs/b.md)", "README.md:2: docs/b.md is not there"],
  ['<img src="two.png">', "README.md:2: two.png is not there"],
  ["[a](docs/a.md#no-heading)", "README.md:2: docs/a.md#no-heading: docs/a.md has no such heading"],
  ["[a](#second)", "README.md:2: #second: README.md has no such heading"],
  ["`npm run backups`", "README.md:2: there is no script backups"],
])("finds %s", (line, problem) => {
  expect(check(`# First\n${line}`)).toEqual([problem]);
});

it("names headings as GitHub does", () => {
  expect(anchorsOf("# A & B\n## `GET /x`\n## Why?\n### Why?\n")).toEqual(["a--b", "get-x", "why", "why-1"]);
});
