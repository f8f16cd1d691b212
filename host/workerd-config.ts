import { parse } from "node:path";
import type { TlsPaths } from "./settings.ts";

export interface WorkerdConfig {
  /** The built workers: the hub's, and that of the mailboxes. */
  worker: BuiltWorker;
  mailboxWorker: BuiltWorker;
  dashboardDir: string;
  storageDir: string;
  textBindings: Record<string, string>;
  /** Names of environment variables that become text bindings of the same name. Their values never enter this text. */
  secretBindings: string[];
  /** Socket name to address. */
  sockets: Record<string, string>;
  /** What these sockets show their clients; undefined for plain http. Start workerd with `importPathsOf` it. */
  tls?: TlsPaths | undefined;
  /** Set where the hub tells others by a webhook: then it has a way out. */
  webhook?: { isHttps: boolean } | undefined;
  /** Address of a socket besides, plain http in any case, for whoever stands beside the hub. */
  controlAddress?: string | undefined;
}

/** As JavaScript, or as a file beside the configuration. */
export type BuiltWorker = { source: string } | { file: string };

export const COMPATIBILITY_DATE = "2026-10-23";
export const COMPATIBILITY_FLAGS = ["no_web_socket_compression"];

/**
 * Binding, class, and the key that names the class's storage on disk. The key is part of the data format: a new one
 * means an empty hub.
 */
export const DURABLE_OBJECTS = [
  { binding: "MAILBOX", className: "InstanceMailbox", uniqueKey: "cc2cc-InstanceMailbox" },
  { binding: "DIRECTORY", className: "Directory", uniqueKey: "cc2cc-Directory" },
  { binding: "EXCHANGE", className: "Exchange", uniqueKey: "cc2cc-Exchange" },
  { binding: "TOPIC", className: "Topic", uniqueKey: "cc2cc-Topic" },
  { binding: "JOURNAL", className: "Journal", uniqueKey: "cc2cc-Journal" },
  { binding: "MCP", className: "McpSession", uniqueKey: "cc2cc-McpSession" },
];

/**
 * Mailboxes, topics and MCP sessions keep nothing on disk, and an object with storage on disk costs memory and files even if it never
 * touches it: here they live in a second worker of the same process, whose storage is in memory. What 0.1 left of the first
 * two is bound by itself.
 */
const WITHOUT_STORAGE: ReadonlyMap<string, { legacyBinding: string | null; uniqueKey: string }> = new Map([
  ["InstanceMailbox", { legacyBinding: "LEGACY_MAILBOX", uniqueKey: "cc2cc-mailboxes" }],
  ["Topic", { legacyBinding: "LEGACY_TOPIC", uniqueKey: "cc2cc-topics" }],
  ["McpSession", { legacyBinding: null, uniqueKey: "cc2cc-mcp-sessions" }],
]);
const MAILBOX_WORKER = "mailboxes";

/** Whether a class lives in the second worker. */
export function isWithoutStorage(className: string): boolean {
  return WITHOUT_STORAGE.has(className);
}

/**
 * The hub calls nobody. workerd would give it the internet otherwise, and does not start where the system has no
 * certificates to check servers by, as a bare Debian has none.
 */
export const NO_INTERNET = '(name = "internet", network = (allow = []))';

/**
 * What wrangler.toml says, for workerd alone. Certificate
 * and key are embedded: a restart is how renewed ones come in, and no copy of the key is left in this text.
 */
export function renderWorkerdConfig(config: WorkerdConfig): string {
  const sockets = Object.entries(config.sockets).map(([name, address]) => renderSocket(name, address, config.tls));
  if (config.controlAddress !== undefined) sockets.push(renderSocket("control", config.controlAddress, undefined));
  const settings = [
    ...Object.entries(config.textBindings).map(([name, value]) => `(name = ${quote(name)}, text = ${quote(value)})`),
    ...config.secretBindings.map((name) => `(name = ${quote(name)}, fromEnvironment = ${quote(name)})`),
  ];
  const hubBindings = [
    ...DURABLE_OBJECTS.map(({ binding, className }) =>
      isWithoutStorage(className) ? bindElsewhere(binding, className, MAILBOX_WORKER) : bind(binding, className),
    ),
    ...[...WITHOUT_STORAGE].flatMap(([className, { legacyBinding }]) =>
      legacyBinding === null ? [] : [bind(legacyBinding, className)],
    ),
    `(name = "ASSETS", service = "dashboard")`,
    ...(config.webhook === undefined ? [] : [`(name = "WEBHOOK", service = "webhook")`]),
    ...settings,
  ];
  const onDisk = DURABLE_OBJECTS.filter(({ className }) => WITHOUT_STORAGE.get(className)?.legacyBinding !== null);
  const namespaces = onDisk.map(
    ({ className, uniqueKey }) =>
      `(className = ${quote(className)}, uniqueKey = ${quote(uniqueKey)}, enableSql = true)`,
  );
  const mailboxBindings = [
    bindElsewhere("EXCHANGE", "Exchange", "hub"),
    bindElsewhere("JOURNAL", "Journal", "hub"),
    bind("MAILBOX", "InstanceMailbox"),
    bind("MCP", "McpSession"),
  ];
  const inMemory = [...WITHOUT_STORAGE].map(
    ([className, { uniqueKey }]) => `(className = ${quote(className)}, uniqueKey = ${quote(uniqueKey)})`,
  );
  const worker = `compatibilityDate = ${quote(COMPATIBILITY_DATE)},
  compatibilityFlags = [${COMPATIBILITY_FLAGS.map(quote).join(", ")}],`;
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "hub", worker = .hub),
    (name = ${quote(MAILBOX_WORKER)}, worker = .mailboxes),
    (name = "storage", disk = (path = ${quote(config.storageDir)}, writable = true)),
    (name = "dashboard", disk = (path = ${quote(config.dashboardDir)})),
    ${[NO_INTERNET, ...renderWebhook(config.webhook)].join(",\n    ")},
  ],
  sockets = [${list(sockets)}],
);

const source :Text = ${renderSource(config.worker)};

const mailboxSource :Text = ${renderSource(config.mailboxWorker)};

const hub :Workerd.Worker = (
  ${worker}
  modules = [(name = "worker.js", esModule = .source)],
  bindings = [${list(hubBindings)}],
  durableObjectNamespaces = [${list(namespaces)}],
  durableObjectStorage = (localDisk = "storage"),
);

const mailboxes :Workerd.Worker = (
  ${worker}
  modules = [(name = "mailboxes.js", esModule = .mailboxSource)],
  bindings = [${list([...mailboxBindings, ...settings])}],
  durableObjectNamespaces = [${list(inMemory)}],
  durableObjectStorage = (inMemory = void),
);
`;
}

/** The one way out, by a binding that nothing else uses. For https workerd needs the certificates of the system. */
function renderWebhook(webhook: WorkerdConfig["webhook"]): string[] {
  if (webhook === undefined) return [];
  const tls = webhook.isHttps ? ", tlsOptions = (trustBrowserCas = true)" : "";
  return [`(name = "webhook", network = (allow = ["public", "private", "local"]${tls}))`];
}

function renderSource(worker: BuiltWorker): string {
  return "file" in worker ? `embed ${quote(worker.file)}` : quote(worker.source);
}

function bind(name: string, className: string): string {
  return `(name = ${quote(name)}, durableObjectNamespace = ${quote(className)})`;
}

/** To objects of another worker of the process. */
function bindElsewhere(name: string, className: string, serviceName: string): string {
  const namespace = `(className = ${quote(className)}, serviceName = ${quote(serviceName)})`;
  return `(name = ${quote(name)}, durableObjectNamespace = ${namespace})`;
}

/** Folders that workerd must know (`--import-path`) to find the files of the certificate. */
export function importPathsOf(tls: TlsPaths | undefined): string[] {
  return tls === undefined ? [] : [...new Set([tls.certPath, tls.keyPath].map((path) => parse(path).root))];
}

function renderSocket(name: string, address: string, tls: TlsPaths | undefined): string {
  const protocol =
    tls === undefined
      ? "http = ()"
      : `https = (options = (), tlsOptions = (keypair = (certificateChain = ${embed(tls.certPath)}, privateKey = ${embed(tls.keyPath)})))`;
  return `(name = ${quote(name)}, address = ${quote(address)}, ${protocol}, service = "hub")`;
}

/** Cap'n Proto looks an absolute path up below its import paths. */
function embed(path: string): string {
  return `embed ${quote(`/${path.slice(parse(path).root.length).replaceAll("\\", "/")}`)}`;
}

function list(items: string[]): string {
  return `\n${items.map((item) => `    ${item},\n`).join("")}  `;
}

/** Cap'n Proto reads C escapes, which lack JSON's \\u: so every byte of UTF-8 that is not plain ASCII goes as \\x. */
function quote(text: string): string {
  const escaped = text.replace(/["\\]|[^\x20-\x7e]+/g, (found) => {
    if (found === '"' || found === "\\") return `\\${found}`;
    return [...new TextEncoder().encode(found)].map(escapeByte).join("");
  });
  return `"${escaped}"`;
}

function escapeByte(byte: number): string {
  return byte === 0x0a ? "\\n" : `\\x${byte.toString(16).padStart(2, "0")}`;
}
