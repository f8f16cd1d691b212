import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Bundle, buildIfStale } from "./bundles.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "cc2cc-bundle-"));
  write("page/index.html", '<script type="module" src="/main.ts"></script>');
  write("page/main.ts", 'document.title = "one";');
});
afterEach(() => rmSync(root, { recursive: true }));

const PAGE: Bundle = {
  name: "page",
  inputs: ["page", "absent"],
  outDir: "page/dist",
  entry: "index.html",
  vite: (folder) => ({ root: join(folder, "page"), configFile: false }),
};

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const assets = () => readdirSync(join(root, "page/dist/assets"));

it("builds once, and again only when the content of an input changes", async () => {
  expect(await buildIfStale(root, PAGE)).toBe(true);
  expect(await buildIfStale(root, PAGE)).toBe(false);
  utimesSync(join(root, "page/main.ts"), 0, 0);
  write("page/main.test.ts", "a test changes nothing that is served");
  expect(await buildIfStale(root, PAGE)).toBe(false);
  write("page/main.ts", 'document.title = "two";');
  expect(await buildIfStale(root, PAGE)).toBe(true);
});

it("builds when what it built is gone", async () => {
  await buildIfStale(root, PAGE);
  rmSync(join(root, "page/dist/index.html"));
  expect(await buildIfStale(root, PAGE)).toBe(true);
});

it("leaves only what the page names, under names that change with their content", async () => {
  await buildIfStale(root, PAGE);
  const before = assets();
  write("page/main.ts", 'document.title = "two";');
  await buildIfStale(root, PAGE);
  const after = assets();
  expect(after).toHaveLength(1);
  expect(after).not.toEqual(before);
  expect(readFileSync(join(root, "page/dist/index.html"), "utf8")).toContain(`/assets/${after[0]}`);
});

it("builds what is served, whatever NODE_ENV the shell has", async () => {
  expect(process.env.NODE_ENV).toBe("test");
  write("page/main.ts", "document.title = process.env.NODE_ENV;");
  await buildIfStale(root, PAGE);
  const scripts = assets().filter((name) => name.endsWith(".js"));
  expect(readFileSync(join(root, "page/dist/assets", scripts[0] ?? ""), "utf8")).toContain("production");
  expect(process.env.NODE_ENV).toBe("test");
});
