import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeTempDir } from "../../test/helpers/temp-dir.ts";
import { listFiles, Snapshot } from "./snapshot.ts";

const LONG_AGO = new Date("2026-01-01T00:00:00Z");

function write(folder: string, name: string, text: string, at: Date | null = LONG_AGO): void {
  mkdirSync(join(folder, "class"), { recursive: true });
  writeFileSync(join(folder, "class", name), text);
  if (at !== null) utimesSync(join(folder, "class", name), at, at);
}

function open(): { from: string; to: string; snapshot: Snapshot; textOf(name: string): string } {
  const [from, to] = [makeTempDir(), makeTempDir()];
  const textOf = (name: string) => readFileSync(join(to, "class", name), "utf8");
  return { from, to, snapshot: new Snapshot(from, to), textOf };
}

it("copies once what stays as it is, and again what changed", () => {
  const { from, snapshot, textOf } = open();
  write(from, "a.sqlite", "one");
  write(from, "b.sqlite", "two");
  expect(snapshot.update()).toBe(2);
  expect(snapshot.update()).toBe(0);
  write(from, "b.sqlite", "TWO", new Date("2026-01-01T00:00:01Z"));
  expect(snapshot.update()).toBe(1);
  expect([textOf("a.sqlite"), textOf("b.sqlite")]).toEqual(["one", "TWO"]);
});

it("copies again what had just been written when it was copied, since the clock may not show the next write", () => {
  const { from, snapshot, textOf } = open();
  write(from, "a.sqlite-wal", "one", null);
  snapshot.update();
  expect(textOf("a.sqlite-wal")).toBe("one");
  // The same size, and a time that is the same as far as anyone can see: the first copy was taken within the tick.
  expect(snapshot.update()).toBe(1);
});

it("takes away what is gone, such as a log that was folded, and leaves out what is rebuilt", () => {
  const { from, to, snapshot } = open();
  write(from, "a.sqlite", "one");
  write(from, "a.sqlite-wal", "log");
  write(from, "a.sqlite-shm", "index");
  snapshot.update();
  expect(listFiles(to)).toEqual(["class/a.sqlite", "class/a.sqlite-wal"]);
  rmSync(join(from, "class/a.sqlite-wal"));
  snapshot.update();
  expect(listFiles(to)).toEqual(["class/a.sqlite"]);
});
