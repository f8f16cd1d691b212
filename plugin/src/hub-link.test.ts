import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { CloseCode } from "../../shared/errors.ts";
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
      hubUrl,
      apiKey: "k".repeat(40),
      identity: "i".repeat(40),
      instanceId: () => "ada@desk:shop/1",
      onText: ignore,
      onDown: resolve,
      onIdentityTaken: ignore,
    });
    onTestFinished(() => link.close());
  });
  expect(reason).toContain("closed the connection for good (4003)");
});
