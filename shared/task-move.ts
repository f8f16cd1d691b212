/** What an owner or requester says of a task (T1), in a frame or in the `task` of an answer. */
import { z } from "zod";
import { TASK_NOTE_LENGTH } from "./limits.ts";
import { TASK_STATES } from "./task-state.ts";
import { WellFormedText } from "./well-formed-text.ts";

export const TaskState = z.enum(TASK_STATES);

/** Which tasks a list has: those in one state, or in several. */
export const TaskFilterState = z.enum([...TASK_STATES, "open", "ended", "any"]);
export type TaskFilterState = z.infer<typeof TaskFilterState>;

export const TaskNote = WellFormedText.min(1, "must not be empty").max(
  TASK_NOTE_LENGTH,
  `may have at most ${TASK_NOTE_LENGTH} characters; put more into a message`,
);

export const TaskMove = z.object({
  state: TaskState.exclude(["submitted"]),
  /** In percent. */
  progress: z.number().int().min(0).max(100).optional(),
  note: TaskNote.optional(),
});
export type TaskMove = z.infer<typeof TaskMove>;
