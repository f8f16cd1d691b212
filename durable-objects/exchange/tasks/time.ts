/** What time does to tasks: due times (T4), owners that do nothing (T3), and the end of what nobody touches any more. */
import { isEnded } from "../../../shared/task-state.ts";
import type { StoredTask } from "../store/task-rows.ts";
import type { Turn } from "../turn.ts";
import { settle } from "./assign.ts";
import { checkAtOf, HUB, takeStep } from "./move.ts";
import { isDue } from "./next-check.ts";
import { named, tell } from "./notice.ts";
import { idOf, ownerOf, requesterOf } from "./people.ts";

/** One transaction looks at so many tasks. */
const PIECE = 500;

/** Does what is due. What is left is due at once again. */
export function runTasks(turn: Turn): void {
  for (const task of turn.store.tasks.listDue(turn.now, PIECE)) {
    const told = isDue(task, turn.now) ? tellDue(turn, task) : task;
    if (told.role === null) turn.store.tasks.change(told, { checkAt: checkAtOf(turn, told) });
    else settle(turn, told);
  }
}

/** T4: owner and requester hear once each; nothing else changes. */
function tellDue(turn: Turn, task: StoredTask): StoredTask {
  const [owner, requester] = [ownerOf(turn.store, task), requesterOf(turn.store, task)];
  const told = { ...task, isDueTold: true };
  turn.store.tasks.change(task, { isDueTold: true, checkAt: checkAtOf(turn, told) });
  tell(
    turn,
    owner,
    task,
    `The task ${named(task)} is due now, and ${task.state}. Finish it, or say how far it is with update_task.`,
  );
  if (requester === owner) return told;
  const whose = task.owner === null ? `waits for any ${task.role}` : `is ${idOf(turn.store, task.owner)}'s`;
  tell(turn, requester, task, `The task ${named(task)} that you asked for is due now, and ${task.state}; it ${whose}.`);
  return told;
}

/** Where the store is nearly full: forgets ended tasks, and with these messages what they asked and nobody took up. */
export function makeRoomOfTasks(turn: Turn, before: number, positions: readonly number[]): void {
  const { tasks } = turn.store;
  const untouched = tasks.listUntouchedAt(positions);
  const note = "nobody took it up, and the hub needed the room";
  for (const task of untouched) takeStep(turn, task, { state: "failed", note }, HUB);
  tasks.delete([...untouched, ...tasks.listEnded(before, 4 * PIECE)]);
}

/** Forgets ended tasks that nothing has changed since a time, and ends the open ones. Returns whether there are more. */
export function forgetIdle(turn: Turn, before: number, reason: string): boolean {
  const { tasks } = turn.store;
  const idle = tasks.listIdle(before, PIECE);
  const ended = idle.filter(({ state }) => isEnded(state));
  if (ended.length > 0) tasks.delete(ended);
  for (const task of idle) if (!isEnded(task.state)) takeStep(turn, task, { state: "failed", note: reason }, HUB);
  return idle.length === PIECE;
}
