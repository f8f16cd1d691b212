import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "vite";
import { buildIfStale, DASHBOARD_BUNDLE } from "./bundles.ts";
import { prepareDataDir, writePrivateFile } from "./data-dir.ts";
import { readOrMakeKeys } from "./key-file.ts";
import { stopWithNpm } from "./parent-watch.ts";
import { checkPort, localUrl } from "./port-check.ts";
import { readSettings, type Settings } from "./settings.ts";
import { StartProblem } from "./start-problem.ts";

const ROOT = join(import.meta.dirname, "..");

const PARTS = ["hub", "dashboard"];

/** `npm run dev`: the worker under wrangler and the dashboard under Vite, both reloading, on the LAN; or one of the two. */
async function runDev(parts: string[]): Promise<void> {
  const unknown = parts.find((part) => !PARTS.includes(part));
  if (unknown !== undefined) throw new StartProblem(`npm run dev knows ${PARTS.join(" and ")}, not ${unknown}.`);
  const settings = readSettings(process.env, homedir());
  const hubUrl = localUrl(settings.bindAddress, settings.hubPort);
  const wrangler = parts.includes("hub") ? await startHub(settings) : undefined;
  const vite = parts.includes("dashboard") ? await startDashboard(settings) : undefined;
  console.log(`hub        ${hubUrl}${wrangler ? "" : " (not started here)"}`);
  if (vite) console.log(`dashboard  ${localUrl(settings.bindAddress, settings.dashboardPort ?? 0)}`);
  process.exitCode = await (wrangler ? untilEnded(wrangler) : untilAskedToStop());
  await vite?.close();
}

/** Ctrl-C reaches wrangler as it reaches us: waiting for its end keeps the terminal in order. */
async function untilEnded(wrangler: ChildProcess): Promise<number> {
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => wrangler.kill());
  stopWithNpm(() => wrangler.kill());
  const [code] = await once(wrangler, "exit");
  return code ?? 0;
}

function untilAskedToStop(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve(0));
    stopWithNpm(() => resolve(0));
  });
}

async function startHub(settings: Settings): Promise<ChildProcess> {
  prepareDataDir(settings.dataDir);
  await checkPort("CC2CC_HUB_PORT", settings.bindAddress, settings.hubPort);
  // wrangler.toml names the built dashboard, also when Vite serves the one that is being worked on.
  await buildIfStale(ROOT, DASHBOARD_BUNDLE);
  return startWrangler(settings);
}

function startWrangler(settings: Settings): ChildProcess {
  const keys = settings.keys.length > 0 ? settings.keys : readOrMakeKeys(settings.dataDir).keys;
  const variables = {
    ...settings.workerSettings,
    CC2CC_HUB_API_KEY: keys.join(","),
    CC2CC_VERSION: "dev",
    ...(settings.webhookUrl === undefined ? {} : { CC2CC_WEBHOOK_URL: settings.webhookUrl }),
  };
  // A file for us alone, and no `--var`: what stands in an argument list, everyone on the machine can read. It goes when we
  // do, and lies outside the data folder, which holds no key but its first.
  const folder = mkdtempSync(join(tmpdir(), "cc2cc-dev-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const envFile = join(folder, "dev.vars");
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
  await checkPort("CC2CC_DASHBOARD_PORT", bindAddress, dashboardPort);
  const server = await createServer({
    ...DASHBOARD_BUNDLE.vite(ROOT),
    server: { host: bindAddress, port: dashboardPort },
  });
  return server.listen();
}

const asked = process.argv.slice(2);
await runDev(asked.length === 0 ? PARTS : asked).catch((error: unknown) => {
  if (!(error instanceof StartProblem)) throw error;
  console.error(`cc2cc: ${error.message}`);
  process.exitCode = 1;
});
