import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { failToStart } from "../helpers/hub.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";

/** One line, from us, and an exit code that a service manager sees. */
function expectRefusal({ code, stderr }: { code: number | null; stderr: string }, text: RegExp): void {
  expect(stderr).toMatch(/^cc2cc: [^\n]+$/);
  expect(stderr).toMatch(text);
  expect(code).toBe(1);
}

async function takePort(): Promise<number> {
  const server: Server = createServer((_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

it("names the port that is taken, the setting, and who has it", async () => {
  const port = await takePort();
  const owner = process.platform === "linux" ? `pid ${process.pid}` : "another program";
  expectRefusal(
    await failToStart({ dataDir: makeTempDir(), port }),
    new RegExp(`port ${port} .*${owner}.*CC2CC_HUB_PORT`),
  );
  const env = { CC2CC_DASHBOARD_PORT: String(port) };
  expectRefusal(await failToStart({ dataDir: makeTempDir(), env }), /CC2CC_DASHBOARD_PORT/);
});

it("recognises another hub on its port", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir() });
  const refusal = await failToStart({ dataDir: makeTempDir(), port: hub.port });
  expectRefusal(refusal, /is taken by a cc2cc hub that is already running/);
});

it("does not share a data folder with another hub", async () => {
  const dataDir = makeTempDir();
  const hub = await startTestHub({ dataDir });
  expectRefusal(await failToStart({ dataDir }), new RegExp(`in use by another hub \\(pid ${hub.pid}, ${hub.url}\\)`));
  expect((await fetch(`${hub.url}/health`)).status).toBe(200);
});

it("refuses a short key without printing it", async () => {
  const refusal = await failToStart({ dataDir: makeTempDir(), env: { CC2CC_HUB_API_KEY: "hunter2" } });
  expectRefusal(refusal, /CC2CC_HUB_API_KEY is too short/);
  expect(refusal.stderr).not.toContain("hunter2");
});

it("takes no arguments, and says where its settings are", async () => {
  const refusal = await failToStart({ dataDir: makeTempDir(), args: ["--port", "3101"] });
  expectRefusal(refusal, /takes no arguments \(here: --port 3101\).*CC2CC_HUB_PORT=3101/);
});

it("refuses a data folder that it cannot write", async () => {
  const file = join(makeTempDir(), "file");
  writeFileSync(file, "");
  expectRefusal(await failToStart({ dataDir: join(file, "data") }), /cannot write to the data folder .*ENOTDIR/);
});

it.each([
  ["that has installed nothing yet", [], "npm install"],
  ["whose npm ran no scripts", ["node_modules/node/package.json"], "npm rebuild node --ignore-scripts=false"],
])("tells the user of an old Node %s what to do, in a file that Node can read", (_, files, command) => {
  const clone = makeTempDir();
  for (const path of [...files, "host/start.mjs"]) mkdirSync(dirname(join(clone, path)), { recursive: true });
  for (const path of files) writeFileSync(join(clone, path), "{}");
  copyFileSync("host/start.mjs", join(clone, "host/start.mjs"));
  const pretendOld = `data:text/javascript,Object.defineProperty(process.versions,"node",{value:"16.20.2"})`;
  const { status, stderr } = spawnSync(process.execPath, ["--import", pretendOld, join(clone, "host/start.mjs")], {
    encoding: "utf8",
  });
  expectRefusal({ code: status, stderr: stderr.trim() }, /this Node is too old /);
  expect(stderr).toContain(`run \`${command}\`,`);
});
