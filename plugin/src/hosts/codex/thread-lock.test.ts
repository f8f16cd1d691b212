import { mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeTempDir } from "../../../../test/helpers/temp-dir.ts";
import { folderOf, threadsOf } from "./thread-lock.ts";

const THREAD = "01a225fa-1a38-7a11-8c31-e132ed97454c";

it.skipIf(process.platform !== "linux")("finds the threads whose locks a process holds", () => {
  const folder = join(makeTempDir(), "thread-writer-locks");
  mkdirSync(folder);
  for (const name of [`${THREAD}.lock`, ".coordination.lock"]) {
    writeFileSync(join(folder, name), "");
    openSync(join(folder, name), "r");
  }
  expect(threadsOf(process.pid, "linux")).toEqual([THREAD]);
  expect(threadsOf(process.pid, "darwin")).toEqual([]);
});

it("finds the folder of a thread by its rollout, and of one that has none nothing", () => {
  const home = makeTempDir();
  const day = join(home, "sessions/2026/11/29");
  mkdirSync(day, { recursive: true });
  const meta = {
    type: "session_meta",
    payload: { id: THREAD, cwd: '/src/"shop"', base_instructions: "x".repeat(9_000) },
  };
  writeFileSync(join(day, `rollout-2026-11-29T06-24-37-${THREAD}.jsonl`), `${JSON.stringify(meta)}\n`);
  expect(folderOf(THREAD, home)).toBe('/src/"shop"');
  expect(folderOf(THREAD.replace("4c", "4d"), home)).toBeUndefined();
});
