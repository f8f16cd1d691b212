/**
 * H3 by seeds: two write to one that is paused, resumed, renamed and crashed in any order. Whatever happens, nothing is lost,
 * what waits keeps its order, what passes comes while the rest waits, and nothing else does.
 */
import { expect, it } from "vitest";
import { SeededRandom } from "../helpers/seeded-random.ts";
import { crash, crashExchange, freshIds } from "../helpers/workerd/hub.ts";
import { call, pathOf, signIn } from "../helpers/workerd/rest.ts";
import { secretOf, TestClient } from "../helpers/workerd/test-client.ts";

const SEEDS = Array.from({ length: 12 }, (_, n) => n + 1);
const STEPS = 40;

class World {
  readonly random: SeededRandom;
  readonly ids = freshIds();
  readonly mail: string[] = [];
  readonly urgent: string[] = [];
  /** Contents in the order of their first arrival. */
  readonly arrived: string[] = [];
  /** Mail that had arrived when the present pause began; null while there is none. */
  heldFrom: number | null = null;
  recipient!: TestClient;
  sender!: TestClient;
  person!: TestClient;
  recipientId: string;
  cookie = "";

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.recipientId = this.ids.b;
  }

  async connect(): Promise<void> {
    if (this.cookie === "") this.cookie = (await signIn()).cookie;
    this.sender = await TestClient.connect(this.ids.a);
    this.person = await TestClient.connect(this.ids.c, { headers: { cookie: this.cookie, origin: "http://hub" } });
    await this.connectRecipient();
  }

  async connectRecipient(): Promise<void> {
    this.recipient = await TestClient.connect(this.recipientId, { identity: secretOf(this.ids.b) });
  }

  async send(): Promise<void> {
    const content = `mail ${this.mail.length}`;
    this.mail.push(content);
    const reply = await this.sender.message(this.recipientId, content, { type: "question" });
    expect(reply.code).toBeUndefined();
    expect(reply.queued).toBe(this.heldFrom !== null);
  }

  async sendUrgent(): Promise<void> {
    const content = `urgent ${this.urgent.length}`;
    this.urgent.push(content);
    expect((await this.person.message(this.recipientId, content, { type: "question" })).queued).toBe(false);
    await this.recipient.until(() => this.recipient.contents.includes(content), content);
  }

  async pause(): Promise<void> {
    await call("POST /api/pauses", { body: { target: this.recipientId } });
    await this.look();
    this.heldFrom ??= this.arrived.filter((content) => content.startsWith("mail")).length;
  }

  async resume(): Promise<void> {
    await this.look();
    await call(`DELETE /api/pauses?target=${pathOf(this.recipientId)}`);
    this.heldFrom = null;
  }

  async rename(): Promise<void> {
    await this.look();
    const next = this.recipientId === this.ids.b ? `${this.ids.partial}/next` : this.ids.b;
    const identity = secretOf(this.ids.b);
    await this.recipient.ask({ action: "session_update", newInstanceId: next, identity });
    this.recipientId = next;
  }

  async ack(): Promise<void> {
    await this.look();
    await this.recipient.ackAll();
  }

  async reconnect(): Promise<void> {
    await this.look();
    await this.connectRecipient();
  }

  async crash(): Promise<void> {
    await this.look();
    await crash();
    await this.connect();
  }

  async crashExchange(): Promise<void> {
    await this.look();
    await crashExchange();
    await this.recipient.sync();
  }

  /** Takes note of what came, and looks whether it may have. */
  async look(): Promise<void> {
    await this.recipient.sync();
    for (const content of this.recipient.contents) if (!this.arrived.includes(content)) this.arrived.push(content);
    const mail = this.arrived.filter((content) => content.startsWith("mail"));
    expect(mail).toEqual(this.mail.slice(0, mail.length));
    if (this.heldFrom !== null) expect(mail.length).toBe(this.heldFrom);
  }
}

it.each(SEEDS)("[H3] loses nothing, keeps the order and lets nothing slip through, seed %i", async (seed) => {
  const world = new World(seed);
  await world.connect();
  const steps = [
    ...new Array(5).fill(() => world.send()),
    () => world.sendUrgent(),
    () => world.pause(),
    () => world.resume(),
    () => world.rename(),
    () => world.ack(),
    () => world.reconnect(),
    () => world.crash(),
    () => world.crashExchange(),
  ] as (() => Promise<void>)[];
  for (let n = 0; n < STEPS; n++) await world.random.pick(steps)();
  await world.resume();
  const all = world.mail.length + world.urgent.length;
  await expect
    .poll(async () => {
      await world.look();
      await world.recipient.ackAll();
      return world.arrived.length;
    })
    .toBe(all);
  expect([...world.arrived].sort()).toEqual([...world.mail, ...world.urgent].sort());
});
