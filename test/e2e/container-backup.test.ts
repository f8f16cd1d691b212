/** The backup of a container, whose image has no Node: a shell holds its workerd still and copies. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isStopped } from "../../host/backup/freeze.ts";
import { APP_DIR, buildImageRoot } from "../../host/container/image-root.ts";
import { makeDataDir, TestContainer } from "../helpers/container.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { TestSocket } from "../helpers/test-socket.ts";

const isLinux = process.platform === "linux";
let root: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "cc2cc-image-"));
  if (isLinux) await buildImageRoot(root);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const script = () => join(root, APP_DIR, "hub.sh");

function runOurs(args: string[], dataDir: string) {
  const env = { PATH: process.env.PATH ?? "", CC2CC_DATA_DIR: dataDir };
  return spawnSync(process.execPath, ["host/backup.ts", ...args], { env, encoding: "utf8" });
}

it.runIf(isLinux)("copies what a running container has, and another container goes on from it", async () => {
  const dataDir = makeDataDir();
  const container = await TestContainer.start({ root, dataDir });
  const bob = await TestSocket.openV2(container, "bob@h:p/1");
  await bob.close();
  const ada = await TestSocket.openV2(container, "ada@h:p/1");
  await ada.ask({ action: "send_message", to: "bob@h:p/1", type: "task", content: "kept" });

  const tar = execFileSync(script(), ["backup"], { env: container.environment, maxBuffer: 64 * 1_048_576 });
  expect(isStopped(container.workerdPid)).toBe(false);
  await ada.ask({ action: "ping", to: "bob@h:p/1" });
  expect(readdirSync(dataDir).filter((name) => name.startsWith("backup"))).toEqual([]);
  expect(runOurs(["take", join(makeTempDir(), "b")], dataDir).stderr).toContain("a container runs on");

  const folder = makeTempDir();
  const [copy, backup, into] = ["copy", "backup.tar", "restored"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(copy);
  writeFileSync(`${copy}.tar`, tar);
  execFileSync("tar", ["-xf", `${copy}.tar`, "-C", copy]);
  expect(runOurs(["take", backup], copy).status).toBe(0);
  expect(runOurs(["check", backup], copy).stdout).toMatch(/^sound$/m);
  expect(runOurs(["restore", backup, "--into", into], copy).status).toBe(0);
  const second = await TestContainer.start({ root, dataDir: into, env: { CC2CC_HUB_API_KEY: container.key } });
  const again = await TestSocket.openV2({ url: second.url, key: container.key }, "bob@h:p/1");
  const delivery = await again.untilFrame((frame) => frame.action === "deliver", "the message");
  expect(delivery.messages).toMatchObject([{ content: "kept" }]);
});

it.runIf(isLinux)("lets the hub go on when the copy is broken off, or cannot be written", async () => {
  const dataDir = makeDataDir();
  const container = await TestContainer.start({ root, dataDir });
  // A reader that goes away in the middle.
  const backup = spawn(script(), ["backup"], { env: container.environment, stdio: ["ignore", "pipe", "inherit"] });
  await once(backup.stdout, "readable");
  expect(isStopped(container.workerdPid)).toBe(false);
  backup.stdout.destroy();
  await once(backup, "exit");
  expect(isStopped(container.workerdPid)).toBe(false);
  rmSync(join(dataDir, "data-format"));
  expect(spawnSync(script(), ["backup"], { env: container.environment }).status).not.toBe(0);
  expect(isStopped(container.workerdPid)).toBe(false);
  expect(readdirSync(dataDir).filter((name) => name.startsWith("backup"))).toEqual([]);
  expect(readFileSync(`/proc/${container.workerdPid}/cmdline`, "utf8")).toContain("serve");
});

it.runIf(isLinux)("closes the file that it writes to others", async () => {
  const dataDir = makeDataDir();
  const container = await TestContainer.start({ root, dataDir });
  const file = join(makeTempDir(), "data.tar");
  writeFileSync(file, "", { mode: 0o644 });
  const { status, stderr } = spawnSync("sh", ["-c", '"$0" backup >"$1"', script(), file], {
    env: { ...container.environment, PATH: `${container.environment.PATH}:${process.env.PATH}` },
    encoding: "utf8",
  });
  expect(status).toBe(0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(stderr).toContain("umask 077");
});
