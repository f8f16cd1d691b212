import type { Agent } from "./agent.ts";
import { CLAUDE_CODE } from "./claude-code.ts";
import { CODEX } from "./codex.ts";
import { COPILOT } from "./copilot.ts";
import { CURSOR } from "./cursor.ts";
import { OPENCODE } from "./opencode.ts";
import { GEMINI, QWEN } from "./settings-file.ts";

/** The coding agents that can join a hub, in the order in which they do. */
export const AGENTS: readonly Agent[] = [CLAUDE_CODE, CODEX, OPENCODE, COPILOT, QWEN, GEMINI, CURSOR];
