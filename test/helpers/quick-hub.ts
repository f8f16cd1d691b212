/** A hub in a moment, for tests of clients that need no process of it to kill. */
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { buildIfStale, DASHBOARD_BUNDLE, MAILBOX_BUNDLE, WORKER_BUNDLE } from "../../host/bundles.ts";
import type { TestHub } from "../../host/package/testing.d.ts";
import { startTestHub } from "../../host/testing.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** One hub for all tests of a file: call it at the file's top. The result gives the hub in a test. */
export function shareQuickHub(env: Record<string, string> = {}): () => TestHub {
  let hub: TestHub | undefined;
  beforeAll(async () => {
    for (const bundle of [WORKER_BUNDLE, MAILBOX_BUNDLE, DASHBOARD_BUNDLE]) await buildIfStale(ROOT, bundle);
    hub = await startTestHub({ env });
  });
  afterAll(() => hub?.stop());
  return () => {
    if (hub === undefined) throw new Error("the file's hub runs in its tests only");
    return hub;
  };
}
