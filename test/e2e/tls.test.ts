/** A hub with a certificate of its own CA: the same ports, encrypted, for every kind of client. */
import { randomUUID, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect, getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { checkHub } from "../../demo/options.ts";
import { launchBrowser } from "../helpers/browser.ts";
import { makeCertificate } from "../helpers/certificate.ts";
import { failToStart, type RunningHub, startHub } from "../helpers/hub.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { buildPlugin, TestPlugin } from "../helpers/plugin.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { TestSocket } from "../helpers/test-socket.ts";

const folder = mkdtempSync(join(tmpdir(), 'cc2cc "tls" é-'));
const dataDir = join(folder, "data");
const caPath = join(folder, "ca.pem");
const env = { CC2CC_TLS_CERT: join(folder, "cert.pem"), CC2CC_TLS_KEY: join(folder, "key.pem") };
let ca: { cert: string; key: string };
let hub: RunningHub;

/** Writes a new certificate of the CA where the hub looks for it. */
async function issue(): Promise<{ cert: string; key: string }> {
  const pair = await makeCertificate({ hosts: ["hub.example", "127.0.0.1"], ca });
  // The key first: what a hub sees in between are two files that do not belong together.
  writeFileSync(env.CC2CC_TLS_KEY, pair.key, { mode: 0o600 });
  writeFileSync(env.CC2CC_TLS_CERT, pair.cert);
  return pair;
}

/** Of the certificate that the hub shows to a client that trusts the CA. */
async function shownSerial(): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port: hub.port, ca: ca.cert });
  await once(socket, "secureConnect");
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

beforeAll(async () => {
  await buildPlugin();
  ca = await makeCertificate({ hosts: ["cc2cc test CA"], isCa: true });
  writeFileSync(caPath, ca.cert);
  await issue();
  hub = await startHub({ dataDir, env });
});
afterAll(async () => {
  await hub?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it("is trusted by whom trusts its CA, and by nobody else", async () => {
  await expect(fetch(`${hub.url}/health`)).rejects.toThrow("fetch failed");
  await expect(checkHub(hub)).rejects.toThrow("name the file of its CA in NODE_EXTRA_CA_CERTS");
  setDefaultCACertificates([...getCACertificates(), ca.cert]);
  expect(hub.url).toMatch(/^https:/);
  expect((await fetch(`${hub.url}/health`)).status).toBe(200);
  await expect(fetch(`${hub.url.replace("https", "http")}/health`)).rejects.toThrow("fetch failed");
});

it("tells others to come by https and wss, under a name of the certificate", () => {
  expect(hub.output).toContain(`Hub        wss://127.0.0.1:${hub.port}`);
  expect(hub.output).toContain(`--config hub_url=https://127.0.0.1:${hub.port} `);
});

it("keeps the certificate's key out of the log, the argument list and the data folder", () => {
  const secret = readFileSync(env.CC2CC_TLS_KEY, "utf8").split("\n")[1] ?? "";
  expect(hub.output).not.toContain(secret);
  if (process.platform === "linux") {
    expect(readFileSync(`/proc/${hub.workerdPid}/cmdline`, "utf8")).not.toContain(secret);
  }
  const files = readdirSync(dataDir, { recursive: true, encoding: "utf8" }).map((file) => join(dataDir, file));
  const holders = files.filter((file) => statSync(file).isFile() && readFileSync(file).includes(secret));
  expect(holders).toEqual([]);
});

it("takes the plugin that was given the CA; one that was not says why it cannot connect", async () => {
  const options = () => ({ hub, dataDir: makeTempDir(), session: randomUUID(), project: "tls" });
  const plugin = await TestPlugin.start({ ...options(), env: { NODE_EXTRA_CA_CERTS: caPath } });
  const me = await plugin.untilConnected();
  const peer = await HubClient.connect(hub, { instanceId: "bob@server:tls/1" });
  expect(await peer.send(me, "over wss")).toMatchObject({ to: me, queued: false });
  await peer.goOffline();
  const stranger = await TestPlugin.start(options());
  const status = async () => (await stranger.call("hub_status")).text;
  await expect.poll(status, { timeout: 20_000 }).toContain("NODE_EXTRA_CA_CERTS");
});

it("gives a browser a session whose cookie goes over https only, and the event stream by it", async () => {
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(`${hub.url}/version`);
  const outcome = await page.evaluate(
    async ({ key, stream }) => {
      const headers = { "content-type": "application/json" };
      await fetch("/api/session", { method: "POST", headers, body: JSON.stringify({ key }) });
      const socket = new WebSocket(stream, "cc2cc.v2");
      return new Promise((resolve) => {
        socket.onopen = () => resolve("open");
        socket.onclose = ({ code }) => resolve(code);
      });
    },
    { key: hub.key, stream: `${hub.url.replace("https", "wss")}/ws/dashboard` },
  );
  expect(outcome).toBe("open");
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({
    name: expect.stringMatching(/^cc2cc_session_\d+$/),
    secure: true,
    httpOnly: true,
    sameSite: "Strict",
  });
});

it("answers under the names of its certificate, and installs the plugin from https", async () => {
  const ask = async (host: string) => {
    const options = { headers: { host }, servername: "hub.example" };
    const [answer] = await once(get(`${hub.url}/marketplace.json`, options), "response");
    return text(answer);
  };
  expect(await ask(`hub.example:${hub.port}`)).toContain(`HUB='https://hub.example:${hub.port}'`);
  expect(await ask("evil.example")).toContain("not known as evil.example");
});

it("says goodbye and comes back with a renewed certificate, by itself", async () => {
  const client = await TestSocket.openV2(hub, "a@h:tls/1");
  const { cert } = await issue();
  expect(await client.untilClosed()).toBe(1001);
  const serial = new X509Certificate(cert).serialNumber;
  await expect.poll(() => shownSerial().catch(String), { timeout: 20_000 }).toBe(serial);
  expect(hub.output).toContain("the certificate has changed");
  expect(hub.output).not.toContain("workerd ended");
});

it("tells clients that it goes away when it is stopped", async () => {
  const client = await TestSocket.openV2(hub, "a@h:tls/2");
  const closed = client.untilClosed();
  expect(await hub.stop("SIGTERM")).toBe(0);
  expect(await closed).toBe(1001);
});

it("does not start with files that are no pair", async () => {
  const other = await makeCertificate();
  writeFileSync(env.CC2CC_TLS_KEY, other.key);
  const { code, stderr } = await failToStart({ dataDir, env });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^cc2cc: the key in .*key\.pem is not that of the certificate in .*cert\.pem/);
});
