import type { AgentClient } from "./client.ts";
import { CODEX_CLIENT } from "./codex-client.ts";
import { COPILOT_CLIENT } from "./copilot-client.ts";
import { GEMINI_CLIENT } from "./gemini-client.ts";
import { OPENCODE_CLIENT } from "./opencode-client.ts";
import { QWEN_CLIENT } from "./qwen-client.ts";

export const AGENT_CLIENTS: readonly AgentClient[] = [
  CODEX_CLIENT,
  OPENCODE_CLIENT,
  COPILOT_CLIENT,
  QWEN_CLIENT,
  GEMINI_CLIENT,
];
