/** Tasks as the hub tells of them (protocol T1 to T5), by socket and by REST. Each name is one of `GET /openapi.json`. */
import { z } from "zod";
import { MessageId } from "./ids.ts";
import { TaskState } from "./task-move.ts";

export const Task = z
  .object({
    /** The id of the message that opened it. */
    taskId: MessageId,
    /** The first line of what it says; empty where that was deleted. */
    title: z.string(),
    state: TaskState,
    /** Who asked, and who has it, under the ids that these have by now. Nobody has what waits for any of a role. */
    requester: z.string(),
    owner: z.string().optional(),
    /** T3: it was for any who has this role. */
    role: z.string().optional(),
    /** What was said last of it. */
    progress: z.number().int().optional(),
    note: z.string().optional(),
    openedAt: z.iso.datetime(),
    changedAt: z.iso.datetime(),
    dueAt: z.iso.datetime().optional(),
  })
  .meta({ id: "Task" });
export type Task = z.infer<typeof Task>;

/** One step of a task's course. */
export const TaskStep = z.object({
  at: z.iso.datetime(),
  state: TaskState,
  /** Who had it from then on. */
  owner: z.string().optional(),
  /** Who moved it; left out for the hub. */
  by: z.string().optional(),
  progress: z.number().int().optional(),
  note: z.string().optional(),
  /** The message that moved it. */
  messageId: MessageId.optional(),
});

/** A task with its course, the oldest step first. Of a long one it has the opening and the last 500; then `isCut` says so. */
export const TaskDetail = Task.extend({ course: z.array(TaskStep), isCut: z.literal(true).optional() }).meta({
  id: "TaskDetail",
});
export type TaskDetail = z.infer<typeof TaskDetail>;

/** The newest first. */
export const TaskPage = z.object({ items: z.array(Task), nextCursor: z.string().optional() });
export type TaskPage = z.infer<typeof TaskPage>;
