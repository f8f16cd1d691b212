import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder for the test that asks, gone when the test is. Ask before starting what writes to it. */
export function makeTempDir(): string {
  const folder = mkdtempSync(join(tmpdir(), "cc2cc-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
