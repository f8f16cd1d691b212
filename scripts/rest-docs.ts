/** Writes docs/rest.md; with `--check` only says whether it is what the routes say. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type OpenApiDocument, renderRestPage } from "./rest-document.ts";

const root = join(import.meta.dirname, "..");
const path = join(root, "docs/rest.md");

// By a path that the compiler does not follow: the worker is checked for another platform than these scripts.
const { rest } = await import(pathToFileURL(join(root, "worker/rest/api.ts")).href);
const { openApiDocument } = await import(pathToFileURL(join(root, "worker/rest/openapi.ts")).href);

const page = renderRestPage(openApiDocument(rest) as OpenApiDocument);
if (process.argv.includes("--check")) {
  const isFresh = existsSync(path) && readFileSync(path, "utf8") === page;
  if (!isFresh) console.error("docs/rest.md is not what the routes say: npm run docs:rest");
  process.exitCode = isFresh ? 0 : 1;
} else {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, page);
}
