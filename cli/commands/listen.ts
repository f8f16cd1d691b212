/** `listen`: messages as lines of JSON, each acked when whoever reads them has it; or one command for each. */
import { once } from "node:events";
import { fstatSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { Inbox } from "../../shared/client/inbox.ts";
import type { DeliveredMessage } from "../../shared/protocol.ts";
import { defer } from "../deferred.ts";
import { findHub } from "../find-hub.ts";
import { CliInstance } from "../instance.ts";
import { onInterrupt } from "../interrupt.ts";
import { expectFits, parsePositive, withName } from "../message-options.ts";
import { note } from "../output.ts";
import { CliProblem, ExitCode, problemOfOutput } from "../problem.ts";
import { runFor } from "../run-command.ts";

/**
 * A pipe takes a line whether its reader wants it or has gone, and says so only to the next one. Between two lines there is
 * time for `head -1` to go, so that what it did not want is still the hub's.
 */
const PIPE_PAUSE_MS = 100;

interface ListenOptions {
  as: string;
  exec?: string;
  reply?: boolean;
  count?: number;
  role?: string;
  topic?: string[];
}

export function addListen(program: Command): void {
  withName(program.command("listen"))
    .description("print messages as lines of JSON, or run a command for each")
    .option(
      "--exec <command>",
      "run this for each message: the text on standard input, the rest in CC2CC_* variables; exit 0 acks it, anything else leaves it to come again",
    )
    .option("--reply", "with --exec: send what the command prints as the answer")
    .option("-n, --count <number>", "end after so many", parsePositive)
    .option("--role <role>", "take a role, to be found by")
    .option("--topic <topic>", "follow a topic; may be given several times", (topic: string, before: string[] = []) => [
      ...before,
      topic,
    ])
    .action(async (options: ListenOptions) => {
      if (options.reply && options.exec === undefined) {
        throw new CliProblem(ExitCode.usage, "--reply sends what a command prints: name the command with --exec.");
      }
      await new Listener(options).run();
    });
}

class Listener {
  readonly #options: ListenOptions;
  readonly #inbox = new Inbox();
  readonly #queue: DeliveredMessage[] = [];
  readonly #ended = new AbortController();
  #instance: CliInstance | undefined;
  #handed = 0;
  #more = defer<void>();

  constructor(options: ListenOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const told = onInterrupt();
    void told.interrupted.then((code) => this.#end(new CliProblem(code, `stopped; ${this.#summary()}`)));
    process.stdout.on("error", (error) => this.#end(this.#unwritten(error)));
    const hub = findHub(process.env);
    this.#instance = await CliInstance.connect({
      hub,
      name: this.#options.as,
      holds: "name",
      onDeliver: (messages) => this.#take(messages),
      onRefused: (problem) => this.#end(problem),
    });
    try {
      await this.#introduce(this.#instance);
      await this.#handOn();
    } finally {
      told.stop();
      await this.#instance.leave();
    }
  }

  async #introduce(instance: CliInstance): Promise<void> {
    const { role, topic = [] } = this.#options;
    if (role !== undefined) await instance.ask({ action: "set_role", role });
    for (const name of topic) await instance.ask({ action: "subscribe_topic", topic: name });
    note(`listening as ${instance.instanceId}`);
  }

  #take(messages: DeliveredMessage[]): void {
    const { fresh, doneIds } = this.#inbox.take(messages);
    if (doneIds.length > 0) this.#instance?.client.tell({ action: "ack", messageIds: doneIds });
    this.#queue.push(...fresh);
    this.#more.resolve();
  }

  /** One after another, in their order, until the count is full or there is a reason to end. */
  async #handOn(): Promise<void> {
    const { signal } = this.#ended;
    const isEnded = once(signal, "abort");
    while (!signal.aborted) {
      const message = this.#queue.shift();
      if (message === undefined) {
        this.#more = defer();
        await Promise.race([this.#more.promise, isEnded]);
        continue;
      }
      if (!(await this.#hand(message))) this.#inbox.giveBack(message.messageId);
      if (this.#handed === this.#options.count) return;
    }
    throw signal.reason;
  }

  /** Whether it was taken, and the hub knows. */
  async #hand(message: DeliveredMessage): Promise<boolean> {
    const { exec } = this.#options;
    const isTaken = exec === undefined ? await this.#print(message) : await this.#execute(exec, message);
    if (!isTaken) return false;
    this.#handed++;
    this.#inbox.done(message.messageId);
    if (message.seq !== undefined) await this.#instance?.ask({ action: "ack", messageIds: [message.messageId] });
    return true;
  }

  async #print(message: DeliveredMessage): Promise<boolean> {
    if (this.#handed > 0 && isPipe(process.stdout.fd)) await sleep(PIPE_PAUSE_MS);
    if (this.#ended.signal.aborted) return false;
    const { seq: _seq, attempt: _attempt, ...line } = message;
    return new Promise((resolve) => {
      process.stdout.write(`${JSON.stringify(line)}\n`, (error) => {
        if (error) this.#end(this.#unwritten(error));
        resolve(!error);
      });
    });
  }

  async #execute(command: string, message: DeliveredMessage): Promise<boolean> {
    const { code, output } = await runFor(command, message, this.#options.reply === true);
    if (code !== 0) {
      note(`the command ended with ${code} for ${message.messageId}; it comes again.`);
      return false;
    }
    return this.#options.reply && output.trim() !== "" ? this.#answer(message, output.trimEnd()) : true;
  }

  /** Whether the hub took the answer: one that it refuses must not end what listens for the others. */
  async #answer({ messageId, from }: DeliveredMessage, content: string): Promise<boolean> {
    try {
      expectFits(content);
      await this.#instance?.ask({
        action: "send_message",
        to: from,
        type: "result",
        content,
        replyToMessageId: messageId,
      });
      return true;
    } catch (error) {
      if (!(error instanceof CliProblem)) throw error;
      note(`the answer to ${messageId} was not sent: ${error.message.replace(/\.$/, "")}; it comes again.`);
      return false;
    }
  }

  #unwritten(error: Error): CliProblem {
    const { exitCode, message } = problemOfOutput(error);
    return new CliProblem(exitCode, message.replace(/\.$/, `; ${this.#summary()}`));
  }

  #summary(): string {
    const { heldCount } = this.#inbox;
    const waiting = heldCount + (this.#instance?.client.behindCount ?? 0);
    return `${this.#handed} handed on${waiting > 0 ? `, ${waiting} wait in the hub` : ""}.`;
  }

  /** The first reason counts. */
  #end(problem: CliProblem): void {
    this.#ended.abort(problem);
    this.#more.resolve();
  }
}

function isPipe(fd: number): boolean {
  const stat = fstatSync(fd);
  return stat.isFIFO() || stat.isSocket();
}
