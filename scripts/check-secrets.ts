/**
 * Looks for keys: `npm run check:secrets` in all that git tracks, `--staged` in what the next commit takes, as it is staged.
 * Exit code 1 where there are some; their values are never printed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const SECRETLINT = join(ROOT, "node_modules/secretlint/bin/secretlint.js");
const CONFIG = join(ROOT, ".secretlintrc.json");

function main(): number {
  if (!process.argv.includes("--staged")) return scan(process.cwd(), listFiles(["ls-files", "-z"]).filter(existsSync));
  const files = listFiles(["diff", "--cached", "--name-only", "--diff-filter=ACMR", "-z"]);
  if (files.length === 0) return 0;
  // Not the files of the working tree: what is staged may be another version of them.
  const folder = mkdtempSync(join(tmpdir(), "cc2cc-staged-"));
  try {
    git(["checkout-index", `--prefix=${folder}/`, "-z", "--stdin"], files.map((file) => `${file}\0`).join(""));
    const code = scan(folder, files);
    if (code !== 0) {
      console.error(
        "Not committed: what is staged holds keys (above). Take them out and stage the files again; a key that others have seen must be revoked. " +
          "If it is a fake one, make it look like one.",
      );
    }
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function listFiles(args: string[]): string[] {
  return git(args).split("\0").filter(Boolean);
}

function git(args: string[], input = ""): string {
  const { status, stdout, stderr } = spawnSync("git", args, { input, encoding: "utf8", maxBuffer: 64 * 1_048_576 });
  if (status !== 0) throw new Error(`git ${args[0]} failed: ${stderr}`);
  return stdout;
}

function scan(folder: string, files: string[]): number {
  const args = [SECRETLINT, "--secretlintrc", CONFIG, "--no-glob", "--no-gitignore", ...files];
  return spawnSync(process.execPath, args, { cwd: folder, stdio: "inherit" }).status ?? 1;
}

process.exitCode = main();
