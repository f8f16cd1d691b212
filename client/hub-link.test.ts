import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { CloseCode } from "../shared/errors.ts";
import { HubLink } from "./hub-link.ts";

/** Takes each connection, closes it with a code, and goes on holding the TCP below it, as workerd does. */
async function startClosingHub(code: number): Promise<URL> {
  const server = createServer();
  server.on("upgrade", ({ headers }, socket) => {
    onTestFinished(() => void socket.destroy());
    const secret = `${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash("sha1").update(secret).digest("base64");
    const fields = ["Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`];
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\n${fields.join("\r\n")}\r\nSec-WebSocket-Protocol: cc2cc.v2\r\n\r\n`,
    );
    socket.write(Buffer.from([0x88, 6, code >> 8, code & 0xff, ...Buffer.from("gone")]));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

it("goes by the hub's close, and does not wait for the end of the TCP below it", async () => {
  const hubUrl = await startClosingHub(CloseCode.revoked);
  const reason = await new Promise((resolve) => {
    const ignore = () => undefined;
    const link = new HubLink({
      url: () => hubUrl.href.replace("http", "ws"),
      apiKey: "k".repeat(40),
      newKey: "Take another key",
      onText: ignore,
      onDown: resolve,
      onIdentityTaken: ignore,
    });
    onTestFinished(() => void link.close());
  });
  expect(reason).toContain("closed the connection for good (4003)");
});

/** Answers every attempt to connect with a plain response; tells when one came. */
async function startRefuser(status: number, body: string) {
  const attempts: (() => void)[] = [];
  let count = 0;
  const server = createServer((_, response) => {
    response.writeHead(status, { "content-type": "text/html" }).end(body);
    count++;
    for (const note of attempts.splice(0)) note();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return {
    hubUrl: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    count: () => count,
    next: () => new Promise<void>((resolve) => void attempts.push(resolve)),
  };
}

function link(hubUrl: URL, onDown: (reason: string) => void, retry = { minMs: 10, maxMs: 20 }): HubLink {
  const ignore = () => undefined;
  const made = new HubLink({
    url: () => hubUrl.href.replace("http", "ws"),
    apiKey: "k".repeat(40),
    retry,
    newKey: "Take another key",
    onText: ignore,
    onDown,
    onIdentityTaken: ignore,
  });
  onTestFinished(() => void made.close());
  return made;
}

it.each([400, 401, 403, 200])("goes on trying when something between answers with %d", async (status) => {
  const refuser = await startRefuser(status, "<html>sign in to the network</html>");
  const second = refuser.next().then(() => refuser.next());
  const made = link(refuser.hubUrl, () => undefined);
  await second;
  expect(made.isStopped).toBe(false);
  await expect.poll(() => made.downReason).toContain(`not a cc2cc hub, or not yet (status ${status})`);
});

it("gives up when the hub itself refuses the key, and tries again at once when somebody asks", async () => {
  const refuser = await startRefuser(401, JSON.stringify({ error: "That key is wrong.", code: "unauthorized" }));
  const made = link(refuser.hubUrl, () => undefined);
  await expect.poll(() => made.isStopped).toBe(true);
  expect(refuser.count()).toBe(1);
  const again = refuser.next();
  made.hurry();
  await again;
  expect(refuser.count()).toBe(2);
});

it("does not wait for the end of a pause when somebody asks", async () => {
  const refuser = await startRefuser(502, "");
  const first = refuser.next();
  const made = link(refuser.hubUrl, () => undefined, { minMs: 3_600_000, maxMs: 3_600_000 });
  await first;
  const second = refuser.next();
  const hurrying = setInterval(() => made.hurry(), 20);
  await second;
  clearInterval(hurrying);
  expect(refuser.count()).toBeGreaterThan(1);
});
