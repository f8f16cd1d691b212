import { expect, it, onTestFinished } from "vitest";
import { SocketServer } from "../test-kit/socket-server.ts";
import { createEventStream } from "./event-stream.ts";

const timestamp = "2026-11-22T12:00:00.000Z";
const left = (cursor: number) => ({ event: "instance:left", timestamp, cursor, instanceId: `a@b:c/${cursor}` });
const hello = (cursor: number) => ({ event: "hub:hello", timestamp, cursor, version: "1.2.3" });

async function openStream() {
  const server = await SocketServer.start();
  const stream = createEventStream(server.url);
  onTestFinished(() => stream.stop());
  const heard: string[] = [];
  stream.onEvents((events) => {
    heard.push(events.map((event) => ("instanceId" in event ? event.instanceId : "?")).join(" "));
    server.changed();
  });
  stream.onGap(() => {
    heard.push("gap");
    server.changed();
  });
  stream.start();
  const until = (count: number) => server.until(() => heard.length >= count, `${count} batches, not ${heard}`);
  return { server, stream, heard, until };
}

it("begins with what happens next, and asks for a snapshot by telling of a gap", async () => {
  const { server, stream, heard, until } = await openStream();
  const socket = await server.socket(0);
  socket.send(hello(7));
  socket.send(left(8), left(9));
  await until(2);
  expect(socket.url.search).toBe("");
  expect(heard).toEqual(["gap", "a@b:c/8 a@b:c/9"]);
  expect(stream.version.value).toBe("1.2.3");
});

it("comes back with the last cursor it read, and wants no snapshot then", async () => {
  const { server, heard, until } = await openStream();
  const first = await server.socket(0);
  first.send(hello(7), left(8));
  await until(2);
  first.close(1001, "restart");
  const second = await server.socket(1);
  expect(second.url.search).toBe("?since=8");
  second.send(hello(9), left(9));
  await until(3);
  expect(heard).toEqual(["gap", "a@b:c/8", "a@b:c/9"]);
});

it("tells of a gap in its place among the events", async () => {
  const { server, heard, until } = await openStream();
  const socket = await server.socket(0);
  socket.send(hello(7), left(8), { event: "hub:gap", timestamp, cursor: 20 }, left(21));
  await until(4);
  expect(heard).toEqual(["gap", "a@b:c/8", "gap", "a@b:c/21"]);
});

it("ends when the key was revoked, and tries again otherwise, at once when told to", async () => {
  const { server, stream } = await openStream();
  const first = await server.socket(0);
  stream.state.subscribe(() => server.changed());
  first.send(hello(1));
  server.isRefusing = true;
  first.close(1001);
  await server.until(() => stream.state.value.kind === "waiting", "the wait");
  stream.retryNow();
  await server.until(() => stream.state.value.kind === "connecting", "the attempt");
  await server.until(() => stream.state.value.kind === "waiting", "the next wait");
  server.isRefusing = false;
  stream.retryNow();
  const second = await server.socket(1);
  second.send(hello(1));
  second.close(4003, "key revoked");
  await server.until(() => stream.state.value.kind === "ended", "the end");
  expect(stream.state.value).toMatchObject({ code: 4003, reason: "key revoked" });
});

it("begins anew for whoever signs in next", async () => {
  const { server, stream, until } = await openStream();
  (await server.socket(0)).send(hello(7), left(8));
  await until(2);
  stream.stop();
  stream.start();
  expect((await server.socket(1)).url.search).toBe("");
});
