import { isIP } from "node:net";
import { join, resolve } from "node:path";
import { StartProblem } from "./start-problem.ts";

export interface Settings {
  /** Valid keys from the environment; empty when the key file decides. */
  keys: string[];
  bindAddress: string;
  /** 0 takes any free port. */
  hubPort: number;
  /** Undefined when the second port is turned off. */
  dashboardPort: number | undefined;
  lanIp: string | undefined;
  /** Where the certificate and its key are, when the hub speaks TLS. */
  tls: TlsPaths | undefined;
  dataDir: string;
  /** Where it is told that people are asked; undefined for nowhere. */
  webhookUrl: string | undefined;
  logLevel: LogLevelName;
  /** Undefined: words for a terminal, JSON for everything else. */
  logFormat: LogFormat | undefined;
  /** What is handed to the worker as it is; unset settings are left out, so that the worker's defaults apply. */
  workerSettings: Record<string, string>;
}

export interface TlsPaths {
  certPath: string;
  keyPath: string;
}

const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
const LOG_FORMATS = ["json", "text"] as const;
export type LogLevelName = (typeof LOG_LEVELS)[number];
export type LogFormat = (typeof LOG_FORMATS)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/** 32 characters are the least that a guesser on the LAN cannot try through. */
const KEY_MIN_LENGTH = 32;

const NUMBER_SETTINGS = [
  "CC2CC_RATE_FRAMES",
  "CC2CC_RATE_WINDOW_SECONDS",
  "CC2CC_BROADCAST_INTERVAL_SECONDS",
  "CC2CC_QUEUE_MAX_MESSAGES",
  "CC2CC_QUEUE_MAX_BYTES",
  "CC2CC_TOPIC_EXPIRE_SECONDS",
  "CC2CC_INSTANCE_RETIRE_SECONDS",
  "CC2CC_HISTORY_DAYS",
  "CC2CC_HISTORY_MAX_MB",
  "CC2CC_STORE_MAX_MB",
  "CC2CC_LOOP_MESSAGES",
];

/** Every variable that the hub reads, for whoever has to hand them on by name. */
export const SETTING_NAMES = [
  "CC2CC_HUB_API_KEY",
  "CC2CC_HUB_PORT",
  "CC2CC_DASHBOARD_PORT",
  "CC2CC_BIND",
  "CC2CC_HOST_LAN_IP",
  "CC2CC_DASHBOARD_ORIGIN",
  "CC2CC_ALLOWED_HOSTS",
  "CC2CC_TLS_CERT",
  "CC2CC_TLS_KEY",
  "CC2CC_WEBHOOK_URL",
  "CC2CC_DATA_DIR",
  "CC2CC_LOG_LEVEL",
  "CC2CC_LOG_FORMAT",
  ...NUMBER_SETTINGS,
];

export function readSettings(env: Environment, home: string): Settings {
  const hubPort = readPort(env, "CC2CC_HUB_PORT", 3100);
  const dashboardPort = env.CC2CC_DASHBOARD_PORT === "" ? undefined : readPort(env, "CC2CC_DASHBOARD_PORT", 8029);
  if (hubPort !== 0 && hubPort === dashboardPort) {
    throw new StartProblem(`CC2CC_HUB_PORT and CC2CC_DASHBOARD_PORT are both ${hubPort}: give them two ports.`);
  }
  return {
    keys: parseKeys(env.CC2CC_HUB_API_KEY ?? "", "CC2CC_HUB_API_KEY"),
    bindAddress: readAddress(env, "CC2CC_BIND") ?? "0.0.0.0",
    hubPort,
    dashboardPort,
    lanIp: readAddress(env, "CC2CC_HOST_LAN_IP"),
    tls: readTlsPaths(env),
    dataDir: env.CC2CC_DATA_DIR ? resolve(env.CC2CC_DATA_DIR) : join(home, ".cc2cc"),
    webhookUrl: readWebhookUrl(env),
    logLevel: readChoice(env, "CC2CC_LOG_LEVEL", LOG_LEVELS) ?? "info",
    logFormat: readChoice(env, "CC2CC_LOG_FORMAT", LOG_FORMATS),
    workerSettings: readWorkerSettings(env),
  };
}

/** Several keys, separated by commas, are all valid: so a key can be changed while clients still hold the old one. */
export function parseKeys(text: string, place: string): string[] {
  const keys = readList(text);
  for (const key of keys) checkKey(key, place);
  return keys;
}

/** Names the place of a bad key, never the key. */
function checkKey(key: string, place: string): void {
  if (key.length < KEY_MIN_LENGTH) {
    const remove = place === "CC2CC_HUB_API_KEY" ? "unset" : "delete";
    throw new StartProblem(
      `the key in ${place} is too short (${key.length} characters, ${KEY_MIN_LENGTH} at least): ${remove} it to have one made, or use \`openssl rand -hex 32\`.`,
    );
  }
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new StartProblem(`the key in ${place} has spaces or characters outside ASCII, which no header can carry.`);
  }
}

function readList(text: string): string[] {
  return text.split(",").flatMap((item) => item.trim() || []);
}

function readPort(env: Environment, name: string, fallback: number): number {
  const text = env[name] || String(fallback);
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new StartProblem(`${name} is "${text}", which is not a port: use a number from 1 to 65535.`);
  }
  return port;
}

function readAddress(env: Environment, name: string): string | undefined {
  const address = env[name]?.trim();
  if (!address) return undefined;
  if (isIP(address) === 0) throw new StartProblem(`${name} is "${address}", which is not an IP address.`);
  return address;
}

function readTlsPaths(env: Environment): TlsPaths | undefined {
  const cert = env.CC2CC_TLS_CERT?.trim();
  const key = env.CC2CC_TLS_KEY?.trim();
  if (cert && key) return { certPath: resolve(cert), keyPath: resolve(key) };
  if (!cert && !key) return undefined;
  const [is, isNot] = cert ? ["CC2CC_TLS_CERT", "CC2CC_TLS_KEY"] : ["CC2CC_TLS_KEY", "CC2CC_TLS_CERT"];
  throw new StartProblem(`${is} is set and ${isNot} is not: TLS needs the files of both, certificate and key.`);
}

/** Not told in what is wrong with it: the path of such an address is often its secret. */
function readWebhookUrl(env: Environment): string | undefined {
  const text = env.CC2CC_WEBHOOK_URL?.trim();
  if (!text) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new StartProblem(
      "CC2CC_WEBHOOK_URL is not an http or https address without a user name: write it like https://chat.example.com/hooks/abc.",
    );
  }
  return url.href;
}

function readChoice<T extends string>(env: Environment, name: string, choices: readonly T[]): T | undefined {
  const text = env[name]?.trim();
  if (!text) return undefined;
  const choice = choices.find((known) => known === text);
  if (choice === undefined) throw new StartProblem(`${name} is "${text}": use ${choices.join(", ")}.`);
  return choice;
}

function readWorkerSettings(env: Environment): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const name of NUMBER_SETTINGS) {
    const text = env[name]?.trim();
    if (!text) continue;
    if (!/^\d+(\.\d+)?$/.test(text))
      throw new StartProblem(`${name} is "${text}", which is not a number of 0 or more.`);
    settings[name] = text;
  }
  if (env.CC2CC_LOG_LEVEL?.trim()) settings.CC2CC_LOG_LEVEL = env.CC2CC_LOG_LEVEL.trim();
  const origins = readOrigins(env.CC2CC_DASHBOARD_ORIGIN ?? "");
  if (origins.length > 0) settings.CC2CC_DASHBOARD_ORIGIN = origins.join(",");
  const hosts = readHosts(env.CC2CC_ALLOWED_HOSTS ?? "");
  if (hosts.length > 0) settings.CC2CC_ALLOWED_HOSTS = hosts.join(",");
  return settings;
}

/** Names as a browser writes them into `Host`, without a port: that is one of ours in any case. */
function readHosts(text: string): string[] {
  const hosts = readList(text).map((host) => host.toLowerCase());
  for (const host of hosts) {
    if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host)) {
      throw new StartProblem(
        `CC2CC_ALLOWED_HOSTS has "${host}", which is not a host name: write it like hub.example.com.`,
      );
    }
  }
  return hosts;
}

function readOrigins(text: string): string[] {
  const origins = readList(text);
  for (const origin of origins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new StartProblem(
        `CC2CC_DASHBOARD_ORIGIN has "${origin}", which is not an origin: write it like http://192.168.1.20:8029.`,
      );
    }
  }
  return origins;
}
