import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isInstanceId } from "../../shared/ids.ts";
import { fc } from "../../test/helpers/property.ts";
import { makeTempDir } from "../../test/helpers/temp-dir.ts";
import { instanceIdOf, keepNames, readOrMakeToken, suffixedSession } from "./identity.ts";

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
  expect(readOrMakeToken(dataDir)).not.toBe(readOrMakeToken(makeTempDir()));
});

it("keeps the names a machine had when it was first seen", () => {
  const dataDir = makeTempDir();
  const atHome = { username: "ada", host: "desk.home" };
  expect(keepNames(dataDir, atHome)).toEqual(atHome);
  expect(keepNames(dataDir, { username: "ada", host: "desk.office" })).toEqual(atHome);
});

it("cannot keep anything where nothing can be written, and says so by throwing", () => {
  const file = join(makeTempDir(), "file");
  writeFileSync(file, "");
  expect(() => readOrMakeToken(join(file, "data"))).toThrow();
});
