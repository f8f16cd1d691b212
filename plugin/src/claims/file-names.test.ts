import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeTempDir } from "../../../test/helpers/temp-dir.ts";
import { FileNames, nameOfRemote } from "./file-names.ts";

it.each([
  ["git@github.com:acme/api.git", "github.com/acme/api"],
  ["https://github.com/acme/api", "github.com/acme/api"],
  [`https://ada:${"x"}@GitHub.com/acme/api.git/`, "github.com/acme/api"],
  ["ssh://git@git.acme.dev:2222/acme/api.git", "git.acme.dev/acme/api"],
  ["git://git.acme.dev/acme/api", "git.acme.dev/acme/api"],
  ["/srv/git/api.git", "desk/srv/git/api"],
  ["file:///srv/git/api.git", "desk/srv/git/api"],
])("%s is the repository %s", (remote, name) => expect(nameOfRemote(remote, "desk")).toBe(name));

it("names what is in no repository by machine and folder, and nothing outside of that", async () => {
  const folder = makeTempDir();
  const names = new FileNames("desk", folder);
  expect(await names.nameOf("notes/a.md")).toBe(`file:desk${folder}:-:notes/a.md`);
  expect(await names.nameOf(join(folder, "a%b*.md"))).toBe(`file:desk${folder}:-:a%25b%2a.md`);
  expect(await names.nameOf("src/[id]/*.ts", { isGlob: true })).toBe(`file:desk${folder}:-:src/%5bid%5d/*.ts`);
  expect(await names.nameOf("/etc/passwd")).toBeUndefined();
  expect(await names.nameOf("..")).toBeUndefined();
});

it("names a file the same by a link, from a folder below, and before it is there", async () => {
  const root = makeTempDir();
  const work = join(root, "work");
  mkdirSync(join(work, "src"), { recursive: true });
  execFileSync("git", ["-C", work, "init", "-q", "-b", "feature/x"]);
  execFileSync("git", ["-C", work, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "1", "--allow-empty"]);
  execFileSync("git", ["-C", work, "remote", "add", "origin", "git@host.dev:a/b.git"]);
  symlinkSync(work, join(root, "link"));
  const name = "file:host.dev/a/b:feature/x:src/new.ts";
  expect(await new FileNames("desk", work).nameOf("src/new.ts")).toBe(name);
  expect(await new FileNames("desk", join(work, "src")).nameOf("new.ts")).toBe(name);
  expect(await new FileNames("desk", root).nameOf(join(root, "link/src/new.ts"))).toBe(name);
});
