export interface WorkerdConfig {
  /** The built worker, as JavaScript. */
  workerSource: string;
  dashboardDir: string;
  storageDir: string;
  /** Names of environment variables that become text bindings of the same name. Values never enter this text. */
  textBindings: string[];
  /** Socket name to address. */
  sockets: Record<string, string>;
}

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
];

/**
 * What wrangler.toml says, for workerd alone. The worker's source stands in the text itself: an `embed` would tie the
 * configuration to paths, and a hub that restarts workerd would pick up whatever was built in the meantime.
 */
export function renderWorkerdConfig(config: WorkerdConfig): string {
  const sockets = Object.entries(config.sockets).map(
    ([name, address]) => `(name = ${quote(name)}, address = ${quote(address)}, http = (), service = "hub")`,
  );
  const bindings = [
    ...DURABLE_OBJECTS.map(
      ({ binding, className }) => `(name = ${quote(binding)}, durableObjectNamespace = ${quote(className)})`,
    ),
    `(name = "ASSETS", service = "dashboard")`,
    ...config.textBindings.map((name) => `(name = ${quote(name)}, fromEnvironment = ${quote(name)})`),
  ];
  const namespaces = DURABLE_OBJECTS.map(
    ({ className, uniqueKey }) =>
      `(className = ${quote(className)}, uniqueKey = ${quote(uniqueKey)}, enableSql = true)`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "hub", worker = .hub),
    (name = "storage", disk = (path = ${quote(config.storageDir)}, writable = true)),
    (name = "dashboard", disk = (path = ${quote(config.dashboardDir)})),
  ],
  sockets = [${list(sockets)}],
);

const hub :Workerd.Worker = (
  compatibilityDate = ${quote(COMPATIBILITY_DATE)},
  compatibilityFlags = [${COMPATIBILITY_FLAGS.map(quote).join(", ")}],
  bindings = [${list(bindings)}],
  durableObjectNamespaces = [${list(namespaces)}],
  durableObjectStorage = (localDisk = "storage"),
  modules = [(name = "worker.js", esModule = ${quote(config.workerSource)})],
);
`;
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
