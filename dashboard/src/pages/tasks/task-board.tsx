/** Tasks as cards in columns of their states. A card is dragged to be canceled or given away; its menu does the same. */
import { type Signal, useSignal } from "@preact/signals";
import { isEnded, type TaskState } from "../../../../shared/task-state.ts";
import type { Task } from "../../../../shared/tasks.ts";
import { CountBadge } from "../../components/badge.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { Somebody } from "../../components/somebody.tsx";
import { cancel, mayDecide, type Work } from "./task-actions.ts";
import { Due, Owner, State, TaskMenu } from "./task-parts.tsx";
import { STATE_MEANINGS, titleOf, wordOf } from "./task-words.ts";

/** A column with more of them is no help; the list has all. */
const CARDS = 50;

const COLUMNS: readonly TaskState[] = ["submitted", "accepted", "working", "input_required"];

interface Props {
  open: readonly Task[];
  ended: readonly Task[];
  /** When these ended. */
  endedTitle: string;
  work: Work;
}

export function TaskBoard({ open, ended, endedTitle, work }: Props) {
  const dragged = useSignal<Task | undefined>(undefined);
  const byState = Map.groupBy(open, ({ state }) => state);
  return (
    <div class="board">
      <section class="board-columns" aria-label="Board of tasks">
        {COLUMNS.map((state) => (
          <Column
            key={state}
            title={wordOf(state)}
            hint={STATE_MEANINGS[state]}
            tasks={byState.get(state) ?? []}
            work={work}
            dragged={dragged}
          />
        ))}
        <Column title={endedTitle} hint="Whatever their end" tasks={ended} work={work} dragged={dragged} />
      </section>
      {dragged.value !== undefined && <Drops dragged={dragged} work={work} />}
    </div>
  );
}

interface ColumnProps {
  title: string;
  hint: string;
  tasks: readonly Task[];
  work: Work;
  dragged: Signal<Task | undefined>;
}

function Column({ title, hint, tasks, work, dragged }: ColumnProps) {
  return (
    <section class="board-column" aria-label={title}>
      <h2 title={hint}>
        {title} <CountBadge count={tasks.length} label="tasks" />
      </h2>
      <ul>
        {tasks.slice(0, CARDS).map((task) => (
          <li key={task.taskId}>
            <Card task={task} work={work} dragged={dragged} />
          </li>
        ))}
      </ul>
      {tasks.length > CARDS && <p class="quiet">The list has {tasks.length - CARDS} more.</p>}
    </section>
  );
}

function Card({ task, work, dragged }: { task: Task; work: Work; dragged: ColumnProps["dragged"] }) {
  const { taskId, requester, openedAt, note, state } = task;
  return (
    <article
      class="board-card"
      data-state={state}
      draggable={!isEnded(state) && mayDecide(work, task)}
      onDragStart={(event) => {
        event.dataTransfer?.setData("text/plain", taskId);
        // Not at once: what is shown now moves under the pointer, and some browsers give the drag up then.
        requestAnimationFrame(() => {
          dragged.value = task;
        });
      }}
      onDragEnd={() => {
        dragged.value = undefined;
      }}
    >
      <header>
        <a href={work.hrefOf(taskId)}>{titleOf(task)}</a>
        <TaskMenu work={work} task={task} />
      </header>
      <p>
        <Owner task={task} />
      </p>
      <p class="quiet board-from">
        <span>for</span> <Somebody id={requester} /> <RelativeTime at={openedAt} />
      </p>
      {(isEnded(state) || task.progress !== undefined) && (
        <p class="quiet">
          <State task={task} />
        </p>
      )}
      {task.dueAt !== undefined && (
        <p>
          due <Due task={task} />
        </p>
      )}
      {note !== undefined && <p class="quiet board-note">{note}</p>}
    </article>
  );
}

/** Where a card is let go. It lies over the board, so that nothing moves under the pointer. */
function Drops({ dragged, work }: { dragged: Signal<Task | undefined>; work: Work }) {
  const drop = (act: (task: Task) => void) => (event: DragEvent) => {
    event.preventDefault();
    const task = dragged.peek();
    dragged.value = undefined;
    if (task !== undefined) act(task);
  };
  const allow = (event: DragEvent) => event.preventDefault();
  return (
    <div class="board-drops" aria-hidden="true">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: for a pointer that drags; the menu is for everyone */}
      <div data-drop="give" onDragOver={allow} onDrop={drop((task) => work.giveAway(task))}>
        Drop here to give it to another
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: as above */}
      <div data-drop="cancel" onDragOver={allow} onDrop={drop((task) => void cancel(work, [task]))}>
        Drop here to cancel it
      </div>
    </div>
  );
}
