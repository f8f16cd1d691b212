// What Claude Code does for `claude plugin install NAME --marketplace URL -y --config KEY=VALUE …`, as far as a hub can tell:
// fetches the marketplace, runs its command through the shell from the home folder, and remembers the plugin's folder and
// configuration.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    marketplace: { type: "string" },
    config: { type: "string", multiple: true },
    yes: { type: "boolean", short: "y" },
  },
});
const [group, verb, name] = positionals;
if (group !== "plugin" || verb !== "install") throw new Error(`not played here: ${positionals.join(" ")}`);
const marketplace = await (await fetch(values.marketplace)).json();
const { source } = marketplace.plugins.find((plugin) => plugin.name === name);
const folder = execFileSync("sh", ["-c", source.command], { cwd: homedir(), encoding: "utf8" }).trim();
const config = Object.fromEntries(values.config.map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
writeFileSync(join(homedir(), "installed-plugin.json"), JSON.stringify({ folder, config }));
