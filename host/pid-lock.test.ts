import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { makeTempDir } from "../test/helpers/temp-dir.ts";
import { takePidLock } from "./pid-lock.ts";

const unwritable = (path: string) => new Error(`cannot write ${path}`);

/** A process that holds the lock until it is killed. */
async function startHolder(path: string) {
  const code = `import(${JSON.stringify(join(import.meta.dirname, "pid-lock.ts"))}).then(({ takePidLock }) => {
    console.log(takePidLock(${JSON.stringify(path)}, (p) => new Error(p)) === undefined ? "taken" : "holds");
    setInterval(() => undefined, 1e6);
  })`;
  const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  return { child, said: said.toString().trim() };
}

it("is held by one living process, and free again when that is killed", async () => {
  const path = join(makeTempDir(), "hub.pid");
  const { child, said } = await startHolder(path);
  expect(said).toBe("holds");
  expect(takePidLock(path, unwritable)).toBeUndefined();
  child.kill("SIGKILL");
  await once(child, "exit");
  const lock = takePidLock(path, unwritable);
  expect((await startHolder(path)).said).toBe("taken");
  lock?.release();
  expect(existsSync(path)).toBe(false);
});

it("takes another process under the same number for what it is", () => {
  const path = join(makeTempDir(), "hub.pid");
  writeFileSync(path, `${process.pid} another-boot:1`);
  expect(takePidLock(path, unwritable)).toBeDefined();
  expect(readFileSync(path, "utf8")).toMatch(new RegExp(`^${process.pid} `));
});

it("says where nothing can be written", () => {
  expect(() => takePidLock(join(makeTempDir(), "missing", "hub.pid"), unwritable)).toThrow("cannot write");
});
