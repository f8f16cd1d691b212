import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import type { Plugin, Rolldown, UserConfig } from "vite";
import { withCompressedCopies } from "./compressed-copies.ts";
import { packPlugin } from "./plugin-pack.ts";

export interface Bundle {
  name: string;
  /** What is built before it, because it takes that in. */
  needs?: Bundle[];
  /** Files and folders whose content decides, relative to the repository. */
  inputs: string[];
  outDir: string;
  /** What is served; written last, so that it never names a file that is not there yet. */
  entry: string;
  /** Browsers ask for its files: texts get compressed copies. */
  isServed?: true;
  vite(root: string): UserConfig;
}

/** Zod exports its words in some fifty languages, and no bundler can tell that nobody asks for them: a third of a bundle. */
const NO_ZOD_LOCALES: Plugin = {
  name: "no-zod-locales",
  load: (id) => (/\/zod\/v4\/locales\/index\.js$/.test(id.replaceAll("\\", "/")) ? "export {};" : null),
};

const SHARED_INPUTS = ["shared", "package-lock.json", "host/bundles.ts"];

/**
 * The MCP SDK brings a validator for what a client's person fills in when a server asks for it, which the hub never does: a
 * quarter of the mailboxes' bundle, and 1.3 MB of each start.
 */
const NO_SDK_VALIDATOR: Plugin = {
  name: "no-sdk-validator",
  load: (id) =>
    /\/sdk\/dist\/esm\/validation\/ajv-provider\.js$/.test(id.replaceAll("\\", "/"))
      ? "export class AjvJsonSchemaValidator {}"
      : null,
};

/** What workerd runs. */
function workerBundle(name: string, source: string, inputs: string[]): Bundle {
  const entry = `${name}.js`;
  return {
    name,
    inputs: [...inputs, ...SHARED_INPUTS],
    outDir: `build/${name}`,
    entry,
    vite: (root) => ({
      root,
      configFile: false,
      plugins: [NO_ZOD_LOCALES, NO_SDK_VALIDATOR],
      ssr: { target: "webworker", noExternal: true },
      build: {
        ssr: source,
        target: "es2024",
        minify: false,
        rolldownOptions: {
          external: /^(cloudflare|node):/,
          // Names stay: stack traces in a user's log want them. The rest costs memory.
          output: {
            entryFileNames: entry,
            codeSplitting: false,
            minify: { compress: true, mangle: { keepNames: true }, codegen: { removeWhitespace: true } },
          },
        },
      },
    }),
  };
}

export const WORKER_BUNDLE = workerBundle("worker", "worker/index.ts", ["worker", "durable-objects"]);
export const MAILBOX_BUNDLE = workerBundle("mailboxes", "durable-objects/without-storage.ts", ["durable-objects"]);

/** Runs under whatever Node its user has, so everything is in it and nothing is newer than Node 18. */
export const PLUGIN_BUNDLE: Bundle = {
  name: "plugin",
  inputs: ["plugin/src", "client", "package.json", ...SHARED_INPUTS],
  outDir: "plugin/dist",
  entry: "server.mjs",
  vite: (root) => ({
    root,
    configFile: false,
    plugins: [NO_ZOD_LOCALES],
    define: { CC2CC_VERSION: JSON.stringify(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version) },
    ssr: { noExternal: true },
    build: {
      ssr: "plugin/src/main.ts",
      target: "node18",
      minify: false,
      rolldownOptions: {
        external: /^node:/,
        output: { entryFileNames: "server.mjs", codeSplitting: false },
      },
    },
  }),
};

/** A program of the package: one file, for whatever Node its user has, with nothing of the clone around it. */
function programBundle(name: string, source: string, inputs: string[]): Bundle {
  const entry = `${name}.mjs`;
  return {
    name,
    inputs: [...inputs, "package.json", ...SHARED_INPUTS],
    outDir: `build/programs/${name}`,
    entry,
    vite: (root) => ({
      root,
      configFile: false,
      plugins: [NO_ZOD_LOCALES],
      // What is a program by itself in a clone is a part of one here.
      define: { "import.meta.main": "false" },
      ssr: { noExternal: true, external: ["vite", "miniflare"] },
      build: {
        ssr: source,
        target: "node20",
        minify: false,
        rolldownOptions: {
          external: /^(node:|vite$|miniflare$)/,
          output: { entryFileNames: entry, codeSplitting: false },
        },
      },
    }),
  };
}

export const LAUNCHER_BUNDLE = programBundle("launcher", "host/run-hub.ts", ["host"]);
export const TESTING_BUNDLE = programBundle("testing", "host/testing.ts", ["host"]);
export const CLI_BUNDLE = programBundle("cli", "cli/main.ts", ["cli", "client", "host"]);

/** Everything that the hub serves as files: the dashboard, and the plugin for whoever installs it from here. */
export const DASHBOARD_BUNDLE: Bundle = {
  name: "dashboard",
  needs: [PLUGIN_BUNDLE, CLI_BUNDLE],
  inputs: ["dashboard", "plugin", "cli", "client", ".claude-plugin", "host", "package.json", ...SHARED_INPUTS],
  outDir: "dashboard/dist",
  entry: "index.html",
  isServed: true,
  vite: (root) => ({
    root: join(root, "dashboard"),
    configFile: join(root, "dashboard/vite.config.ts"),
    plugins: [
      {
        name: "plugin-pack",
        generateBundle() {
          for (const asset of packPlugin(root, join(CLI_BUNDLE.outDir, CLI_BUNDLE.entry)))
            this.emitFile({ type: "asset", ...asset });
        },
      },
    ],
  }),
};

/** Whether what lies there, if anything, was built from other input. */
export function isStale(root: string, bundle: Bundle): boolean {
  const stampPath = stampPathOf(root, bundle);
  const isBuilt = existsSync(join(root, bundle.outDir, bundle.entry)) && existsSync(stampPath);
  return !isBuilt || readFileSync(stampPath, "utf8") !== hashInputs(root, bundle.inputs);
}

/** True when it built. */
export async function buildIfStale(root: string, bundle: Bundle): Promise<boolean> {
  for (const needed of bundle.needs ?? []) await buildIfStale(root, needed);
  if (!isStale(root, bundle)) return false;
  // Before the build: what is edited during it counts as not built.
  const hash = hashInputs(root, bundle.inputs);
  // Vite costs more to load than a hub to start, and an unchanged one must not pay for it.
  const { build } = await import("vite");
  const config = bundle.vite(root);
  const result = await asProduction(() =>
    build({ ...config, logLevel: "warn", build: { ...config.build, write: false } }),
  );
  const files = outputFilesOf(result);
  writeOutput(join(root, bundle.outDir), bundle.entry, bundle.isServed ? withCompressedCopies(files) : files);
  const stampPath = stampPathOf(root, bundle);
  mkdirSync(dirname(stampPath), { recursive: true });
  writeAtomically(stampPath, hash);
  return true;
}

/** What a shell has set for other programs does not decide what is built: with another value, Vite writes paths of this machine. */
async function asProduction<T>(work: () => Promise<T>): Promise<T> {
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = "production";
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

function stampPathOf(root: string, bundle: Bundle): string {
  return join(root, "build", `${bundle.name}.stamp`);
}

/** Content, not times: a clone, a checkout of another branch and a copied folder all have times that say nothing. */
function hashInputs(root: string, inputs: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of inputs.flatMap((input) => listFiles(join(root, input))).sort()) {
    hash
      .update(`${relative(root, path).split(sep).join("/")}\0`)
      .update(readFileSync(path))
      .update("\0");
  }
  return hash.digest("hex");
}

function listFiles(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.endsWith(".test.ts") && !relative(path, file).split(sep).includes("dist"));
}

type BuildResult = Awaited<ReturnType<typeof import("vite").build>>;

function outputFilesOf(result: BuildResult): Map<string, string | Uint8Array> {
  if (!("output" in result)) throw new Error("Vite returned something else than one finished build");
  return new Map(
    result.output.map((file: Rolldown.OutputChunk | Rolldown.OutputAsset) => [
      file.fileName,
      file.type === "chunk" ? file.code : file.source,
    ]),
  );
}

/** A running hub serves from this folder: nothing it names may be missing in between, and old files go last. */
function writeOutput(outDir: string, entry: string, files: Map<string, string | Uint8Array>): void {
  const names = [...files.keys()].sort((a, b) => Number(a === entry) - Number(b === entry));
  for (const name of names) {
    mkdirSync(dirname(join(outDir, name)), { recursive: true });
    writeAtomically(join(outDir, name), files.get(name) ?? "");
  }
  for (const file of readdirSync(outDir, { withFileTypes: true, recursive: true })) {
    const path = join(file.parentPath, file.name);
    if (file.isFile() && !files.has(relative(outDir, path).split(sep).join("/"))) rmSync(path, { force: true });
  }
}

function writeAtomically(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}
