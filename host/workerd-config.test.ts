import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
  COMPATIBILITY_DATE,
  COMPATIBILITY_FLAGS,
  DURABLE_OBJECTS,
  importPathsOf,
  renderWorkerdConfig,
} from "./workerd-config.ts";

const config = {
  worker: { source: "export default {}" },
  mailboxWorker: { file: "mailboxes.js" },
  dashboardDir: "/hub/dashboard/dist",
  storageDir: "/data/storage",
  textBindings: { CC2CC_VERSION: "1.2.3" },
  secretBindings: ["CC2CC_HUB_API_KEY"],
  sockets: { hub: "0.0.0.0:3100", dashboard: "0.0.0.0:8029" },
};

it("serves one worker on every socket, with its objects, files and settings", () => {
  const text = renderWorkerdConfig(config);
  expect(text).toContain('(name = "hub", address = "0.0.0.0:3100", http = (), service = "hub")');
  expect(text).toContain('(name = "dashboard", address = "0.0.0.0:8029", http = (), service = "hub")');
  expect(text).toContain('(name = "EXCHANGE", durableObjectNamespace = "Exchange")');
  expect(text).toContain('(className = "InstanceMailbox", uniqueKey = "cc2cc-InstanceMailbox", enableSql = true)');
  expect(text).toContain('(name = "CC2CC_HUB_API_KEY", fromEnvironment = "CC2CC_HUB_API_KEY")');
  expect(text).toContain('(name = "CC2CC_VERSION", text = "1.2.3")');
  expect(text).toContain('(name = "internet", network = (allow = []))');
  expect(text).toContain('(name = "storage", disk = (path = "/data/storage", writable = true))');
});

it("has no way out but for a webhook, and for https the certificates of the system", () => {
  const wayOut = /network = \(allow = \["/;
  expect(renderWorkerdConfig(config)).not.toMatch(wayOut);
  const plain = renderWorkerdConfig({ ...config, webhook: { isHttps: false } });
  expect(plain).toContain('(name = "WEBHOOK", service = "webhook")');
  expect(plain).toContain('(name = "webhook", network = (allow = ["public", "private", "local"]))');
  expect(plain).toContain('(name = "internet", network = (allow = []))');
  expect(renderWorkerdConfig({ ...config, webhook: { isHttps: true } })).toContain("trustBrowserCas = true");
});

it("keeps mailboxes, topics and MCP sessions in a worker of their own, without storage on disk, directory or files", () => {
  const [hub = "", mailboxes = ""] = renderWorkerdConfig(config).split("const mailboxes :Workerd.Worker");
  const elsewhere = (className: string, serviceName: string) =>
    `durableObjectNamespace = (className = "${className}", serviceName = "${serviceName}")`;
  expect(hub).toContain(`(name = "MAILBOX", ${elsewhere("InstanceMailbox", "mailboxes")})`);
  expect(hub).toContain('(name = "LEGACY_MAILBOX", durableObjectNamespace = "InstanceMailbox")');
  expect(hub).toContain(`(name = "TOPIC", ${elsewhere("Topic", "mailboxes")})`);
  expect(hub).toContain('(name = "LEGACY_TOPIC", durableObjectNamespace = "Topic")');
  expect(mailboxes).toContain(`(name = "EXCHANGE", ${elsewhere("Exchange", "hub")})`);
  expect(hub).toContain(`(name = "MCP", ${elsewhere("McpSession", "mailboxes")})`);
  // Nothing of it was ever on disk.
  expect(hub).not.toContain('(className = "McpSession", uniqueKey');
  expect(mailboxes).toContain(`(name = "JOURNAL", ${elsewhere("Journal", "hub")})`);
  expect(mailboxes).toContain('(name = "MAILBOX", durableObjectNamespace = "InstanceMailbox")');
  expect(mailboxes).toContain('(name = "MCP", durableObjectNamespace = "McpSession")');
  for (const name of ["DIRECTORY", "ASSETS"]) expect(mailboxes).not.toContain(`(name = "${name}"`);
  expect(mailboxes).toContain("durableObjectStorage = (inMemory = void)");
  expect(mailboxes).not.toContain("localDisk");
  expect(mailboxes).toContain('(name = "CC2CC_VERSION", text = "1.2.3")');
});

it("shows a certificate on every socket but the one beside the hub", () => {
  const tls = { certPath: "/etc/tls/cert.pem", keyPath: "/etc/tls/key.pem" };
  const text = renderWorkerdConfig({ ...config, tls, controlAddress: "unix:/tmp/control.sock" });
  const keypair = '(certificateChain = embed "/etc/tls/cert.pem", privateKey = embed "/etc/tls/key.pem")';
  const https = `https = (options = (), tlsOptions = (keypair = ${keypair}))`;
  expect(text).toContain(`(name = "hub", address = "0.0.0.0:3100", ${https}, service = "hub")`);
  expect(text).toContain(`(name = "dashboard", address = "0.0.0.0:8029", ${https}, service = "hub")`);
  expect(text).toContain('(name = "control", address = "unix:/tmp/control.sock", http = (), service = "hub")');
  expect(importPathsOf(tls)).toEqual(["/"]);
  expect(importPathsOf(undefined)).toEqual([]);
});

it("takes a worker as a file beside it, too", () => {
  expect(renderWorkerdConfig(config)).toContain('const mailboxSource :Text = embed "mailboxes.js";');
});

it("escapes what would end or change a string", () => {
  const text = renderWorkerdConfig({ ...config, worker: { source: 'a = "\\n";\n\t// é\u2028' } });
  expect(text).toContain('const source :Text = "a = \\"\\\\n\\";\\n\\x09// \\xc3\\xa9\\xe2\\x80\\xa8"');
});

it("says the same as wrangler.toml", () => {
  const toml = readFileSync(join(import.meta.dirname, "..", "wrangler.toml"), "utf8");
  const bindings = [...toml.matchAll(/name = "(\w+)"\nclass_name = "(\w+)"/g)].map(([, binding, className]) => [
    binding,
    className,
  ]);
  expect(DURABLE_OBJECTS.map(({ binding, className }) => [binding, className])).toEqual(bindings);
  expect(toml).toContain(`compatibility_date = "${COMPATIBILITY_DATE}"`);
  expect(toml).toContain(`compatibility_flags = ${JSON.stringify(COMPATIBILITY_FLAGS)}`);
});
