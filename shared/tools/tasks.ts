/** Tools about tasks: what is asked of whom, and how far it is (T1 to T5). */
import { z } from "zod";
import { neutralise } from "../neutralise.ts";
import { TASK_STATES } from "../task-state.ts";
import type { Task } from "../tasks.ts";
import { answerOf, declareTool } from "./tool.ts";
import type { ToolSession } from "./tool-session.ts";

const taskId = z.string().min(1).describe("the message_id of the task");
const note = z.string().min(1).optional();

export const listTasks = declareTool({
  name: "list_tasks",
  description:
    "Open tasks, newest first: yours (of: mine), those you asked for (asked), or all. {taskId, title, state, requester, owner?, role?, progress?, note?, dueAt?}[].",
  schema: z.object({
    of: z.enum(["mine", "asked", "all"]).optional(),
    role: z.string().optional().describe("only those for any:<role>"),
    state: z.enum(["open", "ended", "any", ...TASK_STATES]).optional(),
    cursor: z.string().optional(),
  }),
  annotations: { readOnlyHint: true },
  async run(filter, { session }) {
    const answer = await session.ask({ action: "list_tasks", ...given(filter) });
    if (!answer.ok) return answerOf(answer);
    const { tasks, nextCursor } = answer.reply as { tasks: Task[]; nextCursor?: string };
    const more = nextCursor === undefined ? {} : { note: `More: go on with cursor ${nextCursor}.` };
    return { ok: true, value: tasks.map(readable), ...more };
  },
});

export const updateTask = declareTool({
  name: "update_task",
  description:
    "Say how far a task of yours is. Who asked gets the note of input_required, completed, failed and rejected as a message; progress is in percent. A result as answer completes it, too.",
  schema: z.object({
    taskId,
    state: z.enum(["accepted", "working", "input_required", "completed", "failed", "rejected"]),
    progress: z.number().int().min(0).max(100).optional(),
    note,
  }),
  run: ({ taskId, state, progress, note }, { session }) =>
    move(session, { action: "update_task", taskId, state, ...given({ progress, note }) }),
});

export const cancelTask = declareTool({
  name: "cancel_task",
  description: "Take back a task that you asked for; its owner is told.",
  schema: z.object({ taskId, note }),
  run: ({ taskId, note }, { session }) => move(session, { action: "cancel_task", taskId, ...given({ note }) }),
});

async function move(session: ToolSession, frame: Parameters<ToolSession["ask"]>[0]) {
  const answer = await session.ask(frame);
  if (!answer.ok) return answerOf(answer);
  return { ok: true, value: readable((answer.reply as { task: Task }).task) } as const;
}

/** What peers wrote is shown as their messages are. When it opened and changed says nothing to a model. */
function readable({ openedAt: _, changedAt: __, title, note, ...task }: Task) {
  return { ...task, title: neutralise(title), ...(note === undefined ? {} : { note: neutralise(note) }) };
}

/** Without what was left out. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
