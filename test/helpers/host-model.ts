/**
 * A host program as far as the last metre is concerned, after what was seen on Claude Code 2.1.332: a queue for posts
 * that may be refused or lost, a transcript that tells what the model was shown, hooks that may be cut off, turns that
 * may be interrupted, a process that may be killed and resumed. With a hub that keeps what is not acked. For tests.
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { Delivery } from "../../plugin/src/delivery/delivery.ts";
import { FrameWriter, marksIn } from "../../plugin/src/delivery/frame.ts";
import { Transcript } from "../../plugin/src/delivery/transcript.ts";
import { HookEvents } from "../../plugin/src/hooks/hook-events.ts";
import { Permissions } from "../../plugin/src/hooks/permissions.ts";
import { claudeWays } from "../../plugin/src/hosts/claude-code/claude-code.ts";
import { CLAUDE_TRANSCRIPT } from "../../plugin/src/hosts/claude-code/transcript-lines.ts";
import { CLAUDE_DIALECT } from "../../plugin/src/hosts/hook-dialect.ts";
import type { DeliveredMessage } from "../../shared/protocol.ts";
import { ReplyWaiters } from "../../shared/replies/reply-waiters.ts";
import { SentMessages } from "../../shared/replies/sent-messages.ts";
import { NO_AUDIENCE } from "./no-audience.ts";

/** What the hub leaves unacked on one socket (Q5). */
const WINDOW = 100;
const QUEUE_MAX = 50;

export type PostPolicy = "take" | "refuse";

export class HostModel {
  now = 1_000_000;
  policy: PostPolicy = "take";
  /** How often each message was given to the model in the conversation that goes on. */
  readonly shown = new Map<string, number>();
  readonly acked = new Set<string>();
  /** Messages whose ack came while no conversation had shown them. */
  readonly falselyAcked: string[] = [];
  readonly #folder: string;
  readonly #writer = new FrameWriter("secret");
  readonly #everShown = new Set<string>();
  readonly #idByMark = new Map<string, string>();
  #mail: DeliveredMessage[] = [];
  #posts: string[] = [];
  #isBusy = false;
  #conversation = 0;
  #delivery!: Delivery;
  #hooks!: HookEvents;

  constructor(folder: string) {
    this.#folder = folder;
    this.start();
  }

  get sent(): number {
    return this.#idByMark.size;
  }

  // --- The hub ---

  send(count: number, content = "text"): void {
    for (let n = 0; n < count; n++) {
      const number = this.#idByMark.size;
      const messageId = `01a204f0-d0c6-7e9d-b4f0-${String(number).padStart(12, "0")}`;
      const timestamp = "2026-01-01T00:00:00.000Z";
      const facts = { from: "b@h:p/s", to: "a@h:p/s", type: "task" as const, timestamp, seq: number };
      this.#idByMark.set(this.#writer.markOf(messageId), messageId);
      this.#mail.push({ messageId, content, ...facts });
    }
    this.#deliver();
  }

  #deliver(): void {
    this.#delivery.receive(this.#mail.slice(0, WINDOW));
  }

  #ack(ids: string[]): void {
    for (const id of ids) {
      this.acked.add(id);
      if (!this.#everShown.has(id)) this.falselyAcked.push(id);
    }
    this.#mail = this.#mail.filter(({ messageId }) => !this.acked.has(messageId));
    queueMicrotask(() => this.#deliver());
  }

  // --- The host ---

  /** A process of the plugin begins: for a new session, a resumed one, or after it was killed. */
  start(): void {
    const transcript = new Transcript(CLAUDE_TRANSCRIPT);
    const delivery = new Delivery({
      mode: "auto",
      ways: claudeWays(
        "auto",
        { channelFlag: "off", post: async (content) => this.#takePost(content) },
        { writer: this.#writer, pushToChannel: async () => undefined },
      ),
      writer: this.#writer,
      transcript,
      waiters: new ReplyWaiters(new SentMessages(NO_AUDIENCE)),
      ack: (ids) => this.#delivery === delivery && this.#ack(ids),
      behindCount: () => Math.max(0, this.#mail.length - WINDOW),
      log: () => undefined,
      now: () => this.now,
      postIntervalMs: 0,
    });
    this.#delivery = delivery;
    this.#hooks = new HookEvents({
      delivery,
      transcript,
      permissions: new Permissions("ask", () => undefined),
      dialect: CLAUDE_DIALECT,
      takeNotice: () => undefined,
      openTasks: () => undefined,
    });
    this.#write({ type: "system" });
    // The note of the SessionStart hook, which ran before the plugin.
    delivery.noteHook();
    transcript.follow(this.#path());
    delivery.readTranscript();
    delivery.start();
    this.#isBusy = false;
    this.#posts = [];
    this.#deliver();
  }

  /** `kill -9` in whatever it does, and `--resume`: the queue of posts is gone, the conversation goes on. */
  restart(): void {
    this.start();
  }

  /** `/clear`: the host runs it between turns. */
  clear(): void {
    if (this.#isBusy) return;
    this.#conversation++;
    this.shown.clear();
    this.#write({ type: "system" });
    this.#hook("SessionStart", true, { source: "clear" });
  }

  prompt(isPrinted: boolean): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#hook("UserPromptSubmit", isPrinted, { prompt: "go on" });
  }

  /** A tool of the model ends: its hook runs, and posts are taken into the turn. */
  tool(isPrinted: boolean): void {
    if (!this.#isBusy) return;
    this.#hook("PostToolUse", isPrinted);
    this.#absorb();
  }

  /** The model ends its turn, unless the hook goes on with it; queued posts begin another. */
  stop(isPrinted: boolean): void {
    if (!this.#isBusy) return;
    if (this.#hook("Stop", isPrinted)) return;
    this.#isBusy = false;
    if (this.#posts.length > 0) this.#wake();
  }

  /** Esc: the turn ends without a hook; posts that were queued start another. */
  interrupt(): void {
    this.#isBusy = false;
    if (this.#posts.length > 0) this.#wake();
  }

  /** The model calls get_messages; a call that is given up returns nothing. */
  getMessages(isGivenUp: boolean): void {
    if (!this.#isBusy) return;
    this.#delivery.noteCall();
    const taken = this.#delivery.take(this.#delivery.parcels.free().slice(0, 10), "tool");
    if (isGivenUp) {
      this.#delivery.giveBack(taken);
      return;
    }
    const marks = taken.map(({ facts }) => facts.mark);
    this.#delivery.finish({ shown: taken, listed: [] });
    this.#show(marks, (text) => ({ type: "user", message: text }));
    this.#hook("PostToolUse", true);
  }

  wait(ms: number): void {
    this.now += ms;
    this.#delivery.tick();
  }

  #takePost(content: string): void {
    if (this.policy === "refuse" || this.#posts.length >= QUEUE_MAX) return;
    this.#write({ type: "queue-operation", operation: "enqueue", content });
    this.#posts.push(content);
    if (!this.#isBusy) this.#wake();
  }

  #wake(): void {
    this.#isBusy = true;
    this.#absorb();
  }

  /** Each post has a hook of its own, and is then shown. */
  #absorb(): void {
    for (const post of this.#posts.splice(0)) {
      this.#hook("UserPromptSubmit", true, { prompt: post });
      this.#show(marksIn(post), (text) => ({ type: "user", message: text }));
    }
  }

  /** Returns whether the hook added to the context. */
  #hook(event: string, isPrinted: boolean, more: object = {}): boolean {
    const input = { hook_event_name: event, transcript_path: this.#path(), ...more };
    const { output, offer } = this.#hooks.answer(input);
    const text = JSON.stringify(output);
    if (!isPrinted) {
      this.#delivery.giveBack([...offer.shown, ...offer.listed]);
      return false;
    }
    this.#delivery.finish(offer);
    this.#write({ type: "attachment", attachment: { type: "hook_success", stdout: text } });
    const marks = marksIn(text);
    this.#show(marks, (content) => ({ type: "attachment", attachment: { type: "hook_additional_context", content } }));
    return offer.text !== "";
  }

  #show(marks: readonly string[], lineOf: (text: string) => object): void {
    for (const mark of new Set(marks)) {
      const id = this.#idByMark.get(mark);
      if (id === undefined) continue;
      this.shown.set(id, (this.shown.get(id) ?? 0) + 1);
      this.#everShown.add(id);
    }
    if (marks.length > 0) this.#write(lineOf(marks.join(" ")));
  }

  #path(): string {
    return join(this.#folder, `${this.#conversation}.jsonl`);
  }

  #write(line: object): void {
    appendFileSync(this.#path(), `${JSON.stringify(line)}\n`);
  }
}
