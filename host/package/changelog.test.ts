import { expect, it } from "vitest";
import { checkVersion, cutChangelog } from "./changelog.ts";

const CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- This.\n\n## [0.1.0] - 2026-01-01\n\n- That.\n";

it("puts what was unreleased under the version, and gives it alone", () => {
  const { changelog, notes } = cutChangelog(CHANGELOG, "0.2.0", "2026-12-01");
  expect(notes).toBe("### Added\n\n- This.");
  expect(changelog).toBe(CHANGELOG.replace("## [Unreleased]\n", "## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n"));
  expect(() => cutChangelog(changelog, "0.3.0", "2027-01-01")).toThrow("nothing to release");
});

it("takes a newer version only", () => {
  expect(() => checkVersion("0.10.0", "0.9.9")).not.toThrow();
  for (const version of ["0.9.9", "0.9.8", "1.0", "v1.0.0"]) expect(() => checkVersion(version, "0.9.9")).toThrow();
});
