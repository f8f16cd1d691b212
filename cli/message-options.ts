/** What the commands that write a message have in common. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { CONTENT_MAX_BYTES } from "../shared/limits.ts";
import { DEFAULT_NAME } from "./instance.ts";
import { CliProblem, ExitCode } from "./problem.ts";

export const TYPES = ["task", "question", "result", "ack", "ping"] as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
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
    .option("--ttl <seconds>", "how long it may wait for its recipient", parsePositive)
    .option("--json", "print the hub's reply as JSON")
    .configureOutput({
      outputError: (text, write) =>
        write(/unknown option/.test(text) ? `${text}A text that begins with a dash goes after --.\n` : text),
    });
}

/** The id of a message, as an argument. */
export function parseMessageId(text: string): string {
  if (UUID.test(text)) return text;
  throw new InvalidArgumentError("That is no message id: `cc2cc messages` shows them, and `cc2cc send` prints one.");
}

export function parseWhole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

/** For what makes no sense as none. */
export function parsePositive(text: string): number {
  if (!/^0*[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1.");
  return Number(text);
}

export function collectMeta(pair: string, before: Record<string, string> = {}): Record<string, string> {
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
  const text = (isFromInput ? await readInput() : words.join(" ")).replace(/\n$/, "");
  if (text.trim() === "") throw new CliProblem(ExitCode.usage, "the message is empty.");
  expectFits(text);
  return text;
}

/** Throws a usage problem for a text that no message may have: the hub would close the connection over a far longer one. */
export function expectFits(text: string): void {
  if (Buffer.byteLength(text) <= CONTENT_MAX_BYTES) return;
  throw new CliProblem(
    ExitCode.usage,
    `a message may have at most ${CONTENT_MAX_BYTES} bytes of UTF-8: put more into a file and send its path.`,
  );
}

/** As much of standard input as tells whether it is too long, for it may have no end. */
async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    // The line end that is cut off does not count.
    if (length > CONTENT_MAX_BYTES + 1) break;
  }
  return Buffer.concat(chunks).toString();
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
