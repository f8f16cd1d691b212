import { OPENCODE_CLIENT } from "./opencode-client.ts";
import { agentScenarios } from "./scenarios.ts";

agentScenarios(OPENCODE_CLIENT);
