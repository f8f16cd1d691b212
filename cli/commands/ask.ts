/** `ask`: sends a message and waits for its answer. */
import { type Command, InvalidArgumentError } from "commander";
import { uuidv7 } from "uuidv7";
import { Inbox } from "../../shared/client/inbox.ts";
import { parseAddress } from "../../shared/ids.ts";
import type { DeliveredMessage, ReceiptFrame } from "../../shared/protocol.ts";
import { defer } from "../deferred.ts";
import { findHub } from "../find-hub.ts";
import { CliInstance } from "../instance.ts";
import { onInterrupt } from "../interrupt.ts";
import { bodyOf, type MessageOptions, parseWhole, readText, withMessage } from "../message-options.ts";
import { note, print, printJson } from "../output.ts";
import { CliProblem, ExitCode } from "../problem.ts";

const TIMEOUT_SECONDS = 300;

interface AskOptions extends MessageOptions {
  timeout: number;
}

export function addAsk(program: Command): void {
  withMessage(program.command("ask"), "question")
    .description("send a message, wait for the answer, and print it")
    .argument("<to>", "user@host:project, a full id or role:NAME")
    .argument("[text...]", "what it says; from standard input without it")
    .option("--timeout <seconds>", "how long to wait", parseTimeout, TIMEOUT_SECONDS)
    .action(async (to: string, words: string[], options: AskOptions) => {
      const kind = parseAddress(to)?.kind;
      if (kind === "topic" || kind === "broadcast") {
        throw new CliProblem(
          ExitCode.usage,
          `${to} is read by many: ask one of them, or a role; \`cc2cc send\` tells all.`,
        );
      }
      await ask(to, await readText(words), options);
    });
}

/** Node takes a timer of more than 24 days for one of no time. */
const TIMEOUT_MAX_SECONDS = 24 * 86_400;

function parseTimeout(text: string): number {
  const seconds = parseWhole(text);
  if (seconds <= TIMEOUT_MAX_SECONDS) return seconds;
  throw new InvalidArgumentError(`It must be at most ${TIMEOUT_MAX_SECONDS} seconds, 24 days.`);
}

async function ask(to: string, content: string, options: AskOptions): Promise<void> {
  const messageId = uuidv7();
  const question = new Question(messageId);
  const told = onInterrupt();
  void told.interrupted.then((code) => {
    question.fail(new CliProblem(code, `stopped; \`cc2cc thread ${messageId}\` shows an answer that comes later.`));
  });
  const instance = await CliInstance.connect({
    hub: findHub(process.env),
    name: options.as,
    holds: "new",
    onDeliver: (messages) => question.take(messages),
    onReceipt: (receipt) => question.note(receipt),
    onRefused: (problem) => question.fail(problem),
  });
  try {
    const reply = await instance.ask({ action: "send_message", to, messageId, ...bodyOf(options, content) });
    question.accept(reply);
    if (typeof reply.warning === "string") note(reply.warning);
    const answer = await question.untilAnswered(options.timeout * 1_000);
    // On disk before it is shown: a second answer is not waited for.
    await instance.ask({ action: "ack", messageIds: [answer.messageId] });
    if (options.json) printJson(answer);
    else print(answer.content);
  } finally {
    told.stop();
    await instance.leave();
  }
}

/** One question under way: what of it may be answered, and by whom. */
class Question {
  readonly #ids: Set<string>;
  readonly #messageId: string;
  readonly #inbox = new Inbox();
  /** How many of those who were asked can still answer. */
  #openCount = 1;
  readonly #answered = defer<DeliveredMessage>();

  constructor(messageId: string) {
    this.#messageId = messageId;
    this.#ids = new Set([messageId]);
    this.#answered.promise.catch(() => undefined);
  }

  /** A role's members each have a message of their own. */
  accept(reply: Record<string, unknown>): void {
    const copies = (reply.messages ?? []) as { messageId: string }[];
    for (const copy of copies) this.#ids.add(copy.messageId);
    if (copies.length > 0) this.#openCount = copies.length;
  }

  take(messages: DeliveredMessage[]): void {
    for (const message of this.#inbox.take(messages).fresh) {
      if (!this.#ids.has(message.replyToMessageId ?? "")) continue;
      if (message.type === "ack") note(`${message.from}: ${message.content}`);
      else this.#answered.resolve(message);
    }
  }

  note({ messageId, state, instanceId }: ReceiptFrame): void {
    if (!this.#ids.has(messageId) || !["expired", "dead", "removed"].includes(state)) return;
    this.#openCount--;
    if (this.#openCount === 0) this.fail(new CliProblem(ExitCode.failed, `it did not reach ${instanceId}: ${state}.`));
  }

  fail(problem: CliProblem): void {
    this.#answered.reject(problem);
  }

  untilAnswered(timeoutMs: number): Promise<DeliveredMessage> {
    const problem = new CliProblem(
      ExitCode.noAnswer,
      `no answer within ${timeoutMs / 1_000} s; \`cc2cc thread ${this.#messageId}\` shows one that comes later.`,
    );
    const timer = setTimeout(() => this.fail(problem), timeoutMs);
    return this.#answered.promise.finally(() => clearTimeout(timer));
  }
}
