/** What the plugin is told by its host: the user's configuration first, then the environment, then defaults. */
import { homedir, hostname, userInfo } from "node:os";
import { basename, join } from "node:path";
import { parseHubUrl } from "../../shared/hub-url.ts";
import { PERMISSION_LEVELS, type PermissionLevel } from "./hooks/permissions.ts";

export const DELIVERY_MODES = ["auto", "channel", "inbox", "hooks", "pull"] as const;
export type DeliveryMode = (typeof DELIVERY_MODES)[number];

export interface Settings {
  /** Undefined when not set or not an address; `problems` then says so. */
  hubUrl: URL | undefined;
  apiKey: string | undefined;
  username: string;
  host: string;
  /** Whether somebody chose them, rather than the machine's present state. */
  isUsernameChosen: boolean;
  isHostChosen: boolean;
  project: string;
  /** Chosen by a launcher: holds over `/clear`. */
  pinnedSession: string | undefined;
  /** As Claude Code had it when it started the server. */
  claudeSession: string | undefined;
  /** The host ends with its answer, as `claude -p` does. */
  isOneShot: boolean;
  delivery: DeliveryMode;
  permissions: PermissionLevel;
  /**
   * A program that only looks at the server, such as `claude mcp list`, or a session that nobody can wake: it is no
   * member of the hub before it does something.
   */
  isConnectedOnUse: boolean;
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
  // `auto` is what the printed line sets, and leaves the choice to whoever starts the session.
  const chosenDelivery = configured("DELIVERY") ?? "auto";
  const delivery = chosenDelivery === "auto" ? (read("CC2CC_DELIVERY") ?? "auto") : chosenDelivery;
  const permissions = configured("PERMISSIONS") ?? read("CC2CC_PERMISSIONS") ?? "ask";
  const socketPath = read("CLAUDE_CODE_MESSAGING_SOCKET");
  const socketToken = read("CLAUDE_CODE_MESSAGING_TOKEN");
  return {
    hubUrl,
    apiKey,
    username: read("CC2CC_USERNAME") ?? read("USER") ?? read("USERNAME") ?? loginName(),
    host: read("CC2CC_HOST") ?? read("HOSTNAME") ?? hostname(),
    isUsernameChosen: read("CC2CC_USERNAME") !== undefined,
    isHostChosen: read("CC2CC_HOST") !== undefined,
    project: read("CC2CC_PROJECT") ?? basename(read("CLAUDE_PROJECT_DIR") ?? cwd),
    pinnedSession: read("CC2CC_SESSION_ID"),
    claudeSession: read("CLAUDE_CODE_SESSION_ID"),
    isOneShot: read("CLAUDE_CODE_ENTRYPOINT") === "sdk-cli",
    delivery: isOneOf(DELIVERY_MODES, delivery) ? delivery : "auto",
    permissions: isOneOf(PERMISSION_LEVELS, permissions) ? permissions : "ask",
    // Seen on Claude Code 2.1.332: `claude mcp list` starts the server as if for `-p`, but without an inbox.
    isConnectedOnUse: read("CLAUDE_CODE_ENTRYPOINT") === "sdk-cli" && socketPath === undefined,
    dataDir: read("CLAUDE_PLUGIN_DATA") ?? join(homedir(), ".cc2cc", "plugin"),
    inboxSocket: socketPath && socketToken ? { path: socketPath, token: socketToken } : undefined,
    problems: [
      ...hubUrlProblems(address, hubUrl),
      ...choiceProblems("delivery", delivery, DELIVERY_MODES),
      ...choiceProblems("permissions", permissions, PERMISSION_LEVELS),
      ...(apiKey === undefined ? ["No hub key is set: set CC2CC_API_KEY, or api_key in /plugin."] : []),
    ],
  };
}

/** An unset variable reaches us as the literal text `${NAME}`, and an option left empty as "". */
function readValue(text: string | undefined): string | undefined {
  const value = text?.trim();
  return value === undefined || value === "" || /^\$\{[^}]*\}$/.test(value) ? undefined : value;
}

function hubUrlProblems(address: string | undefined, url: URL | undefined): string[] {
  if (address === undefined) {
    return ["No hub is set: set CC2CC_HUB_URL (such as http://192.168.1.20:3100), or hub_url in /plugin."];
  }
  return url === undefined ? [`The hub address "${address}" is no ws, wss, http or https URL: correct it.`] : [];
}

function isOneOf<T extends string>(choices: readonly T[], text: string): text is T {
  return (choices as readonly string[]).includes(text);
}

function choiceProblems(name: string, text: string, choices: readonly string[]): string[] {
  return choices.includes(text) ? [] : [`The setting ${name} is "${text}": choose one of ${choices.join(", ")}.`];
}

function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no user has.
    return "unknown";
  }
}
