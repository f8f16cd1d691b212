/**
 * What the container needs besides the hub: settings checked, keys made, questions asked. The image has no Node and no curl,
 * but it has workerd, which runs each of these exports as a "test": the very code of `npm start` decides here too.
 */
import { renderBanner } from "../banner.ts";
import { checkDataFormat, DATA_FORMAT, dataFormatPath, parseDataFormat, renderDataFormat } from "../data-format.ts";
import { configureHub } from "../hub-config.ts";
import { makeKey, parseKeyFile } from "../key-file.ts";
import { readSettings, type Settings } from "../settings.ts";
import { StartProblem } from "../start-problem.ts";
import { readTlsCertificate, type TlsCertificate } from "../tls-certificate.ts";
import { type BuiltWorker, renderWorkerdConfig } from "../workerd-config.ts";
import { Files } from "./files.ts";
import type { Service } from "./service.ts";

/** The variables of the container, null where unset, and what the image's tool.capnp adds. */
interface Env extends Record<string, unknown> {
  FILES: Service;
  /** The running hub, by the socket beside it. */
  HUB: Service;
  CC2CC_VERSION: string;
  /** Where the image keeps the hub. */
  CC2CC_APP_DIR: string;
  /** The address of the socket beside the hub. */
  CC2CC_CONTROL_ADDRESS: string;
  /** How many files a process of the container may have open; a word for no limit. */
  CC2CC_OPEN_FILES: string;
}

/** Long, since the first start with the data of an older format converts them before it answers. */
const HEALTH_TIMEOUT_MS = 1_800_000;
const HEALTH_RETRY_MS = 50;
const GOODBYE_TIMEOUT_MS = 500;

/** Checks everything that the hub is about to use, makes the first key, and writes workerd's configuration. */
export const prepare = command(async (env) => {
  const files = new Files(env.FILES);
  const settings = settingsOf(env);
  const { dataDir } = settings;
  const formatPath = dataFormatPath(dataDir);
  const storage = await files.list(`${dataDir}/storage`);
  const found = parseDataFormat(formatPath, await files.read(formatPath), storage.length > 0);
  const own = { format: DATA_FORMAT, hub: env.CC2CC_VERSION };
  const note = checkDataFormat(dataDir, found, own);
  if (note !== undefined) console.log(`cc2cc: ${note}`);
  await files.write(formatPath, renderDataFormat(own));
  if (settings.keys.length === 0) await keepKey(files, `${dataDir}/key`);
  const [worker, mailboxWorker] = [await readWorker(env, "worker.js"), await readWorker(env, "mailboxes.js")];
  const config = configureHub({
    settings,
    ports: portsOf(settings),
    version: env.CC2CC_VERSION,
    lanAddress: settings.lanIp,
    certificate: await certificateOf(settings, files),
    worker,
    mailboxWorker,
    dashboardDir: `${env.CC2CC_APP_DIR}/dashboard`,
    controlAddress: env.CC2CC_CONTROL_ADDRESS,
    openFiles: Number(env.CC2CC_OPEN_FILES) || undefined,
  });
  await files.write(`${dataDir}/workerd.capnp`, renderWorkerdConfig(config));
});

async function readWorker(env: Env, name: string): Promise<BuiltWorker> {
  const source = await new Files(env.FILES).read(`${env.CC2CC_APP_DIR}/${name}`);
  if (source === undefined) throw new Error(`${env.CC2CC_APP_DIR} holds no ${name}`);
  return { source };
}

/** Waits until the hub answers, and says how to reach it. */
export const announce = command(async (env) => {
  const settings = settingsOf(env);
  const giveUpAt = Date.now() + HEALTH_TIMEOUT_MS;
  while (!(await isHealthy(env))) {
    if (Date.now() > giveUpAt) throw new StartProblem("the hub does not answer; the lines above may say why.");
    await new Promise((resolve) => setTimeout(resolve, HEALTH_RETRY_MS));
  }
  if (settings.logFormat === "json") return;
  const certificate = await certificateOf(settings, new Files(env.FILES));
  const banner = renderBanner({
    version: env.CC2CC_VERSION,
    lanAddress: settings.lanIp,
    bindAddress: settings.bindAddress,
    hubPort: settings.hubPort,
    dashboardPort: settings.dashboardPort,
    certificateHosts: certificate?.hosts,
    dataDir: settings.dataDir,
    keyPath: settings.keys.length > 0 ? undefined : `docker compose exec hub cat ${settings.dataDir}/key`,
    key: "",
    isTerminal: false,
  });
  console.log(banner);
});

/** Fails unless the hub answers that it is well. */
export const health = command(async (env) => {
  if (!(await isHealthy(env))) throw new StartProblem("the hub does not answer /health with 200.");
});

/** Tells every client that the hub goes down (1001); a hub that cannot is stopped all the same. */
export const goodbye = command(async (env) => {
  const headers = { authorization: `Bearer ${String(env.CC2CC_HUB_API_KEY).split(",", 1)[0]?.trim()}` };
  const signal = AbortSignal.timeout(GOODBYE_TIMEOUT_MS);
  const answer = await env.HUB.fetch("http://localhost/api/sockets", { method: "DELETE", headers, signal });
  await answer.arrayBuffer();
});

/** Says what went wrong on stdout, since workerd's stderr is about its "test"; the shell turns that round. */
function command(run: (env: Env) => Promise<void>) {
  return {
    async test(_controller: unknown, env: Env): Promise<void> {
      try {
        await run(env);
      } catch (error) {
        const text =
          error instanceof StartProblem ? error.message : error instanceof Error ? error.stack : String(error);
        console.log(`cc2cc: ${text}`);
        throw error;
      }
    },
  };
}

function settingsOf(env: Env): Settings {
  const variables = Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const settings = readSettings(Object.fromEntries(variables), "/");
  if (settings.hubPort === 0 || settings.dashboardPort === 0) {
    throw new StartProblem("a container publishes its ports by their numbers: port 0, any free one, is not for it.");
  }
  return settings;
}

function portsOf({ hubPort, dashboardPort }: Settings): Map<string, number> {
  const ports = new Map([["hub", hubPort]]);
  if (dashboardPort !== undefined) ports.set("dashboard", dashboardPort);
  return ports;
}

async function keepKey(files: Files, path: string): Promise<void> {
  const key = await files.read(path);
  if (key === undefined) await files.write(path, `${makeKey()}\n`);
  else parseKeyFile(key, path);
}

async function certificateOf({ tls }: Settings, files: Files): Promise<TlsCertificate | undefined> {
  if (tls === undefined) return undefined;
  const texts = new Map<string, string | undefined>();
  for (const path of Object.values(tls)) texts.set(path, await files.read(path));
  return readTlsCertificate(tls, Date.now(), (path) => {
    const text = texts.get(path);
    if (text === undefined) throw Object.assign(new Error("not found"), { code: "not found, or not readable" });
    return text;
  });
}

async function isHealthy({ HUB }: Env): Promise<boolean> {
  try {
    const answer = await HUB.fetch("http://localhost/health");
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
