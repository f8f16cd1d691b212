/** What only systemd and Cloudflare can run, as far as it can be told here. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { DURABLE_OBJECTS } from "./workerd-config.ts";

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

it("deploys to Cloudflare as it is, as far as that goes without an account", () => {
  const outDir = mkdtempSync(join(tmpdir(), "cc2cc-deploy-"));
  onTestFinished(() => rmSync(outDir, { recursive: true }));
  const args = ["node_modules/wrangler/bin/wrangler.js", "deploy", "--dry-run", "--outdir", outDir];
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, env, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  for (const { binding, className } of DURABLE_OBJECTS) expect(stdout).toContain(`env.${binding} (${className})`);
  // The limit of the Free plan, compressed.
  const kibibytes = Number(/gzip: ([\d.]+) KiB/.exec(stdout)?.[1]);
  expect(kibibytes).toBeLessThan(3_072);
  const migrations = readFileSync(join(ROOT, "wrangler.toml"), "utf8").split("[[migrations]]").slice(1).join("");
  for (const { className } of DURABLE_OBJECTS) expect(migrations).toContain(`"${className}"`);
});
