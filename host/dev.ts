import { spawn } from "node:child_process";
import { once } from "node:events";
import { homedir } from "node:os";
import { join } from "node:path";
import { createServer } from "vite";
import { buildIfStale, DASHBOARD_BUNDLE } from "./bundles.ts";
import { prepareDataDir, writePrivateFile } from "./data-dir.ts";
import { readOrMakeKey } from "./key-file.ts";
import { stopWithNpm } from "./parent-watch.ts";
import { checkPort, localUrl } from "./port-check.ts";
import { readSettings, type Settings } from "./settings.ts";
import { StartProblem } from "./start-problem.ts";

const ROOT = join(import.meta.dirname, "..");

/** `npm run dev`: the worker under wrangler and the dashboard under Vite, both reloading, on the LAN. */
async function runDev(): Promise<void> {
  const settings = readSettings(process.env, homedir());
  prepareDataDir(settings.dataDir);
  await checkPort("CC2CC_HUB_PORT", settings.bindAddress, settings.hubPort);
  if (settings.dashboardPort !== undefined) {
    await checkPort("CC2CC_DASHBOARD_PORT", settings.bindAddress, settings.dashboardPort);
  }
  // wrangler.toml names the built dashboard, also when Vite serves the one that is being worked on.
  await buildIfStale(ROOT, DASHBOARD_BUNDLE);
  const wrangler = startWrangler(settings);
  const vite = await startDashboard(settings);
  console.log(`hub        ${localUrl(settings.bindAddress, settings.hubPort)}`);
  if (vite) console.log(`dashboard  ${localUrl(settings.bindAddress, settings.dashboardPort ?? 0)}`);
  // Ctrl-C reaches wrangler as it reaches us: waiting for its end keeps the terminal in order.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => wrangler.kill());
  stopWithNpm(() => wrangler.kill());
  const [code] = await once(wrangler, "exit");
  await vite?.close();
  process.exitCode = code ?? 0;
}

function startWrangler(settings: Settings) {
  const key = settings.keys.length > 0 ? settings.keys.join(",") : readOrMakeKey(settings.dataDir).key;
  const variables = { ...settings.workerSettings, CC2CC_HUB_API_KEY: key, CC2CC_VERSION: "dev" };
  // A file of the data folder, and no `--var`: what stands in an argument list, everyone on the machine can read.
  const envFile = join(settings.dataDir, "dev.vars");
  writePrivateFile(
    envFile,
    Object.entries(variables)
      .map(([name, value]) => `${name}="${value}"\n`)
      .join(""),
  );
  const args = [
    join(ROOT, "node_modules/wrangler/bin/wrangler.js"),
    "dev",
    ...["--ip", settings.bindAddress],
    ...["--port", String(settings.hubPort)],
    ...["--env-file", envFile],
    // Apart from the data of `npm start`, whose files wrangler lays out differently.
    ...["--persist-to", join(settings.dataDir, "dev")],
  ];
  return spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: "inherit",
    // Both ask the internet for something that a closed LAN does not have, and print a stack trace without it.
    env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_SEND_METRICS: "false" },
  });
}

async function startDashboard({ bindAddress, dashboardPort }: Settings) {
  if (dashboardPort === undefined) return undefined;
  const server = await createServer({
    ...DASHBOARD_BUNDLE.vite(ROOT),
    server: { host: bindAddress, port: dashboardPort },
  });
  return server.listen();
}

await runDev().catch((error: unknown) => {
  if (!(error instanceof StartProblem)) throw error;
  console.error(`cc2cc: ${error.message}`);
  process.exitCode = 1;
});
