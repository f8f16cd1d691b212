/** What list, board and panel show of a task in the same way. */
import { Ellipsis } from "lucide";
import { isEnded } from "../../../../shared/task-state.ts";
import type { Task } from "../../../../shared/tasks.ts";
import { Tag } from "../../components/badge.tsx";
import { IconButton } from "../../components/button.tsx";
import { Menu } from "../../components/menu.tsx";
import { formatMoment } from "../../components/relative-time.tsx";
import { Somebody } from "../../components/somebody.tsx";
import { dueOf } from "../../models/task-filter.ts";
import { menuOf, type Work } from "./task-actions.ts";
import { STATE_MEANINGS, titleOf, wordOf } from "./task-words.ts";

export function State({ task: { state, progress } }: { task: Task }) {
  return (
    <span title={STATE_MEANINGS[state]}>
      {wordOf(state)}
      {progress !== undefined && !isEnded(state) && ` ${progress} %`}
    </span>
  );
}

/** Who has it, or whom it waits for. */
export function Owner({ task: { owner, role } }: { task: Task }) {
  return owner === undefined ? <span class="quiet">any {role}</span> : <Somebody id={owner} />;
}

export function Due({ task }: { task: Task }) {
  if (task.dueAt === undefined) return <span class="quiet">—</span>;
  const due = dueOf(task, Date.now());
  return (
    <span class="task-due" data-due={due}>
      {formatMoment(task.dueAt)} {due === "late" && <Tag title="Its owner and who asked for it were told">late</Tag>}
      {due === "soon" && <Tag title="Within the next hour">soon</Tag>}
    </span>
  );
}

export function TaskMenu({ work, task }: { work: Work; task: Task }) {
  const label = `What to do with ${titleOf(task)}`;
  return (
    <Menu
      label={label}
      align="end"
      trigger={(trigger) => <IconButton {...trigger} icon={Ellipsis} label={label} size="small" />}
      items={menuOf(work, task)}
    />
  );
}
