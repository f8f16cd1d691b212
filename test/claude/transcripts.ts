/** What Claude Code's own record says the model was shown. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Line {
  type: string;
  isSidechain?: boolean;
  attachment?: { type: string; prompt?: unknown; content?: unknown };
  message?: { content: unknown };
}

/** Attachments that become part of a request; others record what a hook printed, or what is only planned. */
const SHOWN_ATTACHMENTS = ["queued_command", "hook_additional_context"];

/** All of it, what is only planned or queued included. */
export function recordOf(home: string): string {
  const folder = join(home, ".claude/projects");
  const files = existsSync(folder) ? globSync(join(folder, "*/*.jsonl")) : [];
  return files.map((file) => readFileSync(file, "utf8")).join("");
}

/** The texts of those lines that prove a thing to be in a conversation. */
export function shownTexts(home: string): string[] {
  return recordOf(home)
    .split("\n")
    .flatMap((line) => {
      const { type, message, attachment } = readLine(line);
      if (type === "user") return [JSON.stringify(message?.content)];
      if (type === "attachment" && SHOWN_ATTACHMENTS.includes(attachment?.type ?? ""))
        return [JSON.stringify(attachment)];
      return [];
    });
}

/** The last line of a file may be half written. */
function readLine(line: string): Line {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return { type: "" };
  }
}
