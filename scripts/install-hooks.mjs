// Plain JavaScript: npm runs this as part of `npm install`, and where it fails, the install fails.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
// Only in a checkout of our own: inside another repository's folders, git would set the hooks of that one.
if (existsSync(new URL("../.git", import.meta.url))) {
  spawnSync("git", ["config", "core.hooksPath", ".githooks"], { cwd: root, stdio: "ignore" });
}
