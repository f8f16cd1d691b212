import { execFileSync } from "node:child_process";

/** Files that git knows or would add, relative to the repository; all, or those of these patterns. */
export function listFiles(root: string, patterns: string[]): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", ...patterns];
  return execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\0").filter(Boolean);
}

/** The TypeScript among them. */
export function listSourceFiles(root: string): string[] {
  return listFiles(root, ["*.ts", "*.tsx"]).filter((file) => !file.endsWith(".d.ts"));
}
