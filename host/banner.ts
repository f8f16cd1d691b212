import { joinCommand, joinEnvironment } from "../shared/join-command.ts";

export interface BannerFacts {
  version: string;
  /** Under which other machines reach this one; undefined when it has no network. */
  lanAddress: string | undefined;
  /** What the sockets are bound to. */
  bindAddress: string;
  hubPort: number;
  dashboardPort: number | undefined;
  /** Whom the hub's certificate is for; undefined when it speaks plain http. */
  certificateHosts: string[] | undefined;
  dataDir: string;
  /** Undefined when the key came with the environment. */
  keyPath: string | undefined;
  key: string;
  /** A log outlives its terminal and is read by others, so only a terminal is shown the key. */
  isTerminal: boolean;
}

export function renderBanner(facts: BannerFacts): string {
  const host = hostForOthers(facts);
  const scheme = facts.certificateHosts === undefined ? "http" : "https";
  const hub = `${scheme}://${host}:${facts.hubPort}`;
  const key = facts.isTerminal ? facts.key : "KEY";
  const keyPlace = facts.keyPath ?? "CC2CC_HUB_API_KEY (from the environment)";
  const dashboards = [
    hub,
    ...(facts.dashboardPort === undefined ? [] : [`${scheme}://${host}:${facts.dashboardPort}`]),
  ];
  const lines = [
    `cc2cc ${facts.version} is running`,
    "",
    `  Dashboard  ${dashboards.join("/  or  ")}/`,
    `  Hub        ${hub.replace("http", "ws")}`,
    `  Key        ${keyPlace}`,
    `  Data       ${facts.dataDir}`,
    "",
    `Join from ${isLoopback(facts.bindAddress) ? "this" : "another"} machine${facts.isTerminal ? "" : ", with the key above for KEY"}:`,
    "",
    `  ${joinCommand(hub, key)}`,
    "",
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

function hostForOthers({ bindAddress, lanAddress, certificateHosts }: BannerFacts): string {
  const isAny = bindAddress === "0.0.0.0" || bindAddress === "::";
  const ownAddress = isAny ? (lanAddress ?? "127.0.0.1") : bindAddress;
  // A client refuses a certificate that is not for what it asked for.
  const isCovered = certificateHosts === undefined || certificateHosts.includes(ownAddress);
  const address = isCovered ? ownAddress : (certificateHosts[0] ?? ownAddress);
  return address.includes(":") ? `[${address}]` : address;
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
