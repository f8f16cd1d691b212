import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

it("answers /health, /livez, /readyz and /version once it says that it runs", async () => {
  const { url } = await startTestHub({ dataDir: makeTempDir() });
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  const get = async (path: string) => (await fetch(url + path)).json();
  expect(await get("/health")).toMatchObject({ status: "ok", storage: "ok", connectedInstances: 0, version });
  expect(await get("/livez")).toEqual({ status: "ok" });
  expect(await get("/readyz")).toEqual({ status: "ok" });
  expect(await get("/version")).toEqual({ version, protocol: 2 });
});

it("sends the page's code compressed, as built, and as it is to who takes nothing else", async () => {
  const { url } = await startTestHub({ dataDir: makeTempDir() });
  const page = await (await fetch(url)).text();
  const path = /src="(\/assets\/index[^"]+\.js)"/.exec(page)?.[1] ?? "";
  const [plain, small] = await Promise.all(
    ["identity", "gzip, br"].map(async (offer) => {
      const response = await fetch(url + path, { headers: { "accept-encoding": offer } });
      const sent = Number(response.headers.get("content-length"));
      return { encoding: response.headers.get("content-encoding"), sent, text: await response.text() };
    }),
  );
  expect([plain?.encoding, small?.encoding]).toEqual([null, "br"]);
  // Not by toBe: what differs would be printed whole.
  expect(small?.text === plain?.text).toBe(true);
  expect(small?.sent).toBeLessThan((plain?.sent ?? 0) / 2);
});

it("keeps key, storage and state to the user who started it", async () => {
  const dataDir = join(makeTempDir(), 'data "of" Zoë');
  const hub = await startTestHub({ dataDir });
  expect(hub.key).toMatch(/^cc2cc_[0-9a-f]{64}$/);
  expect(modeOf(dataDir)).toBe("700");
  expect(modeOf(join(dataDir, "storage"))).toBe("700");
  const files = readdirSync(dataDir, { recursive: true, encoding: "utf8" }).map((file) => join(dataDir, file));
  const readable = files.filter((file) => statSync(file).isFile() && (statSync(file).mode & 0o077) !== 0);
  expect(readable).toEqual([]);
});

it("prints no key where the output is not a terminal, and has it in no argument list", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir() });
  expect(hub.output).not.toContain(hub.key);
  expect(hub.output).toContain("claude plugin install cc2cc");
  if (process.platform !== "linux") return;
  for (const pid of [hub.pid, hub.workerdPid]) {
    expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).not.toContain(hub.key);
  }
});

it("takes the key, or several, from the environment and then writes none", async () => {
  const dataDir = makeTempDir();
  const [first, second] = ["a".repeat(32), "b".repeat(32)];
  const hub = await startTestHub({ dataDir, env: { CC2CC_HUB_API_KEY: `${first},${second}` } });
  const connect = (key: string) => fetch(`${hub.url}/ws/plugin`, { headers: { authorization: `Bearer ${key}` } });
  expect((await connect(first)).status).not.toBe(401);
  expect((await connect(second)).status).not.toBe(401);
  expect((await connect("c".repeat(32))).status).toBe(401);
  expect(readdirSync(dataDir)).not.toContain("key");
});

it("serves the dashboard on both ports, typed, and closed by its content security policy", async () => {
  const hub = await startTestHub({ dataDir: makeTempDir(), env: { CC2CC_DASHBOARD_PORT: "0" } });
  const [, dashboard = ""] = /or {2}(http:\/\/\S+)\//.exec(hub.output) ?? [];
  for (const origin of [hub.url, dashboard]) {
    const page = await fetch(`${origin}/`);
    const html = await page.text();
    expect(page.headers.get("content-type")).toMatch(/^text\/html/);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const [, script = ""] = /<script [^>]*src="([^"]+)"/.exec(html) ?? [];
    const asset = await fetch(origin + script);
    expect(asset.headers.get("content-type")).toMatch(/javascript/);
    expect(asset.headers.get("cache-control")).toMatch(/immutable/);
  }
});

it("keeps its key over a restart", async () => {
  const dataDir = makeTempDir();
  const first = await startTestHub({ dataDir });
  await first.stop();
  const second = await startTestHub({ dataDir });
  expect(second.key).toBe(first.key);
});
