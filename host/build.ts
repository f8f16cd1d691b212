import { join } from "node:path";
import { buildIfStale, DASHBOARD_BUNDLE, MAILBOX_BUNDLE, PLUGIN_BUNDLE, WORKER_BUNDLE } from "./bundles.ts";

const root = join(import.meta.dirname, "..");
/** By name; without names, all. */
const names = process.argv.slice(2);
for (const bundle of [WORKER_BUNDLE, MAILBOX_BUNDLE, PLUGIN_BUNDLE, DASHBOARD_BUNDLE]) {
  if (names.length > 0 && !names.includes(bundle.name)) continue;
  const isBuilt = await buildIfStale(root, bundle);
  console.log(`${bundle.name}: ${isBuilt ? "built" : "up to date"} in ${bundle.outDir}`);
}
