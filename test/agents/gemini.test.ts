import { GEMINI_CLIENT } from "./gemini-client.ts";
import { agentScenarios } from "./scenarios.ts";

agentScenarios(GEMINI_CLIENT);
