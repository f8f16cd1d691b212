import { defineConfig } from "vitest/config";

// Apart from `npm test`: it installs everything once more, which takes longer than all the rest of a test file may.
export default defineConfig({
  test: { include: ["test/newcomer/*.test.ts"], testTimeout: 300_000, hookTimeout: 60_000 },
});
