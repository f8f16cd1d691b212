/** T1: a message of type task to an instance opens a task there; publications and broadcasts are announcements and open none. */
import type { TaskPart } from "../../link.ts";
import type { Letter } from "../accept.ts";
import { HUB_NUMBER, type Instance } from "../store/instances.ts";
import type { Turn } from "../turn.ts";
import { tellChange } from "./move.ts";
import { nextCheck } from "./next-check.ts";

/**
 * Opens a task for a message that was accepted just now. `requester` is null for one that no instance asks for; `owner` for one
 * that waits for any of its role.
 */
export function openTask(
  turn: Turn,
  { title, role, acceptMs, dueMs }: Extract<TaskPart, { kind: "opens" }>,
  of: { taskId: string; requester: Instance | null; owner: Instance | null; letter: Letter },
): void {
  const { now } = turn;
  const { taskId, letter } = of;
  const { expiresAt } = letter;
  const [requester, owner] = [of.requester?.number ?? HUB_NUMBER, of.owner?.number ?? null];
  const dueAt = dueMs === null ? null : now + dueMs;
  const timed = { state: "submitted", owner, role, givenAt: now, acceptMs, expiresAt, dueAt } as const;
  const checkAt = nextCheck({ ...timed, isDueTold: false, isStuck: owner === null }, null, now);
  const body = role === null ? null : letter.body;
  turn.store.tasks.open({ taskId, requester, owner, role, title, body, acceptMs, expiresAt, dueAt, checkAt }, now);
  turn.noteTaskCheck(checkAt);
  tellChange(
    turn,
    { taskId, state: "submitted", requester, owner, role, progress: null },
    { by: of.requester, messageId: taskId },
  );
}
