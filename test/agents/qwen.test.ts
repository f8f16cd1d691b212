import { QWEN_CLIENT } from "./qwen-client.ts";
import { agentScenarios } from "./scenarios.ts";

agentScenarios(QWEN_CLIENT);
