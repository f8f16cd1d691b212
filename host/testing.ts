/** `import { startTestHub } from "cc2cc/testing"`: a hub for other people's tests, and for our own tests of clients. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { ROOT, readVersion } from "./installation.ts";
import { makeKey } from "./key-file.ts";
import type { TestHub, TestHubOptions } from "./package/testing.d.ts";
import { COMPATIBILITY_DATE, COMPATIBILITY_FLAGS, DURABLE_OBJECTS, isWithoutStorage } from "./workerd-config.ts";

/** Tests are quicker than people; a test of the limits sets them. */
const NO_LIMITS = { CC2CC_RATE_FRAMES: "0", CC2CC_BROADCAST_INTERVAL_SECONDS: "0", CC2CC_LOOP_MESSAGES: "0" };

const DASHBOARD = { disk: { path: join(ROOT, "dashboard/dist"), writable: false } };

/** A real hub on a free port of the loopback address, as long as the test wants it; its data go with it. */
export async function startTestHub({ env = {} }: TestHubOptions = {}): Promise<TestHub> {
  const key = env.CC2CC_HUB_API_KEY?.split(",")[0] ?? makeKey();
  const bindings = {
    ...NO_LIMITS,
    CC2CC_VERSION: readVersion(),
    CC2CC_LOG_LEVEL: "error",
    ...env,
    CC2CC_HUB_API_KEY: key,
  };
  const hub = { ...workerOf("worker"), bindings, serviceBindings: { ASSETS: DASHBOARD } };
  const mailboxes = { ...workerOf("mailboxes"), bindings };
  const server = { host: "127.0.0.1", port: 0, cf: false, log: new Log(LogLevel.ERROR) } as const;
  const miniflare = new Miniflare(convertV4MiniflareOptions({ ...server, workers: [hub, mailboxes] }));
  const { origin } = await miniflare.ready;
  return { url: origin, key, stop: () => miniflare.dispose() };
}

/** One of the two workers, with all objects: its own, and the other's by its name. */
function workerOf(name: "worker" | "mailboxes") {
  const contents = readFileSync(join(ROOT, `build/${name}/${name}.js`), "utf8");
  const objects = DURABLE_OBJECTS.map(({ binding, className }) => {
    const home = isWithoutStorage(className) ? "mailboxes" : "worker";
    return [binding, { className, useSQLite: true, ...(home === name ? {} : { scriptName: home }) }] as const;
  });
  return {
    name,
    modules: [{ type: "ESModule" as const, path: `${name}.js`, contents }],
    compatibilityDate: COMPATIBILITY_DATE,
    compatibilityFlags: COMPATIBILITY_FLAGS,
    durableObjects: Object.fromEntries(objects),
  };
}
