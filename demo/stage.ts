/** Performs steps on a hub: who speaks, to whom, and as an answer to what. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientFrameInput, ReplyFrame } from "../shared/protocol.ts";
import { DemoProblem } from "./demo-problem.ts";
import { type HubAddress, Member } from "./member.ts";
import type { SayStep, TimedStep } from "./story.ts";
import { MEMBER_NAMES, type MemberName, type Person } from "./team.ts";

const READING_MS = 1_500;

export interface StageOptions {
  hub: HubAddress;
  team: Readonly<Record<MemberName, Person>>;
  /** How many times as fast as written everything happens. */
  speed: number;
  /** Ends every wait. */
  signal: AbortSignal;
  onRefused(problem: DemoProblem): void;
}

/** A named message: its id, and for a role the id that each recipient got. */
interface Said {
  messageId: string | undefined;
  byRecipient: ReadonlyMap<string, string>;
}

export class Stage {
  /** Messages accepted so far. */
  messages = 0;
  readonly #options: StageOptions;
  readonly #members = new Map<MemberName, Member>();

  constructor(options: StageOptions) {
    this.#options = options;
  }

  /** Everyone comes, takes a role and subscribes. */
  async open(): Promise<void> {
    for (const name of MEMBER_NAMES) {
      const { hub, team, speed, onRefused } = this.#options;
      const person = team[name];
      const member = new Member({ hub, person, readingMs: READING_MS / speed, onRefused });
      this.#members.set(name, member);
      await this.#ask(name, { action: "set_role", role: person.role });
      for (const topic of person.topics) await this.#ask(name, { action: "subscribe_topic", topic });
    }
  }

  /** Performs a timeline in its time. Rejects with the signal's reason when that fires. */
  async perform(timeline: readonly TimedStep[]): Promise<void> {
    const said = new Map<string, Said>();
    let atMs = 0;
    for (const { atMs: nextMs, story, step } of timeline) {
      await sleep((nextMs - atMs) / this.#options.speed, undefined, { signal: this.#options.signal });
      atMs = nextMs;
      if (step.do === "leave") {
        await this.#members.get(step.by)?.leave();
        this.#members.delete(step.by);
        continue;
      }
      if (step.do === "ask") {
        const { question, options, context } = step;
        await this.#ask(step.by, { action: "ask_human", question, options, context });
        continue;
      }
      const answered = step.re === undefined ? undefined : said.get(`${story} ${step.re}`);
      const reply = await this.#ask(step.by, this.#frameOf(step, answered));
      this.messages++;
      if (step.as !== undefined) said.set(`${story} ${step.as}`, readSaid(reply));
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#members.values()].map((member) => member.leave()));
    this.#members.clear();
  }

  #frameOf(step: SayStep, answered: Said | undefined): ClientFrameInput {
    const { type, text: content, metadata, persistent, ttlSeconds } = step;
    if (step.to === "broadcast") return { action: "broadcast", type, content };
    const to = step.to.includes(":") ? step.to : this.#options.team[step.to as MemberName].instanceId;
    const own = answered?.byRecipient.get(this.#options.team[step.by].instanceId);
    const replyToMessageId = own ?? answered?.messageId;
    return { action: "send_message", to, type, content, metadata, persistent, ttlSeconds, replyToMessageId };
  }

  /** The reply to a frame that must succeed; a limit is waited out. */
  async #ask(name: MemberName, frame: ClientFrameInput): Promise<ReplyFrame> {
    const member = this.#members.get(name);
    if (member === undefined) throw new Error(`${name} has left`);
    const reply = await this.#untilAborted(member.ask(frame));
    if (!("code" in reply)) return reply;
    if (reply.code !== "rate_limited") throw new DemoProblem(`the hub refused a message of ${name}: ${reply.error}`);
    await sleep(Number(reply.retryAfterMs ?? 1_000), undefined, { signal: this.#options.signal });
    return this.#ask(name, frame);
  }

  #untilAborted<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.#options;
    return new Promise((resolve, reject) => {
      const stop = () => reject(signal.reason);
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop, { once: true });
      promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
    });
  }
}

function readSaid(reply: ReplyFrame): Said {
  const { messageId, messages = [] } = reply as {
    messageId?: string;
    messages?: { instanceId: string; messageId: string }[];
  };
  return { messageId, byRecipient: new Map(messages.map((copy) => [copy.instanceId, copy.messageId])) };
}
