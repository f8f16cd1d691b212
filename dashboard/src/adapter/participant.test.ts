import { expect, it, onTestFinished } from "vitest";
import { type ServerSocket, SocketServer } from "../test-kit/socket-server.ts";
import { createParticipant } from "./participant.ts";

/** A tab whose ids are numbered. */
function makeTab() {
  let n = 1;
  return {
    get current() {
      return { instanceId: `dashboard@hub:dashboard/${n}`, secret: `secret-of-tab-${n}-0123456789` };
    },
    claim: async () => undefined,
    renew: () => void n++,
  };
}

async function openParticipant(isHubThere = true) {
  const server = await SocketServer.start();
  const participant = createParticipant(server.url, makeTab(), async () => isHubThere);
  onTestFinished(() => participant.stop());
  participant.start();
  return { server, participant };
}

const welcome = (socket: ServerSocket) =>
  socket.send({ action: "welcome", protocol: 2, instanceId: socket.url.searchParams.get("instanceId"), topics: [] });

it("connects as the tab, with the secret that holds its id", async () => {
  const { server } = await openParticipant();
  const { url } = await server.socket(0);
  expect(url.pathname).toBe("/ws/plugin");
  expect(url.searchParams.get("instanceId")).toBe("dashboard@hub:dashboard/1");
  expect(url.searchParams.get("identity")).toBe("secret-of-tab-1-0123456789");
});

it("gives each request its own answer, in whatever order they come", async () => {
  const { server, participant } = await openParticipant();
  const socket = await server.socket(0);
  welcome(socket);
  const asked = [
    participant.request({ action: "ping", to: "a@b:c" }),
    participant.request({ action: "ping", to: "d@e:f" }),
  ];
  await server.until(() => socket.frames.length === 2, "both requests");
  const [first, second] = socket.frames;
  socket.send(
    { requestId: second?.requestId, online: true },
    { requestId: first?.requestId, error: "No.", code: "not_found" },
  );
  expect(await Promise.all(asked)).toEqual([
    { ok: false, error: "No.", code: "not_found" },
    { ok: true, reply: { online: true } },
  ]);
});

it("sends what was not answered again after a reconnect, with the same ids, and nothing before the welcome", async () => {
  const { server, participant } = await openParticipant();
  const first = await server.socket(0);
  const frame = { action: "send_message", to: "a@b:c/1", type: "task", content: "x", messageId: "m" } as const;
  const asked = participant.request(frame);
  welcome(first);
  await server.until(() => first.frames.length === 1, "the request");
  first.close(1001);
  const second = await server.socket(1);
  expect(second.frames).toEqual([]);
  welcome(second);
  await server.until(() => second.frames.length === 1, "the same request");
  expect(second.frames).toEqual(first.frames);
  second.send({ requestId: second.frames[0]?.requestId, messageId: "m" });
  expect(await asked).toEqual({ ok: true, reply: { messageId: "m" } });
});

it("acks what it was given, and says what was seen", async () => {
  const { server, participant } = await openParticipant();
  const socket = await server.socket(0);
  const got: string[] = [];
  participant.onDeliver((messages) => void got.push(...messages.map(({ messageId }) => messageId)));
  welcome(socket);
  socket.send({
    action: "deliver",
    messages: [{ messageId: "m1", seq: 4 }, { messageId: "m2", seq: 5 }, { messageId: "live" }],
  });
  await server.until(() => socket.frames.length === 1, "the ack");
  participant.markSeen(["m2"]);
  await server.until(() => socket.frames.length === 2, "the other ack");
  expect(got).toEqual(["m1", "m2", "live"]);
  expect(socket.frames).toEqual([
    { action: "ack", upTo: 5 },
    { action: "ack", messageIds: ["m2"], state: "seen" },
  ]);
});

it("becomes another instance when another tab takes its id, so that two never fight", async () => {
  const { server, participant } = await openParticipant();
  const first = await server.socket(0);
  welcome(first);
  first.close(4001, "replaced");
  const second = await server.socket(1);
  expect(second.url.searchParams.get("instanceId")).toBe("dashboard@hub:dashboard/2");
  expect(participant.instanceId.value).toBe("dashboard@hub:dashboard/2");
});

it("stays who it is when the hub just went away", async () => {
  const { server, participant } = await openParticipant();
  welcome(await server.socket(0));
  (await server.socket(0)).close(1001, "restart");
  await server.socket(1);
  expect(participant.instanceId.value).toBe("dashboard@hub:dashboard/1");
});

it.each([
  ["becomes another instance when the hub is there and takes no connection of this one", true, 2],
  ["stays who it is while the hub is away, however long", false, 1],
])("%s", async (_, isHubThere, n) => {
  const { server, participant } = await openParticipant(isHubThere);
  participant.state.subscribe(() => server.changed());
  await server.socket(0);
  server.isRefusing = true;
  (await server.socket(0)).close(1001);
  for (let attempt = 0; attempt < 3; attempt++) {
    await server.until(() => participant.state.value.kind === "waiting", "a wait");
    participant.retryNow();
    await server.until(() => participant.state.value.kind === "connecting", "an attempt");
  }
  await server.until(() => participant.state.value.kind === "waiting", "the last wait");
  server.isRefusing = false;
  participant.retryNow();
  const { url } = await server.socket(1);
  expect(url.searchParams.get("instanceId")).toBe(`dashboard@hub:dashboard/${n}`);
});

it("tells who still waits that there will be no answer", async () => {
  const { participant } = await openParticipant();
  const asked = participant.request({ action: "ping", to: "a@b:c" });
  participant.stop();
  expect(await asked).toMatchObject({ ok: false, code: "offline" });
});
