import { spawn, spawnSync } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { serialize } from "node:v8";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeTempDir } from "../../test/helpers/temp-dir.ts";
import { lockDataDir, prepareDataDir, writeHubState } from "../data-dir.ts";
import { claimDataFormat, DATA_FORMAT } from "../data-format.ts";
import { withBackupFolder } from "./archive.ts";
import { checkBackup } from "./check-backup.ts";
import { foldLog } from "./databases.ts";
import { isStopped } from "./freeze.ts";
import { listEntries, readManifest } from "./manifest.ts";
import { restoreBackup } from "./restore-backup.ts";
import { takeBackup } from "./take-backup.ts";

const MAILBOX = "storage/cc2cc-InstanceMailbox/1f.sqlite";

/** The data of a hub that was killed: what it wrote last stands in the log of its database. */
function makeData(rows: string[], schemaSteps = 1): string {
  const dataDir = makeTempDir();
  prepareDataDir(dataDir);
  mkdirSync(join(dataDir, "storage/cc2cc-InstanceMailbox"));
  const database = new DatabaseSync(join(dataDir, MAILBOX));
  database.exec(
    "PRAGMA journal_mode = WAL; CREATE TABLE messages (body TEXT); CREATE TABLE _cf_KV (key TEXT, value BLOB)",
  );
  database.exec("BEGIN");
  for (const row of rows) database.prepare("INSERT INTO messages VALUES (?)").run(row);
  database.exec("COMMIT");
  database.prepare("INSERT INTO _cf_KV VALUES ('schema', ?)").run(serialize(schemaSteps));
  for (const end of ["", "-wal"])
    writeFileSync(join(dataDir, `${MAILBOX}${end}.kept`), readFileSync(join(dataDir, MAILBOX + end)));
  database.close();
  for (const end of ["", "-wal"]) {
    writeFileSync(join(dataDir, MAILBOX + end), readFileSync(join(dataDir, `${MAILBOX}${end}.kept`)));
    rmSync(join(dataDir, `${MAILBOX}${end}.kept`));
  }
  claimDataFormat(dataDir, { format: DATA_FORMAT, hub: "0.1.0" });
  return dataDir;
}

function backUp(dataDir: string, target = join(makeTempDir(), "backup"), hasKey = false) {
  return takeBackup({ dataDir, target, hasKey, version: "0.1.0" }).then((manifest) => ({ manifest, target }));
}

function rowsOf(dataDir: string): unknown[] {
  const database = new DatabaseSync(join(dataDir, MAILBOX));
  const rows = database.prepare("SELECT body FROM messages").all();
  database.close();
  return rows.map((row) => row.body);
}

it("restores what a killed hub left, its write-ahead logs included, readable to its owner alone", async () => {
  const { target, manifest } = await backUp(makeData(["a", "b"]));
  expect(manifest).toMatchObject({ format: DATA_FORMAT, hub: "0.1.0", pausedMs: null });
  expect(checkBackup(target)).toMatchObject({ problems: [], databases: { [MAILBOX]: { rows: { messages: 2 } } } });
  const into = join(makeTempDir(), "new");
  restoreBackup(target, into);
  expect(rowsOf(into)).toEqual(["a", "b"]);
  expect(statSync(join(into, MAILBOX)).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(into, "data-format"), "utf8")).toBe(`format=${DATA_FORMAT}\nhub=0.1.0\n`);
});

it.each(["b.tar", "b.tar.gz", "b.tgz"])("keeps a backup as one file %s", async (name) => {
  const { target } = await backUp(makeData(["a"]), join(makeTempDir(), name));
  expect(statSync(target).mode & 0o777).toBe(0o600);
  const into = join(makeTempDir(), "new");
  await withBackupFolder(target, (folder) => restoreBackup(folder, into));
  expect(rowsOf(into)).toEqual(["a"]);
});

it("takes the key along only when asked", async () => {
  const dataDir = makeData([]);
  writeFileSync(join(dataDir, "key"), "cc2cc_secret\n");
  const without = await backUp(dataDir);
  expect(listEntries(without.target).map((entry) => entry.path)).not.toContain("key");
  const { target } = await backUp(dataDir, undefined, true);
  const into = join(makeTempDir(), "new");
  restoreBackup(target, into);
  expect(readFileSync(join(into, "key"), "utf8")).toBe("cc2cc_secret\n");
});

it("backs up nothing over something, nothing of nothing, and nothing into the data itself", async () => {
  const dataDir = makeData([]);
  await expect(backUp(dataDir, makeTempDir())).rejects.toThrow(/exists already/);
  await expect(backUp(makeTempDir())).rejects.toThrow(/no data of a hub/);
  await expect(backUp(dataDir, join(dataDir, "backup"))).rejects.toThrow(/in the data folder itself/);
});

it("restores into no folder that has anything in it", async () => {
  const { target } = await backUp(makeData(["a"]));
  const into = makeData(["other"]);
  expect(() => restoreBackup(target, into)).toThrow(/is not empty/);
  lockDataDir(into).release();
  writeFileSync(join(into, "hub.json"), "{}");
  expect(() => restoreBackup(target, into)).toThrow(/a hub that runs or was killed/);
  expect(rowsOf(into)).toEqual(["other"]);
});

it.runIf(process.platform !== "win32")("stops no process but a hub's workerd", async () => {
  const dataDir = makeData([]);
  const lock = lockDataDir(dataDir);
  onTestFinished(() => lock.release());
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  onTestFinished(() => void other.kill());
  const url = "http://127.0.0.1:1";
  writeHubState(dataDir, { pid: 1, workerdPid: other.pid ?? 0, url, publicUrl: url, startedAt: "" });
  await expect(backUp(dataDir)).rejects.toThrow(/its workerd does not run/);
  expect(isStopped(other.pid ?? 0)).toBe(false);
});

it("refuses to back up a database that is damaged", async () => {
  const dataDir = makeData(Array.from({ length: 500 }, (_, i) => `row ${i} ${"x".repeat(100)}`));
  foldLog(join(dataDir, MAILBOX));
  damage(join(dataDir, MAILBOX));
  const target = join(makeTempDir(), "backup");
  await expect(backUp(dataDir, target)).rejects.toThrow(/1f\.sqlite of the data folder is damaged/);
  expect(statSync(target, { throwIfNoEntry: false })).toBeUndefined();
  expect(statSync(`${target}.partial`, { throwIfNoEntry: false })).toBeUndefined();
});

const ways: [string, RegExp, (backup: string) => void][] = [
  ["a byte", /1f\.sqlite has been changed/, (backup) => damage(join(backup, "data", MAILBOX))],
  ["a missing file", /1f\.sqlite is missing/, (backup) => rmSync(join(backup, "data", MAILBOX))],
  ["a shorter file", /1f\.sqlite has 4096 bytes instead of/, (backup) => shorten(join(backup, "data", MAILBOX))],
  ["a file too many", /extra does not belong/, (backup) => writeFileSync(join(backup, "data/extra"), "")],
  [
    "damage from before the hashes",
    /1f\.sqlite is damaged/,
    (backup) => {
      damage(join(backup, "data", MAILBOX));
      rewrite(backup, { files: listEntries(backup) });
    },
  ],
  ["a newer format", /in format 99/, (backup) => rewrite(backup, { format: 99 })],
];

it.each(ways)("finds %s, and restores nothing then", async (_, finding, spoil) => {
  const { target } = await backUp(makeData(Array.from({ length: 500 }, (_, i) => `row ${i} ${"x".repeat(100)}`)));
  expect(checkBackup(target).problems).toEqual([]);
  spoil(target);
  expect(checkBackup(target).problems.join("\n")).toMatch(finding);
  const into = join(makeTempDir(), "new");
  expect(() => restoreBackup(target, into)).toThrow(/not sound, and nothing was restored/);
  expect(statSync(into, { throwIfNoEntry: false })).toBeUndefined();
});

it("finds an object of a newer schema", async () => {
  const { target } = await backUp(makeData([], 99));
  expect(checkBackup(target).problems).toEqual([expect.stringMatching(/has schema 99; this version knows/)]);
});

it("says what is no backup", async () => {
  expect(() => checkBackup(makeTempDir())).toThrow(/is not a backup of cc2cc/);
  await expect(withBackupFolder("/nowhere/at/all.tar", checkBackup)).rejects.toThrow(/there is no backup at/);
});

/** In the middle of a page that holds rows, where no header says anything. */
function damage(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0xff, 4096 * 3, 4096 * 3 + 64);
  writeFileSync(path, bytes);
}

function shorten(path: string): void {
  writeFileSync(path, readFileSync(path).subarray(0, 4096));
}

function rewrite(backup: string, changes: object): void {
  writeFileSync(join(backup, "manifest.json"), JSON.stringify({ ...readManifest(backup), ...changes }));
}

describe("an archive", () => {
  /** A backup whose files were changed after its manifest was written, packed as it then is. */
  async function packChanged(change: (folder: string) => void, name = "b.tar.gz"): Promise<string> {
    const { target } = await backUp(makeData(["a"]));
    change(target);
    const archive = join(makeTempDir(), name);
    spawnSync("tar", [/gz$/.test(name) ? "-czf" : "-cf", archive, "-C", target, "."]);
    return archive;
  }
  const unpacked = (archive: string) => withBackupFolder(archive, () => "unpacked");

  it("is unpacked as any tar packs it, in any order", async () => {
    expect(await unpacked(await packChanged(() => undefined))).toBe("unpacked");
    for (const format of ["gnu", "posix", "ustar"]) {
      const { target } = await backUp(makeData(["a"]));
      const archive = join(makeTempDir(), "b.tar");
      const args = [`--format=${format}`, "-cf", archive, "-C", target, "data", "manifest.json"];
      if (spawnSync("tar", args).status === 0) expect(await unpacked(archive)).toBe("unpacked");
    }
  });

  it("with a file that is larger than its manifest says writes nothing of it", async () => {
    const archive = await packChanged((folder) => truncateSync(join(folder, "data", MAILBOX), 300 * 1_048_576));
    expect(statSync(archive).size).toBeLessThan(1_048_576);
    await expect(unpacked(archive)).rejects.toThrow(/1f\.sqlite has 314572800 bytes, its manifest says \d+\.$/);
    expect(readdirSync(dirname(archive))).toEqual(["b.tar.gz"]);
  });

  it("with a file that its manifest does not name is refused, as is one with none, or with links", async () => {
    const more = await packChanged((folder) => writeFileSync(join(folder, "data", "more"), "x"));
    await expect(unpacked(more)).rejects.toThrow(/does not name data\/more/);
    const none = await packChanged((folder) => rmSync(join(folder, "manifest.json")));
    await expect(unpacked(none)).rejects.toThrow(/it holds no manifest\.json\.$/);
    const link = await packChanged((folder) => symlinkSync("/etc/passwd", join(folder, "data", "link")));
    await expect(unpacked(link)).rejects.toThrow(/is no plain file\.$/);
  });

  it("that is cut off, or no archive at all, is refused in words", async () => {
    const whole = readFileSync(await packChanged(() => undefined, "b.tar"));
    const [cut, other] = ["cut.tar", "other.tar.gz"].map((name) => join(makeTempDir(), name)) as [string, string];
    writeFileSync(cut, whole.subarray(0, whole.length / 2));
    writeFileSync(other, whole);
    await expect(unpacked(cut)).rejects.toThrow(/cut\.tar cannot be unpacked|holds no manifest/);
    await expect(unpacked(other)).rejects.toThrow(/other\.tar\.gz cannot be unpacked/);
  });

  it("or a folder whose manifest names a place outside is refused", async () => {
    const outside = (folder: string) => {
      const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
      manifest.files[0].path = "../../outside";
      writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
    };
    await expect(unpacked(await packChanged(outside))).rejects.toThrow(/is not a backup of cc2cc/);
    const { target } = await backUp(makeData(["a"]));
    outside(target);
    expect(() => restoreBackup(target, join(makeTempDir(), "into"))).toThrow(/is not a backup of cc2cc/);
  });
});
