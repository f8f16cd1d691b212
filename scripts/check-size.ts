/** Builds the dashboard as it is served, and fails where a part of it is larger than its budget. */
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { alone, type Budget, type BuiltFile, chunkWith, measure, withNeeds } from "./size-rules.ts";

const files = await buildDashboard();
const entry = ["index.html", chunkWith(files, "/command-center-page.tsx").name];
const BUDGETS: Budget[] = [
  // What a person waits for who opens the hub's address. On the wire it is a tenth less: the hub sends it by brotli.
  { name: "first load of /", maxKilobytes: 84, files: withNeeds(files, entry) },
  { name: "markdown chunk", maxKilobytes: 52, files: alone(chunkWith(files, "/markdown/render-markdown.ts")) },
  { name: "charts chunk", maxKilobytes: 24, files: alone(chunkWith(files, "/uPlot.esm.js")) },
  { name: "graph chunk", maxKilobytes: 26, files: alone(chunkWith(files, "/d3-force/src/simulation.js")) },
];

const measured = BUDGETS.map((budget) => measure(files, budget));
for (const { name, kilobytes, maxKilobytes } of measured) {
  const verdict = kilobytes <= maxKilobytes ? "" : "  TOO LARGE";
  console.log(`size: ${name} ${kilobytes.toFixed(1)} of ${maxKilobytes} kB gzip${verdict}`);
}
const isVerbose = process.argv.includes("--files");
for (const { kilobytes, maxKilobytes, files: counted } of measured) {
  if (isVerbose || kilobytes > maxKilobytes) console.log(counted.map(describeFile).join("\n"));
}
process.exitCode = measured.every(({ kilobytes, maxKilobytes }) => kilobytes <= maxKilobytes) ? 0 : 1;

function describeFile(name: string): string {
  return `  ${files.find((file) => file.name === name)?.gzipBytes} ${name}`;
}

async function buildDashboard(): Promise<BuiltFile[]> {
  const root = join(import.meta.dirname, "..", "dashboard");
  // As host/bundles.ts does it.
  process.env.NODE_ENV = "production";
  const result = await build({
    root,
    configFile: join(root, "vite.config.ts"),
    logLevel: "error",
    build: { write: false },
  });
  if (!("output" in result)) throw new Error("Vite returned something else than one finished build");
  return result.output.map(readFile);
}

function readFile(file: Rolldown.OutputChunk | Rolldown.OutputAsset): BuiltFile {
  const content = file.type === "chunk" ? file.code : file.source;
  const gzipBytes = gzipSync(content).length;
  if (file.type === "chunk") {
    const styles = [...(file.viteMetadata?.importedCss ?? [])];
    return { name: file.fileName, gzipBytes, needs: [...file.imports, ...styles], modules: file.moduleIds };
  }
  const needs = file.fileName === "index.html" ? findReferences(String(content)) : [];
  return { name: file.fileName, gzipBytes, needs, modules: [] };
}

function findReferences(html: string): string[] {
  return [...html.matchAll(/(?:src|href)="\/([^"]+)"/g)].flatMap(([, path]) => path ?? []);
}
