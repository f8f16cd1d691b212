/** Which host program has started us. */
import { claudeCode } from "./claude-code/claude-code.ts";
import { codex } from "./codex/codex.ts";
import { HOST_NAMES, type Host, type HostName } from "./host.ts";
import type { HostStart } from "./host-start.ts";
import { otherHost } from "./other.ts";

const MAKERS: Readonly<Record<HostName, (start: HostStart) => Host>> = {
  "claude-code": claudeCode,
  codex,
  other: otherHost,
};

/** Any of these tells a server that Claude Code has started it. */
const CLAUDE_VARIABLES = ["CLAUDE_CODE_SESSION_ID", "CLAUDE_PLUGIN_DATA", "CLAUDE_PLUGIN_ROOT"];

/** What `cc2cc join` has written into the client's configuration goes first. */
export function findHost(start: HostStart): Host {
  return MAKERS[nameOf(start)](start);
}

function nameOf({ read }: HostStart): HostName {
  const told = read("CC2CC_AGENT");
  const known = HOST_NAMES.find((name) => name === told);
  if (known !== undefined) return known;
  return CLAUDE_VARIABLES.some((name) => read(name) !== undefined) ? "claude-code" : "other";
}
