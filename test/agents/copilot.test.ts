import { COPILOT_CLIENT } from "./copilot-client.ts";
import { agentScenarios } from "./scenarios.ts";

agentScenarios(COPILOT_CLIENT);
