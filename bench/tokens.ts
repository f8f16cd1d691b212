/** `node bench/tokens.ts` prints what the plugin costs a model, for docs/performance.md. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildIfStale, PLUGIN_BUNDLE } from "../host/bundles.ts";
import { measureTokens } from "./plugin-tokens.ts";

const root = join(import.meta.dirname, "..");
await buildIfStale(root, PLUGIN_BUNDLE);
const dataDir = mkdtempSync(join(tmpdir(), "cc2cc-tokens-"));
const { toolCount, tools, instructions, wrapping, digest } = await measureTokens(
  join(root, PLUGIN_BUNDLE.outDir, PLUGIN_BUNDLE.entry),
  dataDir,
);
rmSync(dataDir, { recursive: true });
console.log(`| what | tokens | bound |
| --- | --- | --- |
| ${toolCount} tools with descriptions and schemas | ${tools} | 3 500 |
| instructions of the server | ${instructions} | |
| frame of a received message of 200 characters | ${wrapping.plain} | 120 |
| the same, a reply on a topic from a role | ${wrapping.worst} | |
| the first, brought by a hook | ${wrapping.byHook} | 120 |
| the first, posted to the inbox socket | ${wrapping.byInbox} | 120 |
| the same as the first of a context, with the answering rule | ${wrapping.firstByInbox} | 180 |
| digest of 300 waiting messages | ${digest} | 1 500 |`);
