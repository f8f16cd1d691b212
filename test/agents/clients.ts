import type { AgentClient } from "./client.ts";
import { CODEX_CLIENT } from "./codex-client.ts";

export const AGENT_CLIENTS: readonly AgentClient[] = [CODEX_CLIENT];
