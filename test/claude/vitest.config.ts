import { defineConfig } from "vitest/config";

// Apart from `npm test`: it fetches the client from npm once (400 MB), and each scenario runs it.
export default defineConfig({
  test: {
    include: ["test/claude/*.test.ts"],
    globalSetup: "test/claude/install-client.ts",
    maxWorkers: 3,
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});
