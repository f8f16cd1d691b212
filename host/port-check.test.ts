import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { makeCertificate } from "../test/helpers/certificate.ts";
import { checkPort, findListeningInodes, localUrl } from "./port-check.ts";

let server: Server | undefined;
afterEach(() => server?.close());

async function listen(body: string, tls?: { cert: string; key: string }): Promise<number> {
  const answer = (_: IncomingMessage, response: ServerResponse) => response.end(body);
  server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

it("says nothing about a free port, or about port 0", async () => {
  const port = await listen("");
  await new Promise((resolve) => server?.close(resolve));
  await checkPort("CC2CC_HUB_PORT", "127.0.0.1", port);
  await checkPort("CC2CC_HUB_PORT", "127.0.0.1", 0);
});

it("names the setting and the process that holds the port", async () => {
  const port = await listen("not json");
  const holder = process.platform === "linux" ? `pid ${process.pid}` : "another program";
  await expect(checkPort("CC2CC_HUB_PORT", "127.0.0.1", port)).rejects.toThrow(
    new RegExp(`^port ${port} is taken by .*${holder}: stop it, or set CC2CC_HUB_PORT to another port.$`),
  );
});

it.each([false, true])("recognises another hub; one with a certificate: %s", async (isTls) => {
  const port = await listen('{"version":"9.9.9","protocol":2}', isTls ? await makeCertificate() : undefined);
  await expect(checkPort("CC2CC_HUB_PORT", "127.0.0.1", port)).rejects.toThrow(
    /a cc2cc hub that is already running \(version 9\.9\.9/,
  );
});

it("says that the machine lacks an address", async () => {
  await expect(checkPort("CC2CC_HUB_PORT", "192.0.2.1", 3100)).rejects.toThrow("192.0.2.1: set CC2CC_BIND to one");
});

it("finds listeners, not connections, in the kernel's table", () => {
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 00000000:0C1C 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1",
    "   1: 0100007F:0C1C 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1",
    "   2: 0100007F:1F5D 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4713 1",
  ].join("\n");
  expect(findListeningInodes(table, 3100)).toEqual(["4711"]);
});

it("reaches a socket bound to every address through the loopback one", () => {
  expect(localUrl("0.0.0.0", 1)).toBe("http://127.0.0.1:1");
  expect(localUrl("::", 1)).toBe("http://[::1]:1");
  expect(localUrl("fd00::1", 1)).toBe("http://[fd00::1]:1");
  expect(localUrl("10.0.0.1", 1)).toBe("http://10.0.0.1:1");
});
