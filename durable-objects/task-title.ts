import { TASK_TITLE_LENGTH } from "../shared/limits.ts";

/** T1: the first line of a message that says something, as much of it as a list shows. */
export function taskTitleOf(content: string): string {
  const line = content.trimStart().split("\n", 1)[0]?.trimEnd() ?? "";
  if (line.length <= TASK_TITLE_LENGTH) return line;
  return `${line.slice(0, TASK_TITLE_LENGTH - 1).toWellFormed()}…`;
}
