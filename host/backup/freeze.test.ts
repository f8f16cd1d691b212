import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { isStopped, whileFrozen } from "./freeze.ts";

/** A process that counts on its output as long as it runs. */
async function startCounter() {
  const child = spawn(process.execPath, ["-e", "let n = 0; setInterval(() => console.log(++n), 1)"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout });
  await once(lines, "line");
  return { pid: child.pid ?? 0, nextLine: () => once(lines, "line") };
}

const isPosix = process.platform !== "win32";

it.runIf(isPosix)("holds every thread still while it works, and lets the process go on", async () => {
  const { pid, nextLine } = await startCounter();
  let wasStopped = false;
  const pausedMs = await whileFrozen(pid, () => {
    wasStopped = isStopped(pid);
  });
  expect(wasStopped).toBe(true);
  expect(isStopped(pid)).toBe(false);
  expect(pausedMs).toBeGreaterThan(0);
  await nextLine();
});

it.runIf(isPosix)("lets the process go on when the work fails", async () => {
  const { pid, nextLine } = await startCounter();
  const fail = () => {
    throw new Error("disk full");
  };
  await expect(whileFrozen(pid, fail)).rejects.toThrow("disk full");
  await nextLine();
});

it.runIf(isPosix)("lets the process go on when the one that froze it is killed", async () => {
  const { pid, nextLine } = await startCounter();
  const program = `
    import { whileFrozen } from "./host/backup/freeze.ts";
    await whileFrozen(${pid}, () => { console.log("frozen"); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); });`;
  const backup = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(createInterface({ input: backup.stdout }), "line");
  expect(isStopped(pid)).toBe(true);
  backup.kill("SIGKILL");
  await nextLine();
});
