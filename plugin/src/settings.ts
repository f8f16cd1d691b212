/** What the plugin is told by its host: the user's configuration first, then the environment, then defaults. */
import { homedir, hostname, userInfo } from "node:os";
import { basename, join } from "node:path";
import type { JoinedHub } from "../../client/joined-hub.ts";
import { parseHubUrl } from "../../shared/hub-url.ts";
import { CLAIM_MODES, type ClaimsMode } from "./claims/collisions.ts";
import type { WakeLimit } from "./delivery/wake-budget.ts";
import { PERMISSION_LEVELS, type PermissionLevel } from "./hooks/permissions.ts";
import type { SettingWords } from "./hosts/host.ts";

export const DELIVERY_MODES = ["auto", "channel", "inbox", "hooks", "pull"] as const;
export type DeliveryMode = (typeof DELIVERY_MODES)[number];
const APPROVAL_MODES = ["off", "on"] as const;
export type ApprovalsMode = (typeof APPROVAL_MODES)[number];

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
  delivery: DeliveryMode;
  permissions: PermissionLevel;
  /** L3: whether a collision at a file is told, or an edit of what another claims refused. */
  claims: ClaimsMode;
  /** H2: whether people may answer requests for permission in the hub's Inbox. Chosen for a session, by its environment. */
  approvals: ApprovalsMode;
  /** G2: how often the model is woken at most. */
  wakes: WakeLimit;
  /** Where the session works. */
  folder: string;
  dataDir: string;
  /** Sentences for the user: what keeps the plugin from connecting. */
  problems: string[];
}

/** G2: so often a model is woken in ten minutes, where nothing else is said. */
const WAKES = 20;
const WAKE_WINDOW_SECONDS = 600;

type Environment = Readonly<Record<string, string | undefined>>;

/** `words` say where a person of this host sets the hub and the key; `joined` is the hub that `cc2cc join` has noted. */
export function readSettings(env: Environment, cwd: string, words: SettingWords, joined?: JoinedHub): Settings {
  const read = (name: string) => readValue(env[name]);
  const configured = (key: string) => read(`CC2CC_CONFIG_${key}`) ?? read(`CLAUDE_PLUGIN_OPTION_${key}`);
  const address = configured("HUB_URL") ?? read("CC2CC_HUB_URL") ?? joined?.url;
  const hubUrl = address === undefined ? undefined : parseHubUrl(address);
  const apiKey = configured("API_KEY") ?? read("CC2CC_API_KEY") ?? keyFor(hubUrl, joined);
  // `auto` is what the printed line sets, here and below, and leaves the choice to whoever starts the session.
  const chosenDelivery = configured("DELIVERY") ?? "auto";
  const delivery = chosenDelivery === "auto" ? (read("CC2CC_DELIVERY") ?? "auto") : chosenDelivery;
  const permissions = configured("PERMISSIONS") ?? read("CC2CC_PERMISSIONS") ?? "ask";
  const chosenClaims = configured("CLAIMS") ?? "auto";
  const claims = chosenClaims === "auto" ? (read("CC2CC_CLAIMS") ?? "warn") : chosenClaims;
  const approvals = read("CC2CC_APPROVALS") ?? "off";
  const folder = read("CLAUDE_PROJECT_DIR") ?? cwd;
  return {
    hubUrl,
    apiKey,
    username: read("CC2CC_USERNAME") ?? read("USER") ?? read("USERNAME") ?? loginName(),
    host: read("CC2CC_HOST") ?? read("HOSTNAME") ?? hostname(),
    isUsernameChosen: read("CC2CC_USERNAME") !== undefined,
    isHostChosen: read("CC2CC_HOST") !== undefined,
    project: read("CC2CC_PROJECT") ?? basename(folder),
    pinnedSession: read("CC2CC_SESSION_ID"),
    delivery: isOneOf(DELIVERY_MODES, delivery) ? delivery : "auto",
    permissions: isOneOf(PERMISSION_LEVELS, permissions) ? permissions : "ask",
    claims: isOneOf(CLAIM_MODES, claims) ? claims : "warn",
    approvals: isOneOf(APPROVAL_MODES, approvals) ? approvals : "off",
    wakes: {
      count: numberOr(read("CC2CC_WAKES"), WAKES),
      windowMs: numberOr(read("CC2CC_WAKE_WINDOW_SECONDS"), WAKE_WINDOW_SECONDS) * 1_000,
    },
    folder,
    dataDir: read("CLAUDE_PLUGIN_DATA") ?? join(homedir(), ".cc2cc", "plugin"),
    problems: [
      ...hubUrlProblems(address, hubUrl, words),
      ...choiceProblems("delivery", delivery, DELIVERY_MODES),
      ...choiceProblems("permissions", permissions, PERMISSION_LEVELS),
      ...choiceProblems("claims", claims, CLAIM_MODES),
      ...choiceProblems("CC2CC_APPROVALS", approvals, APPROVAL_MODES),
      ...numberProblems("CC2CC_WAKES", read("CC2CC_WAKES")),
      ...numberProblems("CC2CC_WAKE_WINDOW_SECONDS", read("CC2CC_WAKE_WINDOW_SECONDS")),
      ...(apiKey === undefined ? [`No hub key is set: ${words.key}.`] : []),
    ],
  };
}

/** An unset variable reaches us as the literal text `${NAME}`, and an option left empty as "". */
export function readValue(text: string | undefined): string | undefined {
  const value = text?.trim();
  return value === undefined || value === "" || /^\$\{[^}]*\}$/.test(value) ? undefined : value;
}

/** A key is sent to the hub it is for, and to no other. */
function keyFor(hubUrl: URL | undefined, joined: JoinedHub | undefined): string | undefined {
  const isJoined = hubUrl !== undefined && joined !== undefined && parseHubUrl(joined.url)?.origin === hubUrl.origin;
  return isJoined ? joined.key : undefined;
}

function hubUrlProblems(address: string | undefined, url: URL | undefined, words: SettingWords): string[] {
  if (address === undefined) return [`No hub is set: ${words.hub}.`];
  return url === undefined ? [`The hub address "${address}" is no ws, wss, http or https URL: correct it.`] : [];
}

function isOneOf<T extends string>(choices: readonly T[], text: string): text is T {
  return (choices as readonly string[]).includes(text);
}

function choiceProblems(name: string, text: string, choices: readonly string[]): string[] {
  return choices.includes(text) ? [] : [`The setting ${name} is "${text}": choose one of ${choices.join(", ")}.`];
}

const WHOLE = /^\d{1,9}$/;

function numberOr(text: string | undefined, fallback: number): number {
  return text !== undefined && WHOLE.test(text) ? Number(text) : fallback;
}

function numberProblems(name: string, text: string | undefined): string[] {
  if (text === undefined || WHOLE.test(text)) return [];
  return [`${name} is "${text}": use a whole number, 0 for no limit.`];
}

function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no user has.
    return "unknown";
  }
}
