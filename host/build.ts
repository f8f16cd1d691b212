import { join } from "node:path";
import { buildIfStale, DASHBOARD_BUNDLE, PLUGIN_BUNDLE, WORKER_BUNDLE } from "./bundles.ts";

const root = join(import.meta.dirname, "..");
for (const bundle of [WORKER_BUNDLE, DASHBOARD_BUNDLE, PLUGIN_BUNDLE]) {
  const isBuilt = await buildIfStale(root, bundle);
  console.log(`${bundle.name}: ${isBuilt ? "built" : "up to date"} in ${bundle.outDir}`);
}
