import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** Ends TLS before a hub as docs/operations.md tells nginx and Caddy to: `Host` as it came, and `X-Forwarded-Proto`. */
export async function startTlsProxy(hubUrl: string, pair: { cert: string; key: string }): Promise<number> {
  const ask = (incoming: IncomingMessage) =>
    request(hubUrl + incoming.url, {
      method: incoming.method,
      headers: { ...incoming.headers, "x-forwarded-proto": "https" },
      agent: false,
    });
  const server = createServer(pair, (incoming, outgoing) => {
    const asked = ask(incoming);
    asked.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    asked.on("error", () => outgoing.writeHead(502).end());
    incoming.pipe(asked);
  });
  server.on("upgrade", (incoming, socket) => {
    const asked = ask(incoming);
    const write = (answer: IncomingMessage) => {
      const headers = Array.from({ length: answer.rawHeaders.length / 2 }, (_, i) =>
        answer.rawHeaders.slice(2 * i, 2 * i + 2),
      );
      const lines = headers.map((pair) => `${pair.join(": ")}\r\n`).join("");
      socket.write(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n${lines}\r\n`);
    };
    asked.on("upgrade", (answer, upstream, head) => {
      write(answer);
      socket.write(head);
      upstream.pipe(socket).pipe(upstream);
      for (const end of [socket, upstream]) end.on("error", () => upstream.destroy());
    });
    asked.on("response", (answer) => {
      write(answer);
      answer.pipe(socket);
    });
    asked.on("error", () => socket.destroy());
    asked.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
