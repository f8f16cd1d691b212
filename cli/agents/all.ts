import type { Agent } from "./agent.ts";
import { CLAUDE_CODE } from "./claude-code.ts";
import { CODEX } from "./codex.ts";

/** The coding agents that can join a hub, in the order in which they do. */
export const AGENTS: readonly Agent[] = [CLAUDE_CODE, CODEX];
