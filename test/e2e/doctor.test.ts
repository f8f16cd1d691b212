import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import type { Finding } from "../../host/doctor/finding.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";

async function runDoctor(env: Record<string, string>): Promise<Finding[]> {
  const more = { PATH: process.env.PATH ?? "", HOME: makeTempDir(), CC2CC_BIND: "127.0.0.1", CC2CC_DASHBOARD_PORT: "" };
  const { stdout } = await promisify(execFile)(process.execPath, ["host/doctor.ts", "--json"], {
    env: { ...more, ...env },
  });
  return JSON.parse(stdout) as Finding[];
}

it("finds a running hub well, by a message of its own, and leaves no trace; and says first when it is down", async () => {
  const dataDir = makeTempDir();
  const hub = await startTestHub({ dataDir });
  const env = { CC2CC_DATA_DIR: dataDir, CC2CC_HUB_PORT: String(hub.port) };
  const findings = await runDoctor(env);
  expect(findings.filter(({ level }) => level !== "ok")).toEqual([]);
  expect(findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining(["hub", "port", "answer", "round trip", "plugin"]),
  );
  const list = async (path: string) =>
    (await fetch(hub.url + path, { headers: { authorization: `Bearer ${hub.key}` } })).json();
  expect([await list("/api/instances"), await list("/api/topics")]).toEqual([[], []]);

  const wrongKey = await runDoctor({ ...env, CC2CC_HUB_API_KEY: "0123456789abcdef".repeat(4) }).catch((error) => error);
  expect(wrongKey).toMatchObject({ code: 1, stdout: expect.stringContaining("the key is not one of this hub's") });

  await hub.stop();
  const [first, ...others] = await runDoctor(env);
  expect(first).toMatchObject({ check: "hub", level: "warn", text: expect.stringContaining("no hub runs") });
  expect(others.filter(({ level }) => level !== "ok")).toEqual([]);
});
