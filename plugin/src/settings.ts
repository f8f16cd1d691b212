/** What the plugin is told by its host: the user's configuration first, then the environment, then defaults. */
import { homedir, hostname, userInfo } from "node:os";
import { basename, join } from "node:path";

export const DELIVERY_MODES = ["auto", "channel", "inbox", "hooks", "pull"] as const;
export type DeliveryMode = (typeof DELIVERY_MODES)[number];

export interface Settings {
  /** Undefined when not set or not an address; `problems` then says so. */
  hubUrl: URL | undefined;
  apiKey: string | undefined;
  username: string;
  host: string;
  project: string;
  /** Chosen by a launcher: holds over `/clear`. */
  pinnedSession: string | undefined;
  /** As Claude Code had it when it started the server. */
  claudeSession: string | undefined;
  delivery: DeliveryMode;
  dataDir: string;
  inboxSocket: { path: string; token: string } | undefined;
  /** Sentences for the user: what keeps the plugin from connecting. */
  problems: string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

export function readSettings(env: Environment, cwd: string): Settings {
  const read = (name: string) => readValue(env[name]);
  const configured = (key: string) => read(`CC2CC_CONFIG_${key}`) ?? read(`CLAUDE_PLUGIN_OPTION_${key}`);
  const address = configured("HUB_URL") ?? read("CC2CC_HUB_URL");
  const hubUrl = address === undefined ? undefined : parseHubUrl(address);
  const apiKey = configured("API_KEY") ?? read("CC2CC_API_KEY");
  const delivery = configured("DELIVERY") ?? read("CC2CC_DELIVERY") ?? "auto";
  const socketPath = read("CLAUDE_CODE_MESSAGING_SOCKET");
  const socketToken = read("CLAUDE_CODE_MESSAGING_TOKEN");
  return {
    hubUrl,
    apiKey,
    username: read("CC2CC_USERNAME") ?? read("USER") ?? read("USERNAME") ?? loginName(),
    host: read("CC2CC_HOST") ?? read("HOSTNAME") ?? hostname(),
    project: read("CC2CC_PROJECT") ?? basename(read("CLAUDE_PROJECT_DIR") ?? cwd),
    pinnedSession: read("CC2CC_SESSION_ID"),
    claudeSession: read("CLAUDE_CODE_SESSION_ID"),
    delivery: isDeliveryMode(delivery) ? delivery : "auto",
    dataDir: read("CLAUDE_PLUGIN_DATA") ?? join(homedir(), ".cc2cc", "plugin"),
    inboxSocket: socketPath && socketToken ? { path: socketPath, token: socketToken } : undefined,
    problems: [
      ...hubUrlProblems(address, hubUrl),
      ...(apiKey === undefined ? ["No hub key is set: set CC2CC_API_KEY, or api_key in /plugin."] : []),
    ],
  };
}

/** An unset variable reaches us as the literal text `${NAME}`, and an option left empty as "". */
function readValue(text: string | undefined): string | undefined {
  const value = text?.trim();
  return value === undefined || value === "" || /^\$\{[^}]*\}$/.test(value) ? undefined : value;
}

/** The hub's address as http(s), whatever scheme it came with, without a path. */
export function parseHubUrl(text: string): URL | undefined {
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  try {
    const url = new URL(withScheme.replace(/^ws/i, "http"));
    return /^https?:$/.test(url.protocol) && url.hostname !== "" ? new URL(url.origin) : undefined;
  } catch {
    return undefined;
  }
}

function hubUrlProblems(address: string | undefined, url: URL | undefined): string[] {
  if (address === undefined) {
    return ["No hub is set: set CC2CC_HUB_URL (such as http://192.168.1.20:3100), or hub_url in /plugin."];
  }
  return url === undefined ? [`The hub address "${address}" is no ws, wss, http or https URL: correct it.`] : [];
}

function isDeliveryMode(text: string): text is DeliveryMode {
  return (DELIVERY_MODES as readonly string[]).includes(text);
}

function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no user has.
    return "unknown";
  }
}
