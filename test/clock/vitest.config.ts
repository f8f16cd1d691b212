import { defineConfig } from "vitest/config";

// Apart from `npm test`: it sets the clock of a real hub by a library that it compiles, and not every machine has a compiler.
export default defineConfig({
  test: {
    include: ["test/clock/*.test.ts"],
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
