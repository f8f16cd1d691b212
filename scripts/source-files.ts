import { execFileSync } from "node:child_process";

/** TypeScript files that git knows or would add, relative to the repository. */
export function listSourceFiles(root: string): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", "*.ts", "*.tsx"];
  const output = execFileSync("git", args, { cwd: root, encoding: "utf8" });
  return output.split("\0").filter((file) => file !== "" && !file.endsWith(".d.ts"));
}
