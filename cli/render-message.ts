/** A message as people read it in a terminal: who to whom, in one line, and what it says below. */
import type { Message } from "../shared/message.ts";
import { paint } from "./output.ts";

/** The text stands below the names, right of the time. */
const INDENT = "          ";
const LINES_MAX = 6;
const MIN_WIDTH = 20;

const COLOURS = { task: "yellow", question: "magenta", result: "green", ack: "dim", ping: "dim" } as const;

/** What could move a terminal's cursor or change its colours: a message says what its sender wants. */
const CONTROLS = /(?!\n)[\p{Cc}\p{Bidi_Control}]/gu;

/** A UUID, with or without the suffix of a second process. */
const MADE_UP_SESSION = /\/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?:-[0-9a-f]+)?$/;

const SHOWN_OF_SESSION = 4;

interface Look {
  width: number;
  /** Said at the end of the first line, such as the state. */
  mark?: string;
}

type Shown = Pick<Message, "from" | "to" | "type" | "content" | "timestamp"> & Pick<Partial<Message>, "role" | "anyOf">;

export function renderMessage(message: Shown, { width, mark = "" }: Look): string[] {
  const { from, to, type, role, anyOf, timestamp } = message;
  const why = anyOf === undefined ? role : `any ${anyOf}`;
  const target = `${shortName(to)}${why === undefined ? "" : ` (${clean(why)})`}`;
  const words = `${shortName(from)} → ${target}`;
  const after = `${type}${mark === "" ? "" : ` ${mark}`}`;
  const room = Math.max(MIN_WIDTH, width - INDENT.length - after.length - 2);
  const names = cut(words, room);
  const head = `${paint("dim", timeOf(timestamp))}  ${paint("bold", names)}  ${paint(COLOURS[type], type)}${mark === "" ? "" : ` ${paint("dim", mark)}`}`;
  const lines = wrap(clean(message.content), Math.max(MIN_WIDTH, width - INDENT.length));
  const shown =
    lines.length > LINES_MAX
      ? [...lines.slice(0, LINES_MAX - 1), `… ${lines.length - LINES_MAX + 1} more lines`]
      : lines;
  return [head, ...shown.map((line) => INDENT + line)];
}

/** One line about something that is no message. */
export function renderLine(timestamp: string, text: string, width: number): string {
  return paint("dim", `${timeOf(timestamp)}  ${cut(clean(text), width - INDENT.length)}`);
}

/** An id with no more of its session than tells it from others, where an agent has made that up. */
export function shortName(id: string): string {
  const made = MADE_UP_SESSION.exec(id);
  return clean(made === null ? id : id.slice(0, made.index + 1 + SHOWN_OF_SESSION));
}

export function timeOf(iso: string): string {
  const at = new Date(iso);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

export function clean(text: string): string {
  return text.replaceAll("\t", "  ").replace(CONTROLS, "");
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}…`;
}

/** Lines of at most `width`, broken between words where that is possible. */
export function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((line) => {
    const lines: string[] = [];
    let rest = line.trimEnd();
    while (rest.length > width) {
      const space = rest.lastIndexOf(" ", width);
      const at = space > width / 3 ? space : width;
      lines.push(rest.slice(0, at));
      rest = rest.slice(at).trimStart();
    }
    return [...lines, rest];
  });
}
