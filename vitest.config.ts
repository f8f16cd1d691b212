import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

// wrangler.toml names this folder, and a clone that has built nothing yet does not have it.
mkdirSync(new URL("./dashboard/dist", import.meta.url), { recursive: true });

// The key the workers project runs with; 32 characters are the least the worker takes.
const TEST_KEY = "test-key-0123456789abcdef0123456789abcdef";

// Three files at a time where Vitest itself would run one: a test that waits for its hub or browser leaves a core idle.
// Projects that run at the same time must have the same number.
const maxWorkers = Math.max(3, availableParallelism() - 1);

// Other runs of the simulations than the usual ones: `CC2CC_SIMULATION_SEEDS=101,102 npm test -- --project workers crowd`.
// More tasks than usual: `CC2CC_SIMULATION_TASKS=10000 npm test -- --project workers simulation/tasks`.
const { CC2CC_SIMULATION_SEEDS, CC2CC_SIMULATION_TASKS } = process.env;
const seeds: Record<string, string> = {
  ...(CC2CC_SIMULATION_SEEDS && { CC2CC_SIMULATION_SEEDS }),
  ...(CC2CC_SIMULATION_TASKS && { CC2CC_SIMULATION_TASKS }),
};

function workersWith(settings: Record<string, string>) {
  return cloudflareTest({
    wrangler: { configPath: "./wrangler.toml" },
    miniflare: {
      bindings: {
        CC2CC_HUB_API_KEY: TEST_KEY,
        CC2CC_VERSION: "0.0.0-test",
        CC2CC_LOG_LEVEL: "error",
        ...seeds,
        ...settings,
      },
    },
  });
}

// How long a test may look for what must come. A wait that is in vain costs this; one that is not ends at once, also on
// a machine that is busy.
const patience = { expect: { poll: { timeout: 15_000 } }, testTimeout: 60_000, hookTimeout: 60_000 };

/** What takes long and is short to read would begin last, and run on alone. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => /simulation|crash-in-traffic|plugin-lifecycle/.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    projects: [
      {
        // No rate limits here, so that tests may be quick; what limits do is tested below.
        plugins: [
          workersWith({ CC2CC_RATE_FRAMES: "0", CC2CC_BROADCAST_INTERVAL_SECONDS: "0", CC2CC_LOOP_MESSAGES: "0" }),
        ],
        test: {
          name: "workers",
          include: ["durable-objects/**/*.test.ts", "worker/**/*.test.ts", "test/simulation/**/*.test.ts"],
          exclude: ["**/*.unit.test.ts", "**/*.limits.test.ts"],
          // A workerd for each file takes five seconds to start. Files share one, and one hub: each test has its own ids.
          isolate: false,
          maxWorkers,
          ...patience,
        },
      },
      {
        // The limits of the protocol, and a queue, a store and a history small enough to fill.
        plugins: [
          workersWith({
            CC2CC_QUEUE_MAX_MESSAGES: "5",
            CC2CC_QUEUE_MAX_BYTES: "20000",
            CC2CC_STORE_MAX_MB: "4",
            CC2CC_HISTORY_MAX_MB: "6",
          }),
        ],
        test: {
          name: "limits",
          include: ["durable-objects/**/*.limits.test.ts"],
          isolate: false,
          maxWorkers,
          ...patience,
        },
      },
      {
        test: {
          name: "node",
          // Files in durable-objects/ named *.unit.test.ts need no workerd: here they start in no time.
          include: [
            "shared/**/*.test.ts",
            "dashboard/**/*.test.ts",
            "durable-objects/**/*.unit.test.ts",
            "host/**/*.test.ts",
            "demo/**/*.test.ts",
            "scripts/**/*.test.ts",
            "plugin/**/*.test.ts",
            "client/**/*.test.ts",
            "cli/**/*.test.ts",
          ],
          // Most of these take less time than a worker of their own takes to start.
          isolate: false,
          maxWorkers,
          ...patience,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          maxWorkers,
          ...patience,
        },
      },
    ],
  },
});
