import { CODEX_CLIENT } from "./codex-client.ts";
import { agentScenarios } from "./scenarios.ts";

agentScenarios(CODEX_CLIENT);
