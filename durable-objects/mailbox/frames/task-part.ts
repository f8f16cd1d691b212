/** What a frame is to the ledger of tasks (T1), so that the exchange need not read bodies. */
import { TASK_ACCEPT_SECONDS } from "../../../shared/limits.ts";
import type { FrameOf } from "../../../shared/protocol.ts";
import type { Op, TaskPart } from "../../link.ts";
import { taskTitleOf } from "../../task-title.ts";

/** Of a message to instances; `role` is set for one to any of a role. */
export function taskPartOf(frame: FrameOf<"send_message">, role: string | null): { task?: TaskPart } {
  if (frame.type !== "task") return answerPartOf(frame);
  const { content, acceptWithinSeconds = TASK_ACCEPT_SECONDS, dueInSeconds } = frame;
  const dueMs = dueInSeconds === undefined ? null : dueInSeconds * 1_000;
  return { task: { kind: "opens", title: taskTitleOf(content), role, acceptMs: acceptWithinSeconds * 1_000, dueMs } };
}

/** Of what may be an answer. */
export function answerPartOf(frame: FrameOf<"send_message"> | FrameOf<"publish_topic">): { task?: TaskPart } {
  if (frame.replyToMessageId === undefined) return {};
  if ("task" in frame && frame.task !== undefined) return { task: { kind: "moves", move: frame.task } };
  if (frame.type === "ack") return { task: { kind: "counts", as: "accepted" } };
  return frame.type === "result" ? { task: { kind: "counts", as: "completed" } } : {};
}

/** The op of a frame that concerns tasks alone. */
export function toTaskOp(frame: FrameOf<"update_task" | "cancel_task" | "list_tasks">): Op {
  switch (frame.action) {
    case "update_task": {
      const { taskId, state, progress, note } = frame;
      return { do: "update_task", taskId, move: { state, progress, note } };
    }
    case "cancel_task":
      return { do: "cancel_task", taskId: frame.taskId, note: frame.note };
    case "list_tasks": {
      const { of, role = null, state, limit, cursor = null } = frame;
      return { do: "list_tasks", of, role, state, limit, cursor };
    }
  }
}
