import { defineConfig } from "vitest/config";

// Apart from `npm test`: it installs from npm's registry, or its cache.
export default defineConfig({
  test: { include: ["test/package/*.test.ts"], testTimeout: 300_000, hookTimeout: 120_000, maxWorkers: 1 },
});
