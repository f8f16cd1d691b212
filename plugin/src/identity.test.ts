import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { isInstanceId } from "../../shared/ids.ts";
import { fc } from "../../test/helpers/property.ts";
import { makeTempDir } from "../../test/helpers/temp-dir.ts";
import { Claims, instanceIdOf, isProcessAlive, readOrMakeToken, suffixedSession } from "./identity.ts";

const NAMES = { username: "ada", host: "desk", project: "shop" };

it("makes a valid id of any names and sessions, with a suffix too", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.string(),
      fc.string(),
      fc.string({ maxLength: 100 }),
      (username, host, project, session) => {
        expect(isInstanceId(instanceIdOf({ username, host, project }, session))).toBe(true);
        expect(isInstanceId(instanceIdOf({ username, host, project }, suffixedSession(session)))).toBe(true);
      },
    ),
  );
});

it("keeps its token", () => {
  const dataDir = makeTempDir();
  expect(readOrMakeToken(dataDir)).toBe(readOrMakeToken(dataDir));
  expect(readOrMakeToken(makeTempDir())).not.toBe(readOrMakeToken(dataDir));
});

it("gives a session to one process, again to the same, and to the next when that is gone", () => {
  const dataDir = makeTempDir();
  const first = new Claims(dataDir, () => true);
  expect([first.take(NAMES, "s"), first.take(NAMES, "s"), first.take(NAMES, "t")]).toEqual(["s", "s", "t"]);
  first.releaseAll();
  expect(new Claims(dataDir, () => true).take(NAMES, "s")).toBe("s");
});

it("knows the living from the dead", () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  expect([isProcessAlive(process.pid), isProcessAlive(pid)]).toEqual([true, false]);
});
