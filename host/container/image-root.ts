/** Everything that the container's image holds besides its base: the Dockerfile copies this tree, and tests start it. */
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { type Bundle, buildIfStale, DASHBOARD_BUNDLE, MAILBOX_BUNDLE, WORKER_BUNDLE } from "../bundles.ts";
import { findWorkerd } from "../requirements.ts";
import { SETTING_NAMES } from "../settings.ts";
import { COMPATIBILITY_DATE, NO_INTERNET } from "../workerd-config.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** Where the hub lies in the image. */
export const APP_DIR = "opt/cc2cc";

const TOOL_BUNDLE: Bundle = {
  name: "container",
  inputs: ["host", "shared", "package-lock.json"],
  outDir: "build/container",
  entry: "tool.js",
  vite: (root) => ({
    root,
    configFile: false,
    ssr: { target: "webworker", noExternal: true },
    build: {
      ssr: "host/container/tool.ts",
      target: "es2024",
      minify: false,
      rolldownOptions: {
        external: /^node:/,
        // What only the launcher needs is dropped with its imports: workerd has no node:sqlite.
        treeshake: { moduleSideEffects: false },
        output: { entryFileNames: "tool.js", codeSplitting: false },
      },
    },
  }),
};

/** Builds what is stale and lays the tree out in an empty folder. */
export async function buildImageRoot(folder: string): Promise<void> {
  for (const bundle of [WORKER_BUNDLE, MAILBOX_BUNDLE, DASHBOARD_BUNDLE, TOOL_BUNDLE]) await buildIfStale(ROOT, bundle);
  const app = join(folder, APP_DIR);
  mkdirSync(app, { recursive: true });
  copyFileSync(findWorkerd(process.platform, process.arch), join(app, "workerd"));
  copyFileSync(join(ROOT, "host/container/hub.sh"), join(app, "hub.sh"));
  for (const program of ["workerd", "hub.sh"]) chmodSync(join(app, program), 0o755);
  for (const { outDir, entry } of [WORKER_BUNDLE, MAILBOX_BUNDLE])
    copyFileSync(join(ROOT, outDir, entry), join(app, entry));
  copyFileSync(join(ROOT, TOOL_BUNDLE.outDir, TOOL_BUNDLE.entry), join(app, "tool.js"));
  cpSync(join(ROOT, DASHBOARD_BUNDLE.outDir), join(app, "dashboard"), { recursive: true });
  copyFileSync(join(ROOT, "LICENSE"), join(app, "LICENSE"));
  // The base has none, and a webhook may be https.
  writeFileSync(join(app, "ca-certificates.crt"), `${rootCertificates.join("\n")}\n`);
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
  writeFileSync(join(app, "tool.capnp"), renderToolConfig(version));
}

/** The settings come from the container's environment, by name: workerd hands on no variable that is not listed. */
function renderToolConfig(version: string): string {
  const variables = [...SETTING_NAMES, "CC2CC_APP_DIR", "CC2CC_CONTROL_ADDRESS", "CC2CC_OPEN_FILES"];
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "tool", worker = .tool),
    (name = "files", disk = (path = "/", writable = true, allowDotfiles = true)),
    (name = "hub", external = (http = ())),
    ${NO_INTERNET},
  ],
);

const tool :Workerd.Worker = (
  compatibilityDate = "${COMPATIBILITY_DATE}",
  bindings = [
    (name = "FILES", service = "files"),
    (name = "HUB", service = "hub"),
    (name = "CC2CC_VERSION", text = "${version}"),
${variables.map((name) => `    (name = "${name}", fromEnvironment = "${name}"),\n`).join("")}  ],
  modules = [(name = "tool.js", esModule = embed "tool.js")],
);
`;
}
