/** Which host program has started us. */
import { claudeCode } from "./claude-code/claude-code.ts";
import { codex } from "./codex/codex.ts";
import { COPILOT_SESSION, copilot } from "./copilot/copilot.ts";
import { gemini } from "./gemini/gemini.ts";
import { HOST_NAMES, type Host, type HostName } from "./host.ts";
import type { HostStart } from "./host-start.ts";
import { opencode } from "./opencode/opencode.ts";
import { otherHost } from "./other.ts";
import { QWEN_SESSION, qwen } from "./qwen/qwen.ts";

const MAKERS: Readonly<Record<HostName, (start: HostStart) => Host>> = {
  "claude-code": claudeCode,
  codex,
  opencode,
  copilot,
  qwen,
  gemini,
  cursor: () => otherHost("cursor", "Cursor"),
  other: () => otherHost("other", "This client"),
};

/** Any of these tells a server that Claude Code has started it. */
const CLAUDE_VARIABLES = ["CLAUDE_CODE_SESSION_ID", "CLAUDE_PLUGIN_DATA", "CLAUDE_PLUGIN_ROOT"];

/** What `cc2cc join` has written into the client's configuration goes first. */
export function findHost(start: HostStart): Host {
  return MAKERS[nameOf(start)](start);
}

function nameOf({ read }: HostStart): HostName {
  const told = read("CC2CC_AGENT");
  if (told !== undefined) return HOST_NAMES.find((name) => name === told) ?? "other";
  // These take plugins of Claude Code's form, and tell them what Claude Code would.
  if (read(COPILOT_SESSION) !== undefined) return "copilot";
  if (read(QWEN_SESSION) !== undefined) return "qwen";
  return CLAUDE_VARIABLES.some((name) => read(name) !== undefined) ? "claude-code" : "other";
}
