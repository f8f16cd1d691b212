/** A team of one role and who asks it, for runs by seeds: what they do to tasks, and what happens to them. */
import type { ClientFrameInput } from "../../shared/protocol.ts";
import type { SeededRandom } from "../helpers/seeded-random.ts";
import { type Reply, TestClient } from "../helpers/workerd/test-client.ts";
import { uuidOf } from "./parts.ts";

/** How many refuse one task at most: the others are left to do it. */
const REFUSALS_MAX = 3;

/** The replies, or undefined when the link ends before all have come. */
async function askAllOn(client: TestClient | undefined, frames: ClientFrameInput[]): Promise<Reply[] | undefined> {
  if (client?.canSend !== true || frames.length === 0) return undefined;
  const asking = client.askAll(...frames);
  asking.catch(() => undefined);
  return Promise.race([asking, client.onClosed.then(() => undefined)]);
}

/** One member: a session that is killed, cleared and resumed, with one secret over all its ids. */
export class Member {
  readonly name: string;
  readonly #secret: string;
  /** Its ids so far, the present one last. */
  readonly ids: string[];
  client: TestClient | undefined;
  /** A session change that it asked for, and whose answer did not come. */
  #unsure: string | undefined;

  constructor(base: string, name: string) {
    this.name = name;
    this.ids = [`${base}/${name}-0`];
    this.#secret = `secret-of-${base.replace(/[^a-z0-9]/g, "_")}-${name}`.padEnd(22, "_");
  }

  get id(): string {
    return this.ids.at(-1) as string;
  }

  get isOnline(): boolean {
    return this.client?.canSend === true;
  }

  /** As a plugin that starts anew: under the id that it last had for sure, and then through the change that it had asked for. */
  async connect(): Promise<void> {
    if (this.isOnline) return;
    const asked = this.#unsure;
    this.#unsure = undefined;
    this.client = await TestClient.connect(asked ?? this.id, { identity: this.#secret, isAcking: true });
    if (asked === undefined) return;
    // The change may not have come to be: then the queue is still under the old id, and comes along now.
    this.client = await TestClient.connect(this.id, { identity: this.#secret, isAcking: true });
    await this.#change(asked);
  }

  async kill(): Promise<void> {
    await this.client?.close().catch(() => undefined);
  }

  /** `/clear`: it goes on as another session. Or it resumes one that it had. */
  async changeSession(random: SeededRandom): Promise<void> {
    const others = this.ids.slice(0, -1).filter((id) => id !== this.id);
    const isBack = others.length > 0 && random.chance(0.4);
    await this.#change(
      isBack ? random.pick(others) : `${this.id.slice(0, this.id.lastIndexOf("-"))}-${this.ids.length}`,
    );
  }

  async #change(newInstanceId: string): Promise<void> {
    if (!this.isOnline) return;
    const [reply] = (await askAllOn(this.client, [{ action: "session_update", newInstanceId }])) ?? [];
    if (reply === undefined) this.#unsure = newInstanceId;
    else if (reply.code === undefined) this.ids.push(newInstanceId);
    else throw new Error(`${this.name} cannot change to ${newInstanceId}: ${reply.error}`);
  }
}

export class Team {
  readonly role: string;
  readonly boss: Member;
  readonly workers: Member[];
  /** Tasks that were asked for; `isSure` when the answer came. */
  readonly asked = new Map<string, { content: string; isSure: boolean }>();
  readonly #refusals = new Map<string, number>();

  constructor(base: string, role: string, size: number) {
    this.role = role;
    this.boss = new Member(base, "boss");
    this.workers = Array.from({ length: size }, (_, n) => new Member(base, `w${n}`));
  }

  get members(): Member[] {
    return [this.boss, ...this.workers];
  }

  async begin(): Promise<void> {
    for (const member of this.members) await member.connect();
    for (const worker of this.workers) await worker.client?.ask({ action: "set_role", role: this.role });
  }

  /** The boss asks for more, and again for what it has no answer to. */
  async ask(random: SeededRandom, count: number): Promise<void> {
    for (let n = 0; n < count; n++)
      this.asked.set(uuidOf(random, "2"), { content: `task ${this.asked.size}`, isSure: false });
    const unsure = [...this.asked].filter(([, { isSure }]) => !isSure).slice(0, 200);
    const frames = unsure.map(
      ([messageId, { content }]) =>
        ({ action: "send_message", to: `any:${this.role}`, type: "task", content, messageId }) as const,
    );
    const replies = await askAllOn(this.boss.client, frames);
    for (const [index, { code, error }] of (replies ?? []).entries()) {
      if (code !== undefined) throw new Error(`a task was refused: ${error}`);
      const one = unsure[index]?.[1];
      if (one !== undefined) one.isSure = true;
    }
  }

  /** A worker looks at what it has, and goes on with some of it, or all. */
  async work(worker: Member, random: SeededRandom, share = 0.5): Promise<void> {
    const [list] = (await askAllOn(worker.client, [{ action: "list_tasks", limit: 100 }])) ?? [];
    const frames = (list?.tasks ?? [])
      .filter(() => random.chance(share))
      .map(({ taskId, state }) => this.#nextOf(taskId, state, random, share));
    await askAllOn(worker.client, frames);
  }

  #nextOf(taskId: string, state: string, random: SeededRandom, share: number): ClientFrameInput {
    const answer = {
      action: "send_message",
      to: this.boss.ids[0] as string,
      content: "-",
      replyToMessageId: taskId,
    } as const;
    const refusals = this.#refusals.get(taskId) ?? 0;
    if (share < 1 && state === "submitted") {
      if (refusals < REFUSALS_MAX && random.chance(0.05)) {
        this.#refusals.set(taskId, refusals + 1);
        return { action: "update_task", taskId, state: "rejected" };
      }
      if (random.chance(0.5)) return { ...answer, type: "ack" };
      if (random.chance(0.5)) return { action: "update_task", taskId, state: "working", progress: random.int(0, 50) };
    }
    if (random.chance(0.5)) return { action: "update_task", taskId, state: "completed" };
    return random.chance(0.5)
      ? { ...answer, type: "result" }
      : { ...answer, type: "result", task: { state: "completed", progress: 100 } };
  }

  /** A worker answers what it was once given, whether it still has it or not. */
  async answerFromMemory(worker: Member, random: SeededRandom): Promise<void> {
    const given = worker.client?.delivered.filter(({ type }) => type === "task") ?? [];
    if (given.length === 0) return;
    const { messageId: replyToMessageId } = random.pick(given);
    const to = this.boss.ids[0] as string;
    await askAllOn(worker.client, [
      { action: "send_message", to, type: "result", content: "from memory", replyToMessageId },
    ]);
  }
}
