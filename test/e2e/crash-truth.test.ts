/** After `kill -9`, history, stream, queues and depths tell what clients were told before it. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import type { InstanceInfo } from "../../shared/message.ts";
import type { ClientFrameInput } from "../../shared/protocol.ts";
import type { RunningHub } from "../helpers/hub.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { SeededRandom } from "../helpers/seeded-random.ts";
import { StreamClient } from "../helpers/stream-client.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { startTestHub } from "../helpers/test-hub.ts";
import { type Json, secretOf, TestSocket } from "../helpers/test-socket.ts";

const start = () => startTestHub({ dataDir: makeTempDir(), env: { CC2CC_RATE_FRAMES: "0", CC2CC_LOOP_MESSAGES: "0" } });

async function get<T>(hub: RunningHub, path: string): Promise<{ status: number; body: T }> {
  const response = await fetch(`${hub.url}${path}`, { headers: { authorization: `Bearer ${hub.key}` } });
  return { status: response.status, body: (await response.json()) as T };
}

function publication(topic: string, persistent: boolean): ClientFrameInput & { messageId: string } {
  const messageId = randomUUID();
  return { action: "publish_topic", topic, type: "task", content: messageId, persistent, messageId };
}

it.each([true, false])(
  "has in history and stream each publication that was answered just before a crash (persistent: %s)",
  async (persistent) => {
    const hub = await start();
    const stream = await StreamClient.connect(hub);
    const ann = await HubClient.connect(hub, { instanceId: "ann@laptop:web/1", isResending: false });
    const answered: string[] = [];
    for (let round = 0; round < 4; round++) {
      await ann.until(() => ann.isOnline, "a link");
      // Topics that nobody asks anything of after the crash: what they owe, they must remember by themselves.
      const topics = Array.from({ length: 8 }, (_, i) => `crash/${round}-${i}`);
      await Promise.all(topics.map((topic) => ann.ask({ action: "subscribe_topic", topic })));
      const asked = topics.map((topic) => publication(topic, persistent));
      const answers = asked.map((frame) =>
        ann.ask(frame).then(
          () => void answered.push(frame.messageId),
          () => undefined,
        ),
      );
      // The moment of the first answer is the moment of the crash.
      await Promise.race(answers);
      await hub.crash();
      await Promise.all(answers);
    }
    expect(answered.length).toBeGreaterThanOrEqual(4);
    const told = () => stream.of("topic:message").map(({ message }) => message.messageId);
    const isKnown = async (id: string) => (await get(hub, `/api/messages/${id}`)).status === 200;
    const missing = async () => {
      const known = await Promise.all(answered.map(isKnown));
      return answered.filter((id, i) => !known[i] || !told().includes(id));
    };
    await expect.poll(missing, { timeout: 10_000, interval: 200 }).toEqual([]);
    expect(told().length).toBe(new Set(told()).size);
    await Promise.all([ann.goOffline(), stream.goOffline()]);
  },
);

it("brings a persistent publication that was cut off and is repeated to every subscriber (Q9, M3)", async () => {
  const hub = await start();
  const [reader, away] = await Promise.all(
    ["reader", "away"].map((name) => HubClient.connect(hub, { instanceId: `${name}@server:api/1` })),
  );
  const ann = await HubClient.connect(hub, { instanceId: "ann@laptop:web/1" });
  const random = new SeededRandom(9);
  const published: string[] = [];
  for (let round = 0; round < 4; round++) {
    // One publication a topic, so that no later one takes an earlier one along.
    const topics = Array.from({ length: 12 }, (_, i) => `crash/${round}-${i}`);
    await away?.goOnline();
    for (const client of [reader, away]) {
      await Promise.all(topics.map((topic) => client?.ask({ action: "subscribe_topic", topic })));
    }
    await away?.goOffline();
    const asked = topics.map((topic) => publication(topic, true));
    published.push(...asked.map(({ messageId }) => messageId));
    // This client sends again, with the same ids, what was not answered when the link broke.
    const answers = asked.map((frame) => ann.ask(frame));
    await sleep(random.int(2, 14));
    await hub.crash();
    for (const answer of await Promise.all(answers)) expect(answer).not.toHaveProperty("code");
    await reader?.untilReceived(published.length);
  }
  await away?.goOnline();
  for (const client of [reader, away]) {
    await client?.untilReceived(published.length);
    expect(client?.received.map(({ content }) => content).toSorted()).toEqual(published.toSorted());
  }
  await Promise.all([ann, reader, away].map((client) => client?.goOffline()));
});

/** Every message that came, as the bare socket of one identity sees it. */
function deliveredBy(socket: TestSocket): Json[] {
  return socket.frames.flatMap((frame) => (frame.action === "deliver" ? (frame.messages as Json[]) : []));
}

async function ackAll(socket: TestSocket, acked: Set<string>): Promise<void> {
  const messageIds = [...new Set(deliveredBy(socket).map((message) => String(message.messageId)))].filter(
    (id) => !acked.has(id),
  );
  if (messageIds.length === 0) return;
  await socket.ask({ action: "ack", messageIds });
  for (const id of messageIds) acked.add(id);
}

/** One whose change is cut by a crash, and who comes back as if nothing had been asked unless the answer came. */
class Mover {
  readonly #hub: RunningHub;
  readonly #from: string;
  readonly #to: string;
  readonly #identity: string;
  readonly #ids: string[];
  readonly #acked = new Set<string>();
  #socket: TestSocket;

  private constructor(hub: RunningHub, name: string, socket: TestSocket, ids: string[]) {
    this.#hub = hub;
    [this.#from, this.#to, this.#identity] = idsOf(name);
    this.#socket = socket;
    this.#ids = ids;
  }

  /** With messages that it has not acked. */
  static async make(hub: RunningHub, name: string, writer: HubClient): Promise<Mover> {
    const [from, , identity] = idsOf(name);
    const socket = await TestSocket.openV2(hub, from, identity);
    const sent = await Promise.all(Array.from({ length: 10 }, (_, i) => writer.send(from, `${name}.${i}`)));
    await socket.until(() => deliveredBy(socket).length >= sent.length, "the messages");
    const ids = sent.map((answer) => String((answer as { messageId?: string }).messageId));
    return new Mover(hub, name, socket, ids);
  }

  /** Resolves with the answer, or when the link ended before it. */
  async askForChange(): Promise<void> {
    this.#socket.send({ action: "session_update", requestId: "change", newInstanceId: this.#to });
    const isOver = () => this.#isAnswered || this.#socket.closeCode !== undefined;
    await this.#socket.until(isOver, "the answer to the change");
  }

  get #isAnswered(): boolean {
    return this.#socket.frames.some((frame) => frame.requestId === "change");
  }

  /** Back under the old id: acks what comes there, durably, and asks again; then the new id brings the rest, and no more. */
  async goOn(other: string): Promise<void> {
    await this.#socket.untilClosed();
    this.#socket = await TestSocket.openV2(this.#hub, this.#isAnswered ? this.#to : this.#from, this.#identity);
    await this.#socket.ask({ action: "ping", to: other });
    await ackAll(this.#socket, this.#acked);
    const before = deliveredBy(this.#socket).length;
    expect(await this.#socket.ask({ action: "session_update", newInstanceId: this.#to })).toMatchObject({
      instanceId: this.#to,
    });
    await this.#socket.close();
    const last = await TestSocket.openV2(this.#hub, this.#to, this.#identity);
    await last.ask({ action: "ping", to: other });
    const anew = [...deliveredBy(this.#socket).slice(before), ...deliveredBy(last)];
    const isRepeated = ({ messageId }: Json) => this.#acked.has(String(messageId));
    expect(anew.filter(isRepeated), `of ${this.#from}, came again after their ack was answered`).toEqual([]);
    await ackAll(last, this.#acked);
    expect([...this.#acked].toSorted()).toEqual(this.#ids.toSorted());
    await last.close();
  }
}

function idsOf(name: string): [from: string, to: string, identity: string] {
  return [`mover@laptop:web/${name}-a`, `mover@laptop:web/${name}-b`, secretOf(`mover ${name}`)];
}

it("gives nothing anew to who is back under the old id after a cut session change, acks, and changes again (Q4, Q8)", async () => {
  const hub = await start();
  const writer = await HubClient.connect(hub, { instanceId: "writer@server:api/1" });
  const random = new SeededRandom(3);
  for (let round = 0; round < 4; round++) {
    const movers: Mover[] = [];
    for (let i = 0; i < 12; i++) movers.push(await Mover.make(hub, `${round}-${i}`, writer));
    // Some have their answer in the moment of the crash, and the others are somewhere on the way to it.
    let left = random.int(0, 5);
    await new Promise<void>((resolve) => {
      const count = () => left-- <= 0 && resolve();
      for (const mover of movers) void mover.askForChange().then(count);
      count();
    });
    await hub.crash();
    for (const mover of movers) await mover.goOn(writer.instanceId);
  }
  await writer.goOffline();
});

it("shows after a crash how much waits for each instance, before any message or client comes", async () => {
  const hub = await start();
  const [away, reads, ann] = ["away@server:api/1", "reads@server:api/1", "ann@laptop:web/1"] as const;
  await (await TestSocket.openV2(hub, away)).close();
  const send = (to: string) => ({ action: "send_message", type: "task", to, content: "one more" });
  for (let round = 1; round <= 4; round++) {
    const [sender, reader] = [await TestSocket.openV2(hub, ann), await TestSocket.openV2(hub, reads)];
    await Promise.all(Array.from({ length: 10 }, () => sender.ask(send(reads))));
    await reader.until(() => deliveredBy(reader).length >= 10, "the messages");
    // It acks all, and the one who is away gets its share: both in the moment of the crash.
    const filled = Promise.all(Array.from({ length: 10 }, () => sender.ask(send(away))));
    await ackAll(reader, new Set());
    await filled;
    await hub.crash();
    const depths = async () => {
      const { body } = await get<InstanceInfo[]>(hub, "/api/instances");
      return [away, reads].map((id) => body.find(({ instanceId }) => instanceId === id)?.queueDepth);
    };
    await expect.poll(depths, { timeout: 3_000, interval: 100 }).toEqual([10 * round, 0]);
    const { body: queue } = await get<{ depth: number }>(hub, `/api/queue/${encodeURIComponent(away)}`);
    expect(queue.depth).toBe(10 * round);
  }
});
