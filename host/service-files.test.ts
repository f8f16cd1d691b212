/** What only systemd can run, as far as it can be told here. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const unit = readFileSync(join(ROOT, "host/systemd/cc2cc.service"), "utf8");
const directiveOf = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? "";

it("has a unit whose paths are in this repository, and whose data is where the unit may write", () => {
  const paths = [...directiveOf("ExecStart").matchAll(/\/opt\/cc2cc(\/\S+)/g)].map(([, path = ""]) => path);
  expect(paths).toEqual(["/node_modules/node/bin/node", "/host/start.mjs"]);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  expect(existsSync(join(ROOT, directiveOf("Documentation").replace("file:///opt/cc2cc/", "")))).toBe(true);
  expect(directiveOf("Environment")).toBe(`CC2CC_DATA_DIR=/var/lib/${directiveOf("StateDirectory")}`);
  expect(directiveOf("MemoryDenyWriteExecute")).toBe("");
});
