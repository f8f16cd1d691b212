/** What a release does to the changelog. */
import { StartProblem } from "../start-problem.ts";

const UNRELEASED = "## [Unreleased]\n";

/** The changelog with what was unreleased under the version, and that section alone. Throws a StartProblem without one. */
export function cutChangelog(text: string, version: string, date: string): { changelog: string; notes: string } {
  const start = text.indexOf(UNRELEASED);
  if (start === -1) throw new StartProblem("CHANGELOG.md has no section [Unreleased].");
  const after = start + UNRELEASED.length;
  const next = text.indexOf("\n## [", after);
  const notes = text.slice(after, next === -1 ? undefined : next).trim();
  if (notes === "")
    throw new StartProblem("CHANGELOG.md says nothing under [Unreleased]: there is nothing to release.");
  const changelog = `${text.slice(0, after)}\n## [${version}] - ${date}\n${text.slice(after)}`;
  return { changelog, notes };
}

/** Throws a StartProblem unless `next` is a version, and a newer one. */
export function checkVersion(next: string, present: string): void {
  if (!/^\d+\.\d+\.\d+$/.test(next)) throw new StartProblem(`"${next}" is no version: write it like ${present}.`);
  if (present.localeCompare(next, "en", { numeric: true }) >= 0) {
    throw new StartProblem(`${next} does not come after ${present}, which is the present version.`);
  }
}
