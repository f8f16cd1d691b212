/** The first generation, whole: a peer that knows nothing of ours uses every action and is told every event of v1. */
import { env, exports } from "cloudflare:workers";
import { expect, it } from "vitest";
import { freshIds } from "../test/helpers/workerd/hub.ts";
import { call, pathOf } from "../test/helpers/workerd/rest.ts";
import { TestClient } from "../test/helpers/workerd/test-client.ts";

const KEY = env.CC2CC_HUB_API_KEY as string;
const UUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

const connectV1 = (instanceId: string) => TestClient.connect(instanceId, { version: 1 });
const projectOf = (instanceId: string) => instanceId.slice(instanceId.indexOf(":") + 1, instanceId.lastIndexOf("/"));

/** `/ws/dashboard` as an old dashboard opens it: the key in the URL, one event a text. */
async function openDashboard(): Promise<Record<string, unknown>[]> {
  const response = await exports.default.fetch(`http://hub/ws/dashboard?key=${KEY}`, {
    headers: { upgrade: "websocket" },
  });
  const events: Record<string, unknown>[] = [];
  const ws = response.webSocket as WebSocket;
  ws.addEventListener("message", ({ data }) => {
    events.push(JSON.parse(String(data)));
  });
  ws.accept();
  return events;
}

it("[C5] section 4: a v1 client uses every v1 action, and each is answered in the fields of v1", async () => {
  const { a, b, c, partial } = freshIds();
  const [topic, role] = [`old/${projectOf(a)}`, `old-${projectOf(a)}`];
  const [alice, bob] = [await connectV1(a), await connectV1(b)];
  const ask = (frame: object) => alice.ask(frame as Parameters<TestClient["ask"]>[0]);
  const requestId = expect.any(String);
  const task = { type: "task", content: "do it" };

  expect(alice.frames).toEqual([{ action: "subscriptions:sync", topics: [projectOf(a)] }]);

  const sent = await ask({ action: "send_message", to: b, ...task, metadata: { n: 1 } });
  expect(sent).toEqual({ requestId, messageId: UUID, queued: false, to: b });
  const reply = await ask({ action: "send_message", to: b, ...task, replyToMessageId: sent.messageId });
  expect(reply).toMatchObject({ queued: false });
  await bob.untilDelivered(2);
  const envelope = { messageId: sent.messageId, from: a, to: b, ...task, timestamp: ISO };
  expect(bob.delivered).toEqual([
    { ...envelope, metadata: { n: 1 } },
    { ...envelope, messageId: reply.messageId, replyToMessageId: sent.messageId },
  ]);

  expect(await ask({ action: "ping", to: b })).toEqual({ requestId, online: true, instanceId: b });
  const { instances } = await ask({ action: "list_instances" });
  expect(instances?.find(({ instanceId }) => instanceId === b)).toMatchObject({
    project: projectOf(b),
    status: "online",
    connectedAt: ISO,
    queueDepth: 0,
  });

  expect(await ask({ action: "set_role", role })).toEqual({ requestId, instanceId: a, role });
  expect(await bob.ask({ action: "set_role", role })).toEqual({ requestId, instanceId: b, role });
  const fanOut = { instanceId: b, messageId: UUID, queued: false };
  expect(await ask({ action: "send_message", to: `role:${role}`, ...task })).toEqual({
    requestId,
    role,
    recipients: [b],
    delivered: 1,
    queued: 0,
    messages: [fanOut],
  });
  await bob.untilDelivered(3);
  expect(bob.delivered[2]).toMatchObject({ to: b, role, fromRole: role });

  expect(await ask({ action: "subscribe_topic", topic })).toEqual({ requestId, topic, subscribed: true });
  expect(await bob.ask({ action: "subscribe_topic", topic })).toEqual({ requestId, topic, subscribed: true });
  expect((await ask({ action: "list_topics" })) as object).toEqual({
    requestId,
    topics: expect.arrayContaining([
      expect.objectContaining({ name: topic, createdAt: ISO, createdBy: a, subscriberCount: 2 }),
    ]),
  });
  const published = { requestId, delivered: 1, queued: 0, messageId: UUID };
  expect(await ask({ action: "publish_topic", topic, ...task })).toEqual(published);
  expect(await ask({ action: "publish_topic", topic, ...task, persistent: true })).toEqual(published);
  await bob.untilDelivered(5);
  for (const message of bob.delivered.slice(3)) {
    expect(message).toEqual({
      messageId: UUID,
      from: a,
      fromRole: role,
      to: `topic:${topic}`,
      topicName: topic,
      ...task,
      timestamp: ISO,
    });
  }
  expect(await ask({ action: "unsubscribe_topic", topic })).toEqual({ requestId, topic, unsubscribed: true });

  expect(await ask({ action: "broadcast", ...task })).toEqual({
    requestId,
    delivered: expect.any(Number),
    messageId: UUID,
  });
  await bob.untilDelivered(6);
  expect(bob.delivered[5]).toMatchObject({ from: a, to: "broadcast", ...task });

  await bob.close();
  const waiting = await ask({ action: "send_message", to: b, ...task });
  expect(waiting).toEqual({ requestId, messageId: UUID, queued: true, to: b, warning: expect.any(String) });
  const back = await connectV1(b);
  await back.untilDelivered(1);
  // What was written to a v1 socket has left the queue (section 5).
  expect(await back.ask({ action: "get_messages", limit: 5 })).toEqual({ requestId, messages: [] });

  expect(await ask({ action: "session_update", newInstanceId: c })).toEqual({ requestId, migrated: 0, instanceId: c });
  expect(await back.message(a, "to the old id")).toMatchObject({ to: c, queued: false });
  await alice.untilDelivered(1);
  expect(await back.ask({ action: "ping", to: `${partial}/c` })).toMatchObject({ online: true });
  expect(await ask({ action: "send_message", to: `${partial}/nobody`, ...task })).toEqual({
    requestId,
    code: "unknown_instance",
    error: expect.any(String),
  });
});

it("section 8: a v1 dashboard is told every v1 event, one a text, in the names and shapes of v1", async () => {
  const { a, b, c } = freshIds();
  const [topic, role] = [`old/events-${projectOf(a)}`, `old-${projectOf(a)}`];
  const events = await openDashboard();
  const [alice, bob] = [await connectV1(a), await connectV1(b)];
  await alice.ask({ action: "set_role", role });
  await bob.ask({ action: "subscribe_topic", topic });
  const { messageId: direct } = await alice.message(b, "direct");
  const { messageId: published } = await alice.ask({
    action: "publish_topic",
    topic,
    type: "task",
    content: "all",
    persistent: true,
  });
  const { messageId: shouted } = await alice.ask({ action: "broadcast", type: "task", content: "hear me" });
  await bob.ask({ action: "unsubscribe_topic", topic });
  await call(`DELETE /api/topics/${pathOf(topic)}`);
  await bob.close();
  await alice.message(b, "waits");
  await alice.ask({ action: "session_update", newInstanceId: c });
  // Depths are told a moment later, and those of an instance that is gone not at all.
  await expect
    .poll(() =>
      events.some(({ event, instanceId, depth }) => event === "queue:stats" && instanceId === b && depth === 1),
    )
    .toBe(true);
  await expect.poll(async () => (await call(`DELETE /api/instances/${pathOf(b)}`)).status).toBe(200);

  const message = {
    messageId: direct,
    from: a,
    fromRole: role,
    to: b,
    type: "task",
    content: "direct",
    timestamp: ISO,
  };
  const expected = [
    { event: "instance:joined", instanceId: a },
    { event: "instance:joined", instanceId: b },
    { event: "instance:role_updated", instanceId: a, role },
    { event: "topic:created", name: topic, createdBy: b },
    { event: "topic:subscribed", name: topic, instanceId: b },
    { event: "message:sent", message },
    {
      event: "topic:message",
      name: topic,
      message: {
        ...message,
        messageId: published,
        to: `topic:${topic}`,
        topicName: topic,
        content: "all",
      },
      persistent: true,
      delivered: 1,
      queued: 0,
    },
    { event: "broadcast:sent", from: a, content: "hear me", type: "task", messageId: shouted },
    { event: "topic:unsubscribed", name: topic, instanceId: b },
    { event: "topic:deleted", name: topic },
    { event: "instance:left", instanceId: b },
    { event: "queue:stats", instanceId: b, depth: 1 },
    { event: "instance:session_updated", oldInstanceId: a, newInstanceId: c, migrated: 0 },
    { event: "instance:removed", instanceId: b },
  ].map((event) => ({ ...event, timestamp: ISO, cursor: expect.any(Number) }));
  const lastOf = (wanted: object) => events.filter(({ event }) => event === (wanted as { event: string }).event);
  for (const event of expected) await expect.poll(() => lastOf(event)).toContainEqual(event);
  // One event a text, in the order of their cursors, and nothing that only a v2 consumer knows at the beginning.
  const cursors = events.map(({ cursor }) => cursor as number);
  expect(cursors).toEqual([...cursors].sort((x, y) => x - y));
  expect(events.map(({ event }) => event)).not.toContain("hub:hello");
  expect(lastOf({ event: "topic:message" }).filter(({ name }) => name === topic)).toHaveLength(1);
});
