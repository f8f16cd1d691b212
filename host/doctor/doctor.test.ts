import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { makeCertificate } from "../../test/helpers/certificate.ts";
import { makeTempDir } from "../../test/helpers/temp-dir.ts";
import { lockDataDir, prepareDataDir, writeHubState } from "../data-dir.ts";
import { claimDataFormat } from "../data-format.ts";
import { makeKey } from "../key-file.ts";
import { readSettings } from "../settings.ts";
import { checkDataFolder, checkFormat, checkKeys, findHub } from "./check-data.ts";
import { checkAnswer, checkCertificate, checkPorts, describeHub } from "./check-hub.ts";
import { checkClock, checkDisk, checkNode, checkPlatform, checkWorkerd, findNewestWrite } from "./check-machine.ts";
import { comparePlugins, readPluginList } from "./check-plugin.ts";
import { checkRoundTrip } from "./check-round-trip.ts";

const DAY_MS = 86_400_000;
const own = { format: 2, hub: "0.2.0" };
const settingsOf = (dataDir: string, env: Record<string, string> = {}) =>
  readSettings({ CC2CC_DATA_DIR: dataDir, ...env }, "/nowhere");

function makeData(): string {
  const dataDir = makeTempDir();
  prepareDataDir(dataDir);
  return dataDir;
}

/** A server on the loopback address that answers everything alike. */
async function answerWith(status: number, body = "{}"): Promise<{ port: number; url: string }> {
  const server = createServer((_, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}` };
}

it("judges Node, the platform and workerd", () => {
  expect(checkNode("22.18.0").level).toBe("ok");
  expect(checkNode("20.20.2")).toMatchObject({ level: "fail", remedy: expect.stringContaining("npm install") });
  expect(checkPlatform("linux", "x64", "2.36").level).toBe("ok");
  expect(checkPlatform("linux", "x64", "2.31")).toMatchObject({
    level: "fail",
    remedy: expect.stringContaining("Debian 12"),
  });
  expect(checkPlatform("linux", "x64", undefined).level).toBe("fail");
  expect(checkWorkerd(process.platform, process.arch)).toMatchObject({
    level: "ok",
    text: expect.stringContaining("workerd"),
  });
  expect(checkWorkerd("sunos", "sparc").level).toBe("fail");
});

it("judges the room on the disk", () => {
  expect([10_000, 500, 50].map((mib) => checkDisk(mib * 1_048_576).level)).toEqual(["ok", "warn", "fail"]);
});

it("judges the clock by the year, and by what was written already", () => {
  const dataDir = makeData();
  const now = Date.now();
  expect(checkClock(now, findNewestWrite(dataDir)).level).toBe("ok");
  const file = join(dataDir, "storage/a.sqlite");
  writeFileSync(file, "");
  utimesSync(file, new Date(now + DAY_MS), new Date(now + DAY_MS));
  expect(checkClock(now, findNewestWrite(dataDir))).toMatchObject({
    level: "fail",
    text: expect.stringMatching(/864\d\d s later/),
  });
  const closed = makeTempDir();
  symlinkSync("storage", join(closed, "storage"));
  expect(findNewestWrite(closed)).toBe(0);
  expect(checkClock(Date.UTC(1970, 0, 2), 0).level).toBe("fail");
});

it("judges the data folder: not there, closed to others, open to them", () => {
  const dataDir = makeData();
  expect(checkDataFolder(join(dataDir, "new")).level).toBe("ok");
  expect(checkDataFolder(dataDir).level).toBe("ok");
  chmodSync(join(dataDir, "storage"), 0o755);
  expect(checkDataFolder(dataDir)).toMatchObject({ level: "warn", remedy: expect.stringContaining("chmod") });
});

it("judges the data's format", () => {
  const dataDir = makeData();
  expect(checkFormat(dataDir, own)).toMatchObject({ level: "ok", text: "no data yet" });
  mkdirSync(join(dataDir, "storage/cc2cc-Directory"));
  expect(checkFormat(dataDir, own)).toMatchObject({ level: "warn", text: expect.stringContaining("format 1") });
  claimDataFormat(dataDir, own);
  expect(checkFormat(dataDir, own).level).toBe("ok");
  expect(checkFormat(dataDir, { format: 1, hub: "0.1.0" })).toMatchObject({
    level: "fail",
    remedy: expect.stringContaining("0.2.0"),
  });
});

it("judges keys and their file, and repeats none", () => {
  const dataDir = makeData();
  const path = join(dataDir, "key");
  const check = (key: string, mode = 0o600) => {
    writeFileSync(path, key);
    chmodSync(path, mode);
    return checkKeys(settingsOf(dataDir));
  };
  expect(checkKeys(settingsOf(dataDir))).toMatchObject({ level: "ok", text: expect.stringContaining("none yet") });
  expect(check(makeKey()).level).toBe("ok");
  const open = check(makeKey(), 0o644);
  expect(open).toMatchObject({ level: "fail", remedy: expect.stringContaining("chmod 600") });
  expect(check("short").level).toBe("fail");
  const guessable = check("hunter".repeat(6));
  expect(guessable).toMatchObject({ level: "fail", remedy: expect.stringContaining("openssl rand -hex 32") });
  expect(JSON.stringify(guessable)).not.toContain("hunter");
  const two = settingsOf(dataDir, { CC2CC_HUB_API_KEY: `${makeKey()},${makeKey()}` });
  expect(checkKeys(two)).toMatchObject({ level: "warn", remedy: expect.stringContaining("/api/keys") });
});

it("tells a hub that runs from one that does not, and from what it left behind", () => {
  const dataDir = makeData();
  const state = {
    pid: 1,
    workerdPid: 2,
    url: "http://127.0.0.1:1",
    publicUrl: "http://127.0.0.1:1",
    startedAt: "2026-01-01T00:00:00Z",
  };
  expect(describeHub(findHub(dataDir), dataDir)).toMatchObject({
    level: "warn",
    remedy: expect.stringContaining("npm start"),
  });
  const lock = lockDataDir(dataDir);
  expect(findHub(dataDir)).toBe("unknown");
  writeHubState(dataDir, state);
  expect(describeHub(findHub(dataDir), dataDir)).toMatchObject({ level: "ok", text: expect.stringContaining("pid 1") });
  lock.release();
  expect(findHub(dataDir)).toBeUndefined();
});

it("judges ports: free, turned off, taken by another program, taken by the hub that runs", async () => {
  const dataDir = makeData();
  const ports = (env: Record<string, string>, hub = false) =>
    checkPorts(
      settingsOf(dataDir, { CC2CC_BIND: "127.0.0.1", ...env }),
      hub ? { pid: 1, workerdPid: 2, url: "", publicUrl: "", startedAt: "" } : undefined,
    );
  const other = await answerWith(404, "hello");
  const hub = await answerWith(200, JSON.stringify({ version: "0.1.0", protocol: 2 }));
  const found = await ports({ CC2CC_HUB_PORT: String(other.port), CC2CC_DASHBOARD_PORT: "" });
  expect(found).toMatchObject([
    { level: "fail", remedy: expect.stringContaining("CC2CC_HUB_PORT") },
    { level: "ok", text: "the second is turned off" },
  ]);
  const own = { CC2CC_HUB_PORT: String(hub.port), CC2CC_DASHBOARD_PORT: "0" };
  expect((await ports(own, true)).map(({ level }) => level)).toEqual(["ok", "ok"]);
  expect((await ports(own)).map(({ level }) => level)).toEqual(["fail", "ok"]);
});

it("judges the hub's answer, and a round trip to something that is no hub", async () => {
  const degraded = await answerWith(503);
  const door = { url: degraded.url, fingerprint: undefined };
  expect(await checkAnswer(door)).toMatchObject({ level: "fail", text: expect.stringContaining("503") });
  expect(await checkAnswer({ url: (await answerWith(200)).url, fingerprint: undefined })).toMatchObject({
    level: "ok",
  });
  expect(await checkAnswer({ url: "http://127.0.0.1:9", fingerprint: undefined })).toMatchObject({ level: "fail" });
  expect(await checkRoundTrip(door, "k")).toMatchObject({ level: "fail", text: expect.stringContaining("503") });
});

it("judges the plugin by its version", () => {
  expect(comparePlugins(undefined, "0.2.0").level).toBe("ok");
  expect(comparePlugins("0.2.0", "0.2.0").level).toBe("ok");
  expect(comparePlugins("0.1.0", "0.2.0")).toMatchObject({
    level: "warn",
    remedy: expect.stringContaining("claude plugin update"),
  });
  expect(readPluginList('[{"id":"other@x","version":"9"},{"id":"cc2cc@cc2cc-local","version":"0.1.0"}]')).toBe("0.1.0");
  expect(readPluginList('{"installed":[{"name":"cc2cc","version":"0.1.1"}]}')).toBe("0.1.1");
  expect([readPluginList("No plugins installed"), readPluginList("[]")]).toEqual([undefined, undefined]);
});

it("judges the certificate by the time that it is still good for; none is none", async () => {
  const dataDir = makeData();
  expect(checkCertificate(settingsOf(dataDir), Date.now())).toBeUndefined();
  const paths = { CC2CC_TLS_CERT: join(dataDir, "cert.pem"), CC2CC_TLS_KEY: join(dataDir, "key.pem") };
  const checkWith = async (days: number) => {
    const { cert, key } = await makeCertificate({ endsAt: Date.now() + days * DAY_MS + 60_000 });
    writeFileSync(paths.CC2CC_TLS_CERT, cert);
    writeFileSync(paths.CC2CC_TLS_KEY, key);
    return checkCertificate(settingsOf(dataDir, paths), Date.now());
  };
  expect(await checkWith(90)).toMatchObject({ level: "ok", text: expect.stringContaining("90 days") });
  expect(await checkWith(10)).toMatchObject({ level: "warn", remedy: expect.stringContaining("renew") });
  const missing = settingsOf(dataDir, { CC2CC_TLS_CERT: join(dataDir, "cert"), CC2CC_TLS_KEY: join(dataDir, "key") });
  expect(checkCertificate(missing, Date.now())).toMatchObject({
    level: "fail",
    remedy: expect.stringContaining("CC2CC_TLS_CERT"),
  });
});
