import { joinByCommandLine, joinByNode, joinCommand, joinEnvironment } from "../shared/join-command.ts";
import { isLoopback, publicUrl, type Reach } from "./public-host.ts";

export interface BannerFacts extends Reach {
  version: string;
  hubPort: number;
  dashboardPort: number | undefined;
  dataDir: string;
  /** Undefined when the key came with the environment. */
  keyPath: string | undefined;
  key: string;
  /** A log outlives its terminal and is read by others, so only a terminal is shown the key. */
  isTerminal: boolean;
  /** Opens the dashboard signed in, once; undefined where the hub gave none, and for a log. */
  signInLink?: string | undefined;
  /** What prints another such link. */
  linkCommand?: string;
}

/** The install and each session fetch from the hub: both must know who signed its certificate. */
const OWN_CA =
  "With a certificate of your own CA: export NODE_EXTRA_CA_CERTS=/path/to/ca.pem first, there and wherever claude starts.";

export function renderBanner(facts: BannerFacts): string {
  const hub = publicUrl(facts, facts.hubPort);
  const key = facts.isTerminal ? facts.key : "KEY";
  const keyPlace = facts.keyPath ?? "CC2CC_HUB_API_KEY (from the environment)";
  const dashboards = [hub, ...(facts.dashboardPort === undefined ? [] : [publicUrl(facts, facts.dashboardPort)])];
  const lines = [
    `cc2cc ${facts.version} is running`,
    "",
    `  Dashboard  ${dashboards.join("/  or  ")}/`,
    ...(facts.signInLink === undefined
      ? []
      : [
          `  Sign in    ${facts.signInLink}`,
          `             (once, within 10 minutes; ${facts.linkCommand} prints another)`,
        ]),
    `  Hub        ${hub.replace("http", "ws")}`,
    `  Key        ${keyPlace}`,
    `  Data       ${facts.dataDir}`,
    "",
    `Join from ${isLoopback(facts.bindAddress) ? "this" : "another"} machine, where cc2cc is installed; it asks for the key:`,
    "",
    `  ${joinByCommandLine(hub)}`,
    "",
    "where it is not; it asks for the key, too:",
    "",
    `  ${joinByNode(hub)}`,
    "",
    `or, for Claude Code alone${facts.isTerminal ? "" : ", with the key above for KEY"}:`,
    "",
    `  ${joinCommand(hub, key)}`,
    "",
    ...(facts.certificateHosts === undefined ? [] : [OWN_CA, ""]),
    "or, for a client that reads its environment:",
    "",
    `  ${joinEnvironment(hub, key)}`,
    "",
  ];
  if (isLoopback(facts.bindAddress)) {
    lines.push(`Only this machine can join: CC2CC_BIND is ${facts.bindAddress}.`, "");
  } else if (facts.lanAddress === undefined) {
    lines.push("No network was found: set CC2CC_HOST_LAN_IP to the address under which others reach this machine.", "");
  }
  return lines.join("\n");
}
