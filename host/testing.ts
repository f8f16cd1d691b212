/** `import { startTestHub } from "cc2cc/testing"`: a hub for other people's tests, and for our own tests of clients. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { ROOT, readVersion } from "./installation.ts";
import { makeKey } from "./key-file.ts";
import type { TestHub, TestHubOptions } from "./package/testing.d.ts";
import { COMPATIBILITY_DATE, COMPATIBILITY_FLAGS, DURABLE_OBJECTS } from "./workerd-config.ts";

/** Tests are quicker than people; a test of the limits sets them. */
const NO_LIMITS = { CC2CC_RATE_FRAMES: "0", CC2CC_BROADCAST_INTERVAL_SECONDS: "0" };

/** A real hub on a free port of the loopback address, as long as the test wants it; its data go with it. */
export async function startTestHub({ env = {} }: TestHubOptions = {}): Promise<TestHub> {
  const key = env.CC2CC_HUB_API_KEY?.split(",")[0] ?? makeKey();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "cc2cc",
      host: "127.0.0.1",
      port: 0,
      cf: false,
      log: new Log(LogLevel.ERROR),
      modules: [
        { type: "ESModule", path: "worker.js", contents: readFileSync(join(ROOT, "build/worker/worker.js"), "utf8") },
      ],
      compatibilityDate: COMPATIBILITY_DATE,
      compatibilityFlags: COMPATIBILITY_FLAGS,
      bindings: {
        ...NO_LIMITS,
        CC2CC_VERSION: readVersion(),
        CC2CC_LOG_LEVEL: "error",
        ...env,
        CC2CC_HUB_API_KEY: key,
      },
      serviceBindings: { ASSETS: { disk: { path: join(ROOT, "dashboard/dist"), writable: false } } },
      durableObjects: Object.fromEntries(
        DURABLE_OBJECTS.map(({ binding, className }) => [binding, { className, useSQLite: true }]),
      ),
    }),
  );
  const { origin } = await miniflare.ready;
  return { url: origin, key, stop: () => miniflare.dispose() };
}
