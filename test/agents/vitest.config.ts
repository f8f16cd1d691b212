import { defineConfig } from "vitest/config";

// Apart from `npm test`: it fetches coding agents from npm once, and each scenario runs one.
export default defineConfig({
  test: {
    include: ["test/agents/*.test.ts"],
    globalSetup: ["test/agents/install-agents.ts", "test/claude/install-client.ts"],
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
