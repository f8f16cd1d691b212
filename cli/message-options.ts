/** What the commands that write a message have in common. */
import { text as readAll } from "node:stream/consumers";
import { type Command, InvalidArgumentError, Option } from "commander";
import { DEFAULT_NAME } from "./instance.ts";
import { CliProblem, ExitCode } from "./problem.ts";

const TYPES = ["task", "question", "result", "ack", "ping"] as const;
export type TypeName = (typeof TYPES)[number];

export interface MessageOptions {
  as: string;
  type: TypeName;
  meta?: Record<string, string>;
  ttl?: number;
  json?: boolean;
}

/** `--as`, which every command has that is an instance. */
export function withName(command: Command): Command {
  return command.option("--as <name>", "the last part of your id on the hub", DEFAULT_NAME);
}

export function withMessage(command: Command, type: TypeName): Command {
  return withName(command)
    .addOption(new Option("--type <type>", "what kind of message it is").choices(TYPES).default(type))
    .option("--meta <name=value>", "a fact besides the text; may be given several times", collectMeta)
    .option("--ttl <seconds>", "how long it may wait for its recipient", parseWhole)
    .option("--json", "print the hub's reply as JSON");
}

export function parseWhole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

function collectMeta(pair: string, before: Record<string, string> = {}): Record<string, string> {
  const at = pair.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Write it as name=value.");
  return { ...before, [pair.slice(0, at)]: pair.slice(at + 1) };
}

/** The text of a message: the words of the command, or standard input for none or `-`. */
export async function readText(words: readonly string[]): Promise<string> {
  const isFromInput = words.length === 0 || (words.length === 1 && words[0] === "-");
  if (isFromInput && process.stdin.isTTY && words.length === 0) {
    throw new CliProblem(ExitCode.usage, "say what to send: as words, or by standard input (`… < file`).");
  }
  const text = isFromInput ? await readAll(process.stdin) : words.join(" ");
  if (text.trim() === "") throw new CliProblem(ExitCode.usage, "the message is empty.");
  return text.replace(/\n$/, "");
}

/** The fields of a frame that these options make. */
export function bodyOf({ type, meta, ttl }: MessageOptions, content: string) {
  return {
    type,
    content,
    ...(meta === undefined ? {} : { metadata: meta }),
    ...(ttl === undefined ? {} : { ttlSeconds: ttl }),
  };
}
