/**
 * `npm run release -- VERSION`: everything that a release consists of, in build/release/, and the version in the files that name it.
 * It stops before anything leaves this machine.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { buildImageRoot } from "./container/image-root.ts";
import { ROOT, readVersion } from "./installation.ts";
import { checkVersion, cutChangelog } from "./package/changelog.ts";
import { packPackage } from "./package/pack-package.ts";
import { StartProblem } from "./start-problem.ts";

const FOLDER = join(ROOT, "build", "release");
/** Files that name the version, and how. */
const VERSIONED = ["package.json", "package-lock.json", "plugin/.claude-plugin/plugin.json"];
const NAMED_IN = ["README.md", "docs/cli.md"];

async function release(version: string): Promise<void> {
  const present = readVersion();
  checkVersion(version, present);
  const changed = run("git", ["status", "--porcelain"]).trim();
  if (changed !== "") throw new StartProblem(`commit these first, so that a release is a commit:\n${changed}`);
  const notes = writeVersion(present, version);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const { path } = await packPackage(ROOT, FOLDER);
  await packContainer(version);
  writeFileSync(join(FOLDER, "NOTES.md"), `${notes}\n`);
  writeChecksums();
  console.log(`${FOLDER}:\n${readdirSync(FOLDER)
    .sort()
    .map((name) => `  ${name}`)
    .join("\n")}

Nothing has been published. Look at it, and then:
  npm run check && npm test
  git commit --all --message "release: ${version}" && git tag v${version}
  npm publish ${path}
  docker build --tag cc2cc:${version} .`);
}

/** Into every file that names it. Returns the notes of the release. */
function writeVersion(present: string, version: string): string {
  const { changelog, notes } = cutChangelog(read("CHANGELOG.md"), version, new Date().toISOString().slice(0, 10));
  write("CHANGELOG.md", changelog);
  for (const name of VERSIONED) {
    // In a lock file the first two are the package's own: its head, and itself among the packages.
    let left = 2;
    write(
      name,
      read(name).replaceAll(`"version": "${present}"`, (found) => (left-- > 0 ? `"version": "${version}"` : found)),
    );
  }
  for (const name of NAMED_IN) write(name, read(name).replaceAll(`cc2cc-${present}.tgz`, `cc2cc-${version}.tgz`));
  return notes;
}

/** What the Dockerfile copies, for whoever builds an image without this repository. */
async function packContainer(version: string): Promise<void> {
  const image = join(ROOT, "build", "image");
  rmSync(image, { recursive: true, force: true });
  await buildImageRoot(image);
  const archive = join(FOLDER, `cc2cc-${version}-container-${process.platform}-${process.arch}.tar.gz`);
  run("tar", [
    "--sort=name",
    "--mtime=@0",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "-czf",
    archive,
    "-C",
    image,
    ".",
  ]);
  for (const name of ["Dockerfile", "compose.yaml"]) copyFileSync(join(ROOT, name), join(FOLDER, name));
}

function writeChecksums(): void {
  const lines = readdirSync(FOLDER)
    .sort()
    .map(
      (name) =>
        `${createHash("sha256")
          .update(readFileSync(join(FOLDER, name)))
          .digest("hex")}  ${basename(name)}\n`,
    );
  writeFileSync(join(FOLDER, "SHA256SUMS"), lines.join(""));
}

const read = (name: string) => readFileSync(join(ROOT, name), "utf8");
const write = (name: string, text: string) => writeFileSync(join(ROOT, name), text);

function run(program: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new StartProblem(`${program} failed: ${error?.message ?? stderr}`);
  return stdout;
}

try {
  const [version, ...others] = process.argv.slice(2);
  if (version === undefined || others.length > 0) throw new StartProblem("usage: npm run release -- VERSION");
  await release(version);
} catch (error) {
  if (!(error instanceof StartProblem)) throw error;
  console.error(`cc2cc: ${error.message}`);
  process.exitCode = 1;
}
