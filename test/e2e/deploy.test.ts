/** What only Cloudflare can run, as far as it can be told here. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { DURABLE_OBJECTS } from "../../host/workerd-config.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";

const ROOT = join(import.meta.dirname, "..", "..");

it("deploys to Cloudflare as it is, as far as that goes without an account", () => {
  const outDir = makeTempDir();
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
