/** The package as a folder, which npm makes a tarball of; tests run its programs from here. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  buildIfStale,
  CLI_BUNDLE,
  DASHBOARD_BUNDLE,
  LAUNCHER_BUNDLE,
  MAILBOX_BUNDLE,
  TESTING_BUNDLE,
  WORKER_BUNDLE,
} from "../bundles.ts";

/** The oldest Node whose modules know where they lie, which is all that is needed of it. */
const NODE_NEEDED = ">=20.12";

interface Manifest {
  version: string;
  description: string;
  license: string;
  author: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

/** Builds what is stale and puts the package together anew. Returns its folder. */
export async function assemblePackage(root: string): Promise<string> {
  const programs = [LAUNCHER_BUNDLE, CLI_BUNDLE, TESTING_BUNDLE];
  for (const bundle of [WORKER_BUNDLE, MAILBOX_BUNDLE, DASHBOARD_BUNDLE, ...programs]) await buildIfStale(root, bundle);
  const folder = join(root, "build", "package");
  rmSync(folder, { recursive: true, force: true });
  const copy = (from: string, to: string) => {
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    cpSync(join(root, from), join(folder, to), { recursive: true });
  };
  copy("host/package/cc2cc.mjs", "bin/cc2cc.mjs");
  copy("host/package/README.md", "README.md");
  copy("LICENSE", "LICENSE");
  copy("host/package/testing.d.ts", "lib/testing.d.ts");
  for (const { outDir, entry } of programs) copy(`${outDir}/${entry}`, `lib/${entry}`);
  for (const { outDir } of [WORKER_BUNDLE, MAILBOX_BUNDLE, DASHBOARD_BUNDLE]) copy(outDir, outDir);
  const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(describePackage(own), undefined, 2)}\n`);
  return folder;
}

/** What npm is told: none of the clone's scripts, tools and dependencies, all of which are built in. */
export function describePackage(own: Manifest) {
  return {
    name: "cc2cc",
    version: own.version,
    description: own.description,
    keywords: ["claude-code", "coding-agents", "messaging", "durable-objects", "workerd", "mcp"],
    license: own.license,
    author: own.author,
    type: "module",
    bin: { cc2cc: "bin/cc2cc.mjs" },
    files: ["bin", "lib", "build/worker", "build/mailboxes", "dashboard/dist"],
    engines: { node: NODE_NEEDED },
    exports: {
      "./testing": { types: "./lib/testing.d.ts", default: "./lib/testing.mjs" },
      "./package.json": "./package.json",
    },
    dependencies: { workerd: own.dependencies.workerd },
    // For `cc2cc/testing` alone.
    peerDependencies: { miniflare: own.devDependencies.miniflare },
    peerDependenciesMeta: { miniflare: { optional: true } },
    publishConfig: { access: "public", provenance: true },
  };
}
