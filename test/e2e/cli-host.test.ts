/** The command line for the hub itself: following it, its service, and ending in order. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, it } from "vitest";
import type { StreamEvent } from "../../shared/events.ts";
import { CliUser } from "../helpers/cli.ts";
import { shareQuickHub } from "../helpers/quick-hub.ts";

const hub = shareQuickHub();
const WIDTH = 80;

it("follows what happens in lines of 80 columns, until Ctrl-C", async () => {
  const user = await CliUser.make(hub());
  const tail = user.start(["tail"]);
  await tail.untilPrinted("following");
  await user.run(["subscribe", "news"]);
  await user.run(["send", "topic:news", `a long text ${"with many words ".repeat(20)}`]);
  await tail.untilPrinted(/ada@desk:cli\/shell → topic:news {2}task/);
  tail.child.kill("SIGINT");
  const { code, stdout, stderr } = await tail.ended;
  expect([code, stderr]).toEqual([130, expect.stringContaining("cc2cc: stopped.")]);
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(WIDTH);
});

it("goes on behind the last event that a program has read, and ends with its reader", async () => {
  const user = await CliUser.make(hub());
  const program = user.shell("set -o pipefail; cc2cc tail --json --since 0 | head -2; echo code $?");
  await program.untilPrinted(/\n.*\n/);
  // A pipe tells that its reader has gone to whoever writes: something has to happen after that.
  await user.run(["subscribe", "afterwards"]);
  const { stdout, stderr } = await program.ended;
  const [first, second, code] = stdout.trim().split("\n");
  const events = [first, second].map((line) => JSON.parse(line ?? "") as StreamEvent);
  expect(events.map(({ event }) => event)).toContain("hub:hello");
  expect([code, stderr]).toEqual(["code 141", expect.stringContaining("whoever read the output has gone")]);
});

it("shows the service before it writes it, and takes it away again", async () => {
  if (process.platform !== "linux") return;
  const user = await CliUser.make(undefined, {
    CC2CC_HUB_PORT: "3555",
    CC2CC_HUB_API_KEY: "a-key-that-belongs-in-no-unit-file-0123",
  });
  const bin = join(user.home, "bin");
  const calls = join(user.home, "calls");
  mkdirSync(bin);
  writeFileSync(join(bin, "systemctl"), `#!/bin/sh\necho "$*" >> '${calls}'\n`);
  chmodSync(join(bin, "systemctl"), 0o755);
  user.env.PATH = `${bin}${delimiter}${user.env.PATH}`;
  const unit = join(user.home, ".config/systemd/user/cc2cc.service");

  const shown = await user.run(["service", "install"]);
  expect([shown.code, shown.stdout]).toEqual([2, expect.stringContaining("ExecStart=")]);
  expect([existsSync(unit), existsSync(calls)]).toEqual([false, false]);

  const installed = await user.run(["service", "install", "--yes"]);
  expect(installed.code, installed.stderr).toBe(0);
  const text = readFileSync(unit, "utf8");
  expect(text).toContain("Environment=CC2CC_HUB_PORT=3555");
  expect(text + installed.stdout).not.toContain("a-key-that-belongs");
  expect(readFileSync(calls, "utf8")).toBe("--user daemon-reload\n--user enable --now cc2cc.service\n");

  expect(await user.run(["service", "uninstall", "--yes"])).toMatchObject({ code: 0 });
  expect(existsSync(unit)).toBe(false);
  expect(await user.run(["service", "uninstall", "--yes"])).toMatchObject({ code: 5 });
});

it("says that no hub runs here when there is none to stop or to link to", async () => {
  const user = await CliUser.make();
  expect(await user.run(["stop"])).toMatchObject({ code: 3, stderr: expect.stringContaining("no hub runs on") });
  expect(await user.run(["link"])).toMatchObject({ code: 3, stderr: expect.stringContaining("no hub runs on") });
});

it("says what it needs where it cannot work: a home to write to, a Node that reads databases", async () => {
  const user = await CliUser.make();
  const nowhere = { HOME: "/dev/null", CC2CC_HUB_URL: "http://127.0.0.1:1", CC2CC_API_KEY: "any" };
  for (const args of [["send", "a@b:c", "x"], ["ask", "a@b:c", "x"], ["listen"], ["subscribe", "builds"]]) {
    const { code, stderr } = await user.run(args, { env: nowhere });
    expect([args[0], code, stderr]).toEqual([args[0], 1, expect.stringMatching(/^cc2cc: cannot write to .*set HOME/)]);
  }
  const oldNode = { NODE_OPTIONS: "--no-experimental-sqlite" };
  mkdirSync(join(user.home, ".cc2cc/storage"), { recursive: true });
  const { code, stderr } = await user.run(["backup", join(user.home, "b.tar")], { env: oldNode });
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^cc2cc: a backup needs Node 22\.13 or newer/)]);
});
