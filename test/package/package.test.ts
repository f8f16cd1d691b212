/** Installs the package as someone does who has a Node of their own and nothing else: an empty home, and the tarball. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { packPackage } from "../../host/package/pack-package.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";

const run = promisify(execFile);
const MIB = 1_048_576;
/** Of what is ours: workerd's binary alone has 138 MiB. */
const OWN_MAX_BYTES = 6 * MIB;

let tarball = "";
const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

beforeAll(async () => {
  const [first, second] = [makeFolder("first"), makeFolder("second")];
  ({ path: tarball } = await packPackage(resolve("."), first));
  const again = await packPackage(resolve("."), second);
  expect(sha256(again.path)).toBe(sha256(tarball));
});

function makeFolder(name: string): string {
  const folder = join(resolve("build"), "package-test", name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The machine's own Node and npm, nothing of this checkout; packages from npm's cache where it has them. */
function makeNewcomer() {
  const folder = makeTempDir();
  const [home, prefix] = [join(folder, "home"), join(folder, "prefix")];
  for (const made of [home, prefix]) mkdirSync(made);
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.includes("node_modules"));
  const kept = Object.entries(process.env).filter(([name]) => /^(NODE_EXTRA_CA_CERTS|HTTPS?_PROXY)$/i.test(name));
  const env = {
    ...(Object.fromEntries(kept) as Record<string, string>),
    HOME: home,
    PATH: [join(prefix, "bin"), ...path].join(delimiter),
    npm_config_cache: process.env.npm_config_cache ?? join(homedir(), ".npm"),
    npm_config_userconfig: process.env.npm_config_userconfig ?? join(homedir(), ".npmrc"),
    npm_config_prefer_offline: "true",
    USER: "ada",
    HOSTNAME: "desk",
    CC2CC_HUB_PORT: "0",
    CC2CC_DASHBOARD_PORT: "",
    CC2CC_BIND: "127.0.0.1",
  };
  return { home, prefix, env };
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** A program that is stopped with the test. */
function start(program: string, args: string[], env: Record<string, string>) {
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  onTestFinished(() => stop(child));
  return {
    child,
    async untilPrinted(text: string) {
      while (!output.includes(text)) {
        if (child.exitCode !== null) throw new Error(`${program} ended: ${output}`);
        await sleep(20);
      }
    },
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

it("installs, runs the hub, and has a question answered, with Node and the tarball alone", async () => {
  const { home, prefix, env } = makeNewcomer();
  const startedAt = performance.now();
  await run("npm", ["install", "--global", "--prefix", prefix, tarball], { env, cwd: home });
  const seconds = (performance.now() - startedAt) / 1_000;
  const packages = join(prefix, "lib/node_modules");
  const installed = join(packages, "cc2cc");
  const own = bytesBelow(installed) - bytesBelow(join(installed, "node_modules"));
  const { stdout: node } = await run("node", ["--version"], { env });
  const { stdout: du } = await run("du", ["-sm", prefix]);
  console.log(
    `installed in ${seconds.toFixed(1)} s under Node ${node.trim()}; du ${du.split("\t")[0]} MiB, ${(own / MIB).toFixed(1)} MiB of it cc2cc's own`,
  );
  expect(own).toBeLessThan(OWN_MAX_BYTES);
  expect(readdirSync(join(installed, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
    "@cloudflare",
    "workerd",
  ]);

  const hub = start("cc2cc", [], env);
  await hub.untilPrinted(" is running");
  const listener = start("cc2cc", ["listen", "--as", "answerer", "--exec", "tr a-z A-Z", "--reply"], env);
  await listener.untilPrinted("listening as ada@desk:cli/answerer");
  const { stdout } = await run("cc2cc", ["ask", "ada@desk:cli/answerer", "does it work?"], { env });
  expect(stdout).toBe("DOES IT WORK?\n");
  const { stdout: findings } = await run("cc2cc", ["doctor", "--json"], { env });
  expect(JSON.parse(findings).filter(({ level }: { level: string }) => level === "fail")).toEqual([]);
  await run("cc2cc", ["stop"], { env });
  expect(existsSync(join(home, ".cc2cc/hub.json"))).toBe(false);
});

it("runs by npx too", async () => {
  const { home, env } = makeNewcomer();
  // npx looks for a relative path below the nearest folder that is a project, of whoever that is.
  writeFileSync(join(home, "package.json"), "{}");
  copyFileSync(tarball, join(home, basename(tarball)));
  const { stdout } = await run("npx", ["--yes", `./${basename(tarball)}`, "--version"], { env, cwd: home });
  expect(stdout.trim()).toBe(JSON.parse(readFileSync("package.json", "utf8")).version);
});

it("holds nothing that only builds, tests or types", async () => {
  const { stdout } = await run("tar", ["-tzf", tarball]);
  const files = stdout
    .trim()
    .split("\n")
    .map((path) => path.replace(/^package\//, ""));
  expect(files.filter((path) => !/^(bin|lib|build\/(?:worker|mailboxes)|dashboard\/dist)\//.test(path)).sort()).toEqual(
    ["LICENSE", "README.md", "package.json"],
  );
  expect(files.filter((path) => /\.(ts|tsx|map)$/.test(path))).toEqual(["lib/testing.d.ts"]);
});
