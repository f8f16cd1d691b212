/** `send`, `reply`, `publish`: one message, and how far it got. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { uuidv7 } from "uuidv7";
import type { MessageRecord } from "../../shared/history.ts";
import { parseAddress } from "../../shared/ids.ts";
import type { ClientFrameInput } from "../../shared/protocol.ts";
import { findHub } from "../find-hub.ts";
import { CliInstance } from "../instance.ts";
import {
  bodyOf,
  type MessageOptions,
  parseMessageId,
  parsePositive,
  readText,
  withMessage,
} from "../message-options.ts";
import { note, print, printJson } from "../output.ts";
import { CliProblem, ExitCode } from "../problem.ts";
import { askRest } from "../rest.ts";

const HISTORY_WAIT_MS = 3_000;
const HISTORY_RETRY_MS = 100;

interface SendOptions extends MessageOptions {
  replyTo?: string;
  persistent?: boolean;
  due?: number;
  acceptWithin?: number;
}

export function addSend(program: Command): void {
  withMessage(program.command("send"), "task")
    .description("send a message")
    .argument("<to>", "user@host:project, a full id, role:NAME, any:ROLE, topic:NAME or broadcast")
    .argument("[text...]", "what it says; from standard input without it")
    .option("--reply-to <id>", "the message that this answers", parseMessageId)
    .option("--persistent", "keep it for a topic's subscribers who are away")
    .option("--due <seconds>", "when a task is due: who has it and you are told", parsePositive)
    .option("--accept-within <seconds>", "after how long a task to any:ROLE goes to the next", parsePositive)
    .action(async (to: string, words: string[], options: SendOptions) => {
      expectMeant(to, options);
      await sendOne(options, frameTo(to, options, await readText(words)));
    });
  withMessage(program.command("reply"), "result")
    .description("answer a message")
    .argument("<id>", "the message to answer", parseMessageId)
    .argument("[text...]", "what it says; from standard input without it")
    .action(async (id: string, words: string[], options: SendOptions) => {
      const content = await readText(words);
      const { from } = await findMessage(id);
      await sendOne(options, frameTo(from, { ...options, replyTo: id }, content));
    });
  withMessage(program.command("publish"), "task")
    .description("send a message to everyone who follows a topic")
    .argument("<topic>")
    .argument("[text...]", "what it says; from standard input without it")
    .option("--persistent", "keep it for subscribers who are away")
    .action(async (topic: string, words: string[], options: SendOptions) => {
      await sendOne(options, frameTo(`topic:${topic}`, options, await readText(words)));
    });
}

/** History follows what was accepted at a distance: what has just been delivered may be a moment away. */
async function findMessage(id: string): Promise<MessageRecord> {
  for (const until = Date.now() + HISTORY_WAIT_MS; ; await sleep(HISTORY_RETRY_MS)) {
    try {
      return await askRest<MessageRecord>(findHub(process.env), `/api/messages/${encodeURIComponent(id)}`);
    } catch (error) {
      const isUnknown = error instanceof CliProblem && error.exitCode === ExitCode.unknown;
      if (!isUnknown || Date.now() > until) throw error;
    }
  }
}

/** Options that say nothing of what goes to many, and why. */
const MEANINGLESS = {
  broadcast: {
    what: "a broadcast",
    why: "it goes to who is online now, opens no task and answers nothing",
    options: ["replyTo", "persistent", "ttl", "due", "acceptWithin"],
  },
  topic: { what: "a topic", why: "a publication opens no task", options: ["due", "acceptWithin"] },
} as const;

/** Refuses an option that would do nothing: whoever gave it counts on it. */
function expectMeant(to: string, options: SendOptions): void {
  const kind = parseAddress(to)?.kind;
  if (kind !== "broadcast" && kind !== "topic") return;
  const { what, why, options: names } = MEANINGLESS[kind];
  const given = names.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  const option = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new CliProblem(ExitCode.usage, `--${option} does nothing for ${what}: ${why}. Leave it out.`);
}

function frameTo(to: string, options: SendOptions, content: string): ClientFrameInput {
  const { replyTo, persistent, due, acceptWithin } = options;
  // An id of our own: what is sent again after a break of the link is stored once (M3).
  const messageId = uuidv7();
  if (to === "broadcast") return { action: "broadcast", messageId, ...bodyOf(options, content) };
  return {
    action: "send_message",
    to,
    messageId,
    ...bodyOf(options, content),
    ...(replyTo === undefined ? {} : { replyToMessageId: replyTo }),
    ...(persistent === undefined ? {} : { persistent }),
    ...(due === undefined ? {} : { dueInSeconds: due }),
    ...(acceptWithin === undefined ? {} : { acceptWithinSeconds: acceptWithin }),
  };
}

async function sendOne(options: SendOptions, frame: ClientFrameInput): Promise<void> {
  const instance = await CliInstance.connect({ hub: findHub(process.env), name: options.as, holds: "name or new" });
  try {
    const reply = await instance.ask(frame);
    if (options.json) printJson({ messageId: frameId(frame), ...reply });
    else tell(reply, frameId(frame));
  } finally {
    await instance.leave();
  }
}

const frameId = (frame: ClientFrameInput) => ("messageId" in frame ? frame.messageId : undefined);

/** The id alone on stdout, for `status` and `thread`; what became of it on stderr. */
function tell(reply: Record<string, unknown>, ownId: string | undefined): void {
  const { messageId = ownId, warning, queued, to, recipients, delivered } = reply;
  print(String(messageId));
  if (typeof warning === "string") note(warning);
  else if (Array.isArray(recipients)) note(`sent to ${recipients.join(", ")}.`);
  else if (typeof to === "string") note(queued === true ? `${to} is away; it waits there.` : `${to} is online.`);
  else note(`sent to ${Number(delivered ?? 0)} online${Number(queued) > 0 ? `, and it waits for ${queued}` : ""}.`);
}
