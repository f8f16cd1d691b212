/** The same hub in one plain Node process: `ws`, and one fdatasync per batch of sends. It keeps nothing that it could give again. */
import { fdatasync, openSync, unlinkSync, write } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { WebSocketServer } from "ws";

const [append, sync] = [promisify(write), promisify(fdatasync)];
const path = join(process.argv[2], "log");
const file = openSync(path, "w");
unlinkSync(path);

const sockets = new Map();
let pending = [];
let isWriting = false;
let lastId = 0;

const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false }, () =>
  process.send({ port: server.address().port }),
);
server.on("connection", (socket, request) => {
  const id = new URL(request.url, "http://hub").searchParams.get("id");
  sockets.set(id, socket);
  socket.on("message", (data) => take(id, String(data)));
});

function take(from, text) {
  if (text[0] === "A") return;
  if (text[0] === "L") {
    for (const socket of sockets.values()) socket.send(text);
    return;
  }
  pending.push([from, text]);
  if (isWriting) return;
  isWriting = true;
  setImmediate(writeAll);
}

async function writeAll() {
  while (pending.length > 0) {
    const batch = pending;
    pending = [];
    const accepted = new Map();
    const lines = new Map();
    const add = (to, line) => lines.set(to, lines.has(to) ? `${lines.get(to)}\n${line}` : line);
    for (const [from, text] of batch) {
      accepted.set(from, (accepted.get(from) ?? 0) + 1);
      const line = `${++lastId} ${text}`;
      if (text[0] === "S") add(text.slice(1, 4), line);
      else for (const id of sockets.keys()) if (id !== from) add(id, line);
    }
    await append(file, batch.map(([, text]) => text).join("\n"));
    await sync(file);
    for (const [to, text] of lines) sockets.get(to)?.send(text);
    for (const [from, count] of accepted) sockets.get(from)?.send(`K${count}`);
  }
  isWriting = false;
}
