/** That a backup is of one instant, shown by what one file must not know before another. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished } from "vitest";
import { makeTempDir } from "../../test/helpers/temp-dir.ts";
import { lockDataDir, prepareDataDir, writeHubState } from "../data-dir.ts";
import { claimDataFormat, DATA_FORMAT } from "../data-format.ts";
import { takeBackup } from "./take-backup.ts";

const TOKENS = 50;
/** The first is copied first and the last last; what lies between takes a while. */
const FIRST = "storage/cc2cc-A/a.sqlite";
const BETWEEN = "storage/cc2cc-M/large.bin";
const LAST = "storage/cc2cc-Z/z.sqlite";
const BETWEEN_BYTES = 64 * 1_048_576;

/** Moves tokens to and fro between two databases: each is in one of them at least, at any instant. */
const MOVER = `
  import { utimesSync } from "node:fs";
  import { DatabaseSync } from "node:sqlite";
  const [first, between, last] = process.argv.slice(1);
  const open = (path) => {
    const database = new DatabaseSync(path);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE tokens (id INTEGER PRIMARY KEY)");
    return { insert: database.prepare("INSERT INTO tokens VALUES (?)"), delete: database.prepare("DELETE FROM tokens WHERE id = ?") };
  };
  let [from, to] = [open(first), open(last)];
  for (let id = 0; id < ${TOKENS}; id++) from.insert.run(id);
  console.log("moving");
  setInterval(() => {
    for (let id = 0; id < ${TOKENS}; id++) {
      to.insert.run(id);
      from.delete.run(id);
    }
    [from, to] = [to, from];
    utimesSync(between, new Date(), new Date());
  });
`;

it.runIf(process.platform !== "win32")("holds in every file what was in it at the same instant", async () => {
  const dataDir = makeTempDir();
  prepareDataDir(dataDir);
  for (const name of ["A", "M", "Z"]) mkdirSync(join(dataDir, `storage/cc2cc-${name}`));
  claimDataFormat(dataDir, { format: DATA_FORMAT, hub: "0.1.0" });
  writeFileSync(join(dataDir, BETWEEN), randomBytes(BETWEEN_BYTES));
  const paths = [FIRST, BETWEEN, LAST].map((path) => join(dataDir, path));
  const mover = spawn(process.execPath, ["--input-type=module", "-e", MOVER, ...paths, "workerd.capnp"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void mover.kill("SIGKILL"));
  await once(createInterface({ input: mover.stdout }), "line");
  const lock = lockDataDir(dataDir);
  onTestFinished(() => lock.release());
  const url = "http://127.0.0.1:1";
  writeHubState(dataDir, { pid: process.pid, workerdPid: mover.pid ?? 0, url, publicUrl: url, startedAt: "" });

  const target = join(makeTempDir(), "backup");
  const { pausedMs } = await takeBackup({ dataDir, target, hasKey: false, version: "0.1.0" });
  expect(pausedMs).not.toBeNull();
  const tokens = new Set([FIRST, LAST].flatMap((path) => tokensOf(join(target, "data", path))));
  expect(tokens.size).toBe(TOKENS);
});

function tokensOf(path: string): unknown[] {
  const database = new DatabaseSync(path);
  const rows = database.prepare("SELECT id FROM tokens").all();
  database.close();
  return rows.map((row) => row.id);
}
