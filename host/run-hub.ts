import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, readFileSync, renameSync } from "node:fs";
import { homedir, networkInterfaces } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type BannerFacts, renderBanner } from "./banner.ts";
import { DASHBOARD_BUNDLE, isStale, MAILBOX_BUNDLE, PLUGIN_BUNDLE, WORKER_BUNDLE } from "./bundles.ts";
import { watchClock } from "./clock-watch.ts";
import {
  ensurePrivateFile,
  type HubState,
  lockDataDir,
  prepareDataDir,
  removeHubState,
  writeHubState,
} from "./data-dir.ts";
import { claimDataFormat, DATA_FORMAT } from "./data-format.ts";
import { watchDisk } from "./disk-watch.ts";
import { configureHub } from "./hub-config.ts";
import { askHub, type HubDoor } from "./hub-http.ts";
import { isClone, ROOT, readVersion } from "./installation.ts";
import { type KeyFile, readKeys, readOrMakeKeys } from "./key-file.ts";
import { findLanAddress } from "./lan-address.ts";
import { configureLog, logLine, relayLine } from "./log.ts";
import { stopWithNpm } from "./parent-watch.ts";
import { checkPort, localUrl } from "./port-check.ts";
import { publicUrl } from "./public-host.ts";
import { checkGlibc, findWorkerd, readGlibcVersion, readOpenFilesLimit } from "./requirements.ts";
import { readSettings, type Settings } from "./settings.ts";
import { makeSignInLink } from "./sign-in-link.ts";
import { StartProblem } from "./start-problem.ts";
import { Supervisor } from "./supervisor.ts";
import { closeSockets, DISK_WORDS, tellDisk } from "./tell-hub.ts";
import { readTlsCertificate, type TlsCertificate } from "./tls-certificate.ts";
import { watchFiles } from "./watch-files.ts";
import { type BuiltWorker, importPathsOf, renderWorkerdConfig } from "./workerd-config.ts";
import { startWorkerd } from "./workerd-process.ts";

const HEALTH_TIMEOUT_MS = 30_000;
/** The first start with the data of an older format converts them before it answers. */
const CONVERSION_TIMEOUT_MS = 1_800_000;
const HEALTH_RETRY_MS = 25;
/** Some 1,400 connections. */
const OPEN_FILES_ENOUGH = 4_096;

/** The whole of `npm start`. */
export async function runHub(): Promise<void> {
  // Who read what we print may have gone (`npm start | head`), or its disk may be full: the hub goes on without a word.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => undefined);
  try {
    checkGlibc(process.platform, readGlibcVersion());
    const binary = findWorkerd(process.platform, process.arch);
    const settings = readSettings(process.env, homedir());
    configureLog({
      level: settings.logLevel,
      format: settings.logFormat ?? (process.stderr.isTTY ? "text" : "json"),
      isColorful: process.stderr.isTTY === true,
      write: (line) => process.stderr.write(`${line}\n`),
    });
    // Read again when workerd starts: this is for whoever has to mend it, before anything is built.
    readCertificate(settings);
    prepareDataDir(settings.dataDir);
    const lock = lockDataDir(settings.dataDir);
    const note = claimDataFormat(settings.dataDir, { format: DATA_FORMAT, hub: readVersion() });
    if (note !== undefined) logLine("warn", note);
    const healthTimeoutMs = note === undefined ? HEALTH_TIMEOUT_MS : CONVERSION_TIMEOUT_MS;
    const keyFile = settings.keys.length > 0 ? undefined : readOrMakeKeys(settings.dataDir);
    await checkPort("CC2CC_HUB_PORT", settings.bindAddress, settings.hubPort);
    if (settings.dashboardPort !== undefined) {
      await checkPort("CC2CC_DASHBOARD_PORT", settings.bindAddress, settings.dashboardPort);
    }
    if (
      isClone &&
      [WORKER_BUNDLE, MAILBOX_BUNDLE, DASHBOARD_BUNDLE, PLUGIN_BUNDLE].some((bundle) => isStale(ROOT, bundle))
    )
      build();
    await serve(settings, keyFile, binary, healthTimeoutMs);
    removeHubState(settings.dataDir);
    lock.release();
    logLine("info", "hub stopped");
  } catch (error) {
    if (!(error instanceof StartProblem)) throw error;
    console.error(`cc2cc: ${error.message}`);
    process.exitCode = 1;
  }
}

/** In a process of its own: what Vite leaves in memory would stay with the launcher for as long as the hub runs. */
function build(): void {
  const { status } = spawnSync(process.execPath, [join(ROOT, "host", "build.ts")], { stdio: "inherit" });
  if (status !== 0) throw new StartProblem("the build failed, for the reason above.");
}

/** Returns when the hub was told to stop and has. */
async function serve(
  settings: Settings,
  keyFile: KeyFile | undefined,
  binary: string,
  healthTimeoutMs: number,
): Promise<void> {
  const lanAddress = settings.lanIp ?? findLanAddress(networkInterfaces());
  let keys = keyFile?.keys ?? settings.keys;
  const version = readVersion();
  const openFiles = checkOpenFiles();
  const ports = new Map([["hub", settings.hubPort]]);
  if (settings.dashboardPort !== undefined) ports.set("dashboard", settings.dashboardPort);
  const configPath = join(settings.dataDir, "workerd.capnp");
  const workers = copyWorkers(settings.dataDir);
  const dashboardDir = join(ROOT, DASHBOARD_BUNDLE.outDir);
  /** That of the workerd that was started last. */
  let certificate: TlsCertificate | undefined;
  const door = (): HubDoor => ({
    url: localUrl(settings.bindAddress, ports.get("hub") ?? 0, settings.tls ? "https" : "http"),
    fingerprint: certificate?.fingerprint,
  });
  let isFirst = true;

  const supervisor = new Supervisor({
    start() {
      certificate = readCertificate(settings);
      const facts = { settings, ports, version, lanAddress, certificate, openFiles };
      const config = configureHub({ ...facts, ...workers, dashboardDir });
      ensurePrivateFile(configPath, renderWorkerdConfig(config));
      const options = {
        binary,
        configPath,
        importPaths: importPathsOf(settings.tls),
        socketCount: ports.size,
        env: {
          CC2CC_HUB_API_KEY: keys.join(","),
          ...(settings.webhookUrl === undefined ? {} : { CC2CC_WEBHOOK_URL: settings.webhookUrl }),
        },
        onLine: relayLine,
      };
      const workerd = startWorkerd(options);
      const [ownKey = ""] = keys;
      return {
        ...workerd,
        async stop() {
          await closeSockets(door(), ownKey);
          await workerd.stop();
        },
      };
    },
    async waitUntilHealthy(workerd) {
      // A port that was "any" stays what it became: clients come back to it after a crash.
      for (const [name, port] of await workerd.listening) ports.set(name, port);
      await waitForHealth(door(), workerd.ended, healthTimeoutMs);
    },
    onHealthy(workerd) {
      const { bindAddress, dataDir } = settings;
      const reach = { lanAddress, bindAddress, certificateHosts: certificate?.hosts };
      const hubPort = ports.get("hub") ?? 0;
      noteState(dataDir, {
        pid: process.pid,
        workerdPid: workerd.pid,
        publicUrl: publicUrl(reach, hubPort),
        ...door(),
        startedAt: new Date().toISOString(),
      });
      const facts = { pid: workerd.pid, url: door().url };
      if (!isFirst) return logLine("info", "workerd runs again", facts);
      isFirst = false;
      logLine("info", "hub started", { version, format: DATA_FORMAT, ...facts });
      if (settings.logFormat === "json") return;
      const key = keys[0] ?? "";
      const dashboardPort = ports.get("dashboard");
      void printBanner({ version, dataDir, keyPath: keyFile?.path, key, hubPort, dashboardPort, ...reach }, door());
    },
    log: (line) => logLine("warn", line),
    sleep,
    now: () => performance.now(),
  });
  stopWhenAsked(supervisor);
  watchDisk(settings.dataDir, (state, isNew) => {
    if (isNew) logLine("warn", DISK_WORDS[state]);
    void tellDisk(door(), keys[0] ?? "", state);
  });
  watchClock((ms) => {
    logLine(
      "warn",
      `the clock was set back by ${Math.round(ms / 1_000)} s; starting workerd again, whose time stands still`,
    );
    void supervisor.restart();
  });
  if (settings.tls) {
    restartWhenChanged(supervisor, Object.values(settings.tls), "certificate", () => {
      return readCertificate(settings)?.fingerprint !== certificate?.fingerprint;
    });
  }
  if (keyFile) {
    restartWhenChanged(supervisor, [keyFile.path], "key file", () => {
      const found = readKeys(settings.dataDir) ?? keys;
      const isChanged = found.join() !== keys.join();
      keys = found;
      return isChanged;
    });
  }
  // workerd has no setting for the mode of its files, and they hold everyone's messages.
  process.umask(0o077);
  await supervisor.run();
}

/** Few open files mean few connections: whoever runs the hub should hear of it before its clients do. */
function checkOpenFiles(): number | undefined {
  const openFiles = readOpenFilesLimit();
  if (openFiles !== undefined && openFiles < OPEN_FILES_ENOUGH) {
    logLine(
      "warn",
      `this system lets the hub open ${openFiles} files, two a connection: raise the hard limit (ulimit -Hn)`,
    );
  }
  return openFiles;
}

/** Only other programs of this machine read it: a hub on a full disk runs without. */
function noteState(dataDir: string, state: HubState): void {
  try {
    writeHubState(dataDir, state);
  } catch (error) {
    if (!(error instanceof StartProblem)) throw error;
    logLine("warn", error.message);
  }
}

/** A log is read by others than who started the hub: only a terminal is shown what opens it. */
async function printBanner(facts: Omit<BannerFacts, "isTerminal" | "signInLink">, door: HubDoor): Promise<void> {
  const isTerminal = process.stdout.isTTY === true;
  let signInLink: string | undefined;
  if (isTerminal) {
    signInLink = await makeSignInLink(door, facts.key, publicUrl(facts, facts.hubPort)).catch((error: unknown) => {
      logLine("warn", `no link to sign in with: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    });
  }
  const linkCommand = isClone ? "npm run link" : "cc2cc link";
  console.log(renderBanner({ ...facts, isTerminal, signInLink, linkCommand }));
}

/**
 * A copy beside the configuration, made once: whatever is built meanwhile, a workerd that is started again is the same. As a
 * file it never passes through this process, which would keep some 15 MB for it.
 */
function copyWorkers(dataDir: string) {
  const [worker, mailboxWorker] = [WORKER_BUNDLE, MAILBOX_BUNDLE].map(({ outDir, entry }) => {
    const temporary = join(dataDir, `${entry}.${process.pid}`);
    try {
      copyFileSync(join(ROOT, outDir, entry), temporary);
      chmodSync(temporary, 0o600);
      renameSync(temporary, join(dataDir, entry));
    } catch (error) {
      throw new StartProblem(`cannot write to the data folder ${dataDir} (${error}): see that the disk has room.`);
    }
    return { file: entry };
  }) as [BuiltWorker, BuiltWorker];
  return { worker, mailboxWorker };
}

function readCertificate({ tls }: Settings): TlsCertificate | undefined {
  return tls && readTlsCertificate(tls, Date.now(), (path) => readFileSync(path, "utf8"));
}

/** workerd is given these once; clients come back within a second, as after any restart. */
function restartWhenChanged(supervisor: Supervisor, paths: string[], what: string, isChanged: () => boolean): void {
  watchFiles(paths, () => {
    try {
      if (!isChanged()) return;
      logLine("info", `the ${what} has changed; starting workerd again with it`);
      void supervisor.restart();
    } catch (error) {
      if (!(error instanceof StartProblem)) throw error;
      // Halfway through a renewal a certificate and its key do not fit each other.
      logLine("warn", `the hub goes on with the ${what} it has: ${error.message}`);
    }
  });
}

async function waitForHealth(door: HubDoor, ended: Promise<unknown>, timeoutMs: number): Promise<void> {
  const giveUp = new AbortController();
  void ended.then(() => giveUp.abort());
  const signal = AbortSignal.any([giveUp.signal, AbortSignal.timeout(timeoutMs)]);
  const isHealthy = () =>
    askHub(door, { path: "/health", signal }).then(
      ({ status }) => status === 200,
      () => false,
    );
  while (!(await isHealthy())) await sleep(HEALTH_RETRY_MS, undefined, { signal });
}

function stopWhenAsked(supervisor: Supervisor): void {
  let isStopping = false;
  const stop = () => {
    // Asked twice: whoever asks has no patience left, and the guard ends workerd.
    if (isStopping) process.exit(1);
    isStopping = true;
    void supervisor.stop();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  stopWithNpm(stop);
}
