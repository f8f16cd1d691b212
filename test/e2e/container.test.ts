/** The container without an engine: the tree that the Dockerfile copies, started by its entry point in a bare environment. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { APP_DIR, buildImageRoot } from "../../host/container/image-root.ts";
import { makeCertificate } from "../helpers/certificate.ts";
import { makeDataDir, TestContainer } from "../helpers/container.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { TestSocket } from "../helpers/test-socket.ts";

let root: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "cc2cc-image-"));
  await buildImageRoot(root);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

// An image is Linux, whatever machine it is built on.
describe.runIf(process.platform === "linux")("the image", () => {
  it("holds the hub and what it serves, nothing else, and little besides workerd", () => {
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
      statSync(join(root, path)).isFile(),
    );
    const own = files.map((path) => path.replace(`${APP_DIR}/`, ""));
    expect(own.filter((path) => !path.startsWith("dashboard/")).sort()).toEqual(
      [
        "LICENSE",
        "ca-certificates.crt",
        "hub.sh",
        "mailboxes.js",
        "tool.capnp",
        "tool.js",
        "worker.js",
        "workerd",
      ].sort(),
    );
    expect(own.filter((path) => /\.(ts|tsx|map|pem)$|node_modules|\.test\./.test(path))).toEqual([]);
    const bytes = files.filter((path) => !path.endsWith("/workerd")).map((path) => statSync(join(root, path)).size);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(6_000_000);
  });

  it("needs of its base the C library, and of that none newer than Debian 12 has", () => {
    const workerd = join(root, APP_DIR, "workerd");
    const { stdout } = spawnSync("ldd", [workerd], { encoding: "utf8" });
    const libraries = stdout.split("\n").flatMap((line) => /^\s*(?:\/\S*\/)?(\S+?)\.so/.exec(line)?.[1] ?? []);
    const ofLibc6 = [
      "libc",
      "libm",
      "libdl",
      "librt",
      "libpthread",
      "ld-linux-x86-64",
      "ld-linux-aarch64",
      "linux-vdso",
    ];
    expect(libraries).toContain("libc");
    expect(libraries.filter((library) => !ofLibc6.includes(library))).toEqual([]);
    const versions = [
      ...readFileSync(workerd)
        .toString("latin1")
        .matchAll(/GLIBC_2\.(\d+)\0/g),
    ].map(([, minor]) => Number(minor));
    expect(Math.max(...versions)).toBeLessThanOrEqual(36);
  });

  it("starts with a key of its own, says goodbye to clients, and finds everything again", async () => {
    const dataDir = makeDataDir();
    const first = await TestContainer.start({ root, dataDir, env: { CC2CC_HOST_LAN_IP: "192.168.1.20" } });
    expect(first.key).toMatch(/^cc2cc_[0-9a-f]{64}$/);
    expect(first.output).toMatch(/Hub {8}ws:\/\/127\.0\.0\.1:\d+\n/);
    expect(first.output).not.toContain(first.key);
    expect(readFileSync(`/proc/${first.workerdPid}/cmdline`, "utf8")).not.toContain(first.key);
    expect(first.isHealthy()).toBe(true);
    const files = readdirSync(dataDir, { recursive: true, encoding: "utf8" }).map((file) => join(dataDir, file));
    expect(new Set(files.filter((file) => statSync(file).isFile()).map(modeOf))).toEqual(new Set(["600"]));
    const bob = await TestSocket.openV2(first, "bob@h:p/1");
    await bob.close();
    const ada = await TestSocket.openV2(first, "ada@h:p/1");
    await ada.ask({ action: "send_message", to: "bob@h:p/1", type: "task", content: "kept" });
    const closed = ada.untilClosed();
    expect(await first.stop()).toBe(0);
    expect(await closed).toBe(1001);
    expect(first.isHealthy()).toBe(false);

    const second = await TestContainer.start({ root, dataDir });
    expect(second.key).toBe(first.key);
    const again = await TestSocket.openV2(second, "bob@h:p/1");
    const { messages } = await again.untilFrame((frame) => "messages" in frame, "the message");
    expect(messages).toMatchObject([{ content: "kept", from: "ada@h:p/1" }]);
  });

  it("takes its settings as npm start does, and speaks TLS", async () => {
    const folder = makeTempDir();
    const { cert, key } = await makeCertificate();
    const tls = { CC2CC_TLS_CERT: join(folder, "cert.pem"), CC2CC_TLS_KEY: join(folder, "key.pem") };
    writeFileSync(tls.CC2CC_TLS_CERT, cert);
    writeFileSync(tls.CC2CC_TLS_KEY, key);
    setDefaultCACertificates([...getCACertificates(), cert]);
    const [old, next] = ["a".repeat(32), "b".repeat(32)];
    const env = { ...tls, CC2CC_HUB_API_KEY: `${old}, ${next}`, CC2CC_RATE_FRAMES: "1" };
    const dataDir = makeDataDir();
    const hub = await TestContainer.start({ root, dataDir, env });
    expect(hub.output).toContain("Key        CC2CC_HUB_API_KEY");
    expect(readdirSync(dataDir)).not.toContain("key");
    expect(hub.isHealthy()).toBe(true);
    const ada = await TestSocket.openV2({ url: hub.url, key: next }, "ada@h:p/1");
    ada.send({ action: "list_instances", requestId: "1" });
    ada.send({ action: "list_instances", requestId: "2" });
    await ada.untilFrame((frame) => frame.code === "rate_limited", "the limit");
    const closed = ada.untilClosed();
    expect(await hub.stop("SIGINT")).toBe(0);
    expect(await closed).toBe(1001);
  });

  it("has certificates of its own to check the server of a webhook by", async () => {
    // Unset: the system's folder is not there in these tests, as on a bare Debian.
    const env = { CC2CC_WEBHOOK_URL: "https://127.0.0.1:9/hooks/secret-path", SSL_CERT_FILE: "" };
    const dataDir = makeDataDir();
    const hub = await TestContainer.start({ root, dataDir, env });
    expect(hub.output).toContain(" is running\n");
    const config = readFileSync(join(dataDir, "workerd.capnp"), "utf8");
    expect([config.includes("trustBrowserCas = true"), config.includes("secret-path")]).toEqual([true, false]);
    await hub.stop();
  });

  it("ends with its workerd, so that the engine starts it again", async () => {
    const hub = await TestContainer.start({ root, dataDir: makeDataDir() });
    process.kill(hub.workerdPid, "SIGKILL");
    expect(await hub.untilEnded()).toBe(137);
  });

  it("says in one line why it cannot start", async () => {
    const dataDir = makeDataDir();
    const refusal = async (env: Record<string, string>, folder = dataDir) => {
      const hub = await TestContainer.start({ root, dataDir: folder, env });
      expect(await hub.untilEnded()).toBe(1);
      return hub.output;
    };
    expect(await refusal({ CC2CC_HUB_API_KEY: "hunter2" })).toMatch(
      /^cc2cc: the key in CC2CC_HUB_API_KEY is too short.*\n$/,
    );
    expect(await refusal({ CC2CC_HUB_PORT: "0" })).toMatch(
      /^cc2cc: a container publishes its ports by their numbers.*\n$/,
    );
    expect(await refusal({ CC2CC_TLS_CERT: "/nowhere", CC2CC_TLS_KEY: "/nowhere" })).toMatch(
      /^cc2cc: cannot read \/nowhere .*\n$/,
    );
    expect(await refusal({ CC2CC_DATA_DIR: "/proc/cc2cc" })).toMatch(
      /^cc2cc: cannot write to the data folder \/proc\/cc2cc as user \d+.*\n$/,
    );
    await TestContainer.start({ root, dataDir });
    expect(await refusal({})).toMatch(/^cc2cc: the data folder .* is in use by another container.*\n$/);
    const newer = makeDataDir();
    mkdirSync(newer);
    writeFileSync(join(newer, "data-format"), "format=99\nhub=9.9.9\n");
    expect(await refusal({}, newer)).toMatch(/^cc2cc: .* was written by cc2cc 9\.9\.9 in format 99.*\n$/);
    expect(readdirSync(newer)).not.toContain("key");
  });

  it("holds 300 instances where a process may have 1,024 files open, as some engines have it", async () => {
    const container = await TestContainer.start({ root, dataDir: makeDataDir(), openFiles: 1_024 });
    const { workerdPid } = container;
    const sockets: TestSocket[] = [];
    for (let i = 0; i < 300; i++) sockets.push(await TestSocket.openV2(container, `ann@laptop:api/${i}`));
    const [first] = sockets as [TestSocket];
    expect(await first.ask({ action: "ping", to: "ann@laptop:api/299" })).toMatchObject({ online: true });
    expect(sockets.filter(({ closeCode }) => closeCode !== undefined)).toEqual([]);
    expect(container.isHealthy()).toBe(true);
    expect(container.workerdPid).toBe(workerdPid);
  });
});
