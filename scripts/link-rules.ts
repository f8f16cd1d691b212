/** Which links of the documents lead nowhere: files that are not there, headings that no page has, scripts nobody wrote. */
import { posix } from "node:path";

export interface Documents {
  /** Markdown by its path in the repository. */
  pages: ReadonlyMap<string, string>;
  /** Whether a path in the repository is a file or a folder of git's. */
  isThere(path: string): boolean;
  /** Names that `npm run` takes. */
  scripts: ReadonlySet<string>;
}

const LINK = /\]\(([^()\s]+)\)|\b(?:src|srcset|href)="([^"]+)"/g;
const NPM_RUN = /\bnpm run (?:-\S+ )*([a-z][a-z:-]*)/g;

/** One line for each, with page and line number. */
export function findBrokenLinks({ pages, isThere, scripts }: Documents): string[] {
  const problems: string[] = [];
  for (const [page, markdown] of pages) {
    for (const [index, line] of markdown.split("\n").entries()) {
      const report = (problem: string) => problems.push(`${page}:${index + 1}: ${problem}`);
      for (const [, name = ""] of line.matchAll(NPM_RUN)) {
        if (!scripts.has(name)) report(`there is no script ${name}`);
      }
      for (const [, inLink, inTag] of withoutCode(line).matchAll(LINK)) {
        const target = inLink ?? inTag ?? "";
        if (/^[a-z]+:/.test(target)) continue;
        const [path = "", anchor] = target.split("#", 2);
        const file = path === "" ? page : posix.join(posix.dirname(page), path);
        if (!isThere(file)) report(`${target} is not there`);
        else if (anchor !== undefined && !anchorsOf(pages.get(file) ?? "").includes(anchor))
          report(`${target}: ${file} has no such heading`);
      }
    }
  }
  return problems;
}

/** The anchors that GitHub gives the headings of a page, in order. */
export function anchorsOf(markdown: string): string[] {
  const seen = new Map<string, number>();
  return headingsOf(markdown).map((heading) => {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

function headingsOf(markdown: string): string[] {
  let isCode = false;
  return markdown.split("\n").flatMap((line) => {
    if (line.startsWith("```")) isCode = !isCode;
    return isCode ? [] : (/^#{1,6} (.+?)\s*$/.exec(line)?.[1] ?? []);
  });
}

function withoutCode(line: string): string {
  return line.replace(/`[^`]*`/g, "");
}
