import { useComputed, useModel, useSignal } from "@preact/signals";
import { CircleX, ListTodo } from "lucide";
import { TASK_STATES } from "../../../../shared/task-state.ts";
import type { Task } from "../../../../shared/tasks.ts";
import { Button } from "../../components/button.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { ListState } from "../../components/list-state.tsx";
import { Page } from "../../components/page.tsx";
import { PageSpan } from "../../components/page-span.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { ClaimsModel } from "../../models/claims.ts";
import { useModels } from "../../models/models.ts";
import { choicesOf, filterTasks, sortTasks, type TaskFilter, type TaskOrder } from "../../models/task-filter.ts";
import { TasksModel } from "../../models/tasks.ts";
import { describeEnded, parseSpan } from "../../models/time-span.ts";
import type { UrlState } from "../../url-state.ts";
import { ClaimTable } from "./claim-table.tsx";
import { ReassignDialog } from "./reassign-dialog.tsx";
import { cancel, type Work } from "./task-actions.ts";
import { TaskBoard } from "./task-board.tsx";
import { TaskFilters } from "./task-filters.tsx";
import { TaskPanel } from "./task-panel.tsx";
import { TaskTable } from "./task-table.tsx";
import { WaitingView } from "./waiting-view.tsx";
import "./tasks-page.css";
import "./task-board.css";

const SPANS = ["today", "24h", "7d"] as const;

type View = "list" | "board" | "waiting";

const VIEWS: readonly { id: View; label: string }[] = [
  { id: "list", label: "List" },
  { id: "board", label: "Board" },
  { id: "waiting", label: "Waiting" },
];

const FILTERS_OF: Readonly<Record<View, readonly (keyof TaskFilter)[]>> = {
  list: ["owner", "requester", "role", "state", "project"],
  board: ["owner", "requester", "role", "project"],
  waiting: ["owner", "requester", "project"],
};

export default function TasksPage() {
  const models = useModels();
  const { hub, url } = models;
  const span = useComputed(() => parseSpan(url.param("span").value, "today"));
  const model = useModel(() => new TasksModel(hub, span));
  const claims = useModel(() => new ClaimsModel(hub));
  const giving = useSignal<Task | undefined>(undefined);
  const work: Work = {
    model,
    models,
    hrefOf: (taskId) =>
      `/tasks?${new URLSearchParams([...url.search.value].filter(isNotTask).concat([["task", taskId]]))}`,
    giveAway(task) {
      giving.value = task;
    },
  };
  const asked = url.param("view").value;
  const view = VIEWS.find(({ id }) => id === asked)?.id ?? "list";
  const opened = url.param("task").value;
  return (
    <Page
      title="Work"
      actions={
        <>
          {view === "list" && <CancelSelected work={work} />}
          {view !== "waiting" && <PageSpan label="When they ended" names={SPANS} fallback="today" />}
        </>
      }
    >
      <div class="page-body tasks-body">
        <Tabs
          label="Views of the work"
          tabs={VIEWS}
          selected={view}
          onSelect={(id) => url.set({ view: id === "list" ? null : id }, "push")}
        >
          <WorkView view={view} work={work} ended={describeEnded(span.value)} />
        </Tabs>
        {claims.held.value.length > 0 && (
          <section aria-labelledby="tasks-claims">
            <h2 id="tasks-claims" class="tasks-title">
              Claims
            </h2>
            <p class="quiet">What sessions have for themselves for a while: names, files, leadership.</p>
            <ClaimTable model={claims} />
          </section>
        )}
      </div>
      {opened !== "" && (
        <TaskPanel key={opened} taskId={opened} work={work} onClose={() => url.set({ task: null }, "push")} />
      )}
      <ReassignDialog
        model={model}
        task={giving.value}
        onClose={() => {
          giving.value = undefined;
        }}
      />
    </Page>
  );
}

function WorkView({ view, work, ended }: { view: View; work: Work; ended: string }) {
  const { url } = useModels();
  const { model } = work;
  const filter = readFilter(url, view);
  const all = [...model.open.value, ...model.ended.value];
  const choices = { ...choicesOf(all, filter), state: TASK_STATES };
  return (
    <ListState
      loading={model.loading.value}
      isEmpty={view !== "waiting" && all.length === 0}
      onRetry={model.refresh}
      empty={
        <EmptyState icon={ListTodo} title={`No task is open, and none has ${ended}`}>
          A message of type task to a session opens one; its answers say how far it is.
        </EmptyState>
      }
    >
      <TaskFilters filter={filter} choices={choices} names={FILTERS_OF[view]} />
      {view === "list" && <ListView filter={filter} work={work} ended={ended} />}
      {view === "board" && (
        <TaskBoard
          open={sortTasks(filterTasks(model.open.value, filter), "age")}
          ended={filterTasks(model.ended.value, filter)}
          endedTitle={ended}
          work={work}
        />
      )}
      {view === "waiting" && <WaitingView filter={filter} work={work} />}
    </ListState>
  );
}

function ListView({ filter, work, ended: endedTitle }: { filter: TaskFilter; work: Work; ended: string }) {
  const { url } = useModels();
  const { model } = work;
  const sort = url.param("sort").value;
  const order: TaskOrder = sort === "owner" || sort === "due" ? sort : "age";
  const open = sortTasks(filterTasks(model.open.value, filter), order);
  const ended = filterTasks(model.ended.value, filter);
  const isFiltered = Object.values(filter).some((value) => value !== "");
  return (
    <div class="tasks-lists">
      <section aria-labelledby="tasks-open">
        <h2 id="tasks-open" class="tasks-title">
          Open
        </h2>
        {open.length === 0 ? (
          <p class="quiet">{isFiltered ? "No open task is like that." : "Everything that was asked for has ended."}</p>
        ) : (
          <TaskTable label="Open tasks" tasks={open} work={work} order={order} />
        )}
        {model.areMoreOpen.value && (
          <p class="quiet">These are of the newest 1,000. `cc2cc tasks` lists all of them.</p>
        )}
      </section>
      <section aria-labelledby="tasks-ended">
        <h2 id="tasks-ended" class="tasks-title">
          {endedTitle.slice(0, 1).toUpperCase() + endedTitle.slice(1)}
        </h2>
        {ended.length === 0 ? (
          <p class="quiet">{isFiltered ? "None is like that." : "None."}</p>
        ) : (
          <TaskTable label="Ended tasks" tasks={ended} work={work} />
        )}
        {model.areMoreEnded.value && <p class="quiet">These are of the last 200 of them.</p>}
      </section>
    </div>
  );
}

/** What is selected in the list, and shown: what a filter has hidden since is nothing to cancel unseen. */
function CancelSelected({ work }: { work: Work }) {
  const { model, models } = work;
  const shown = filterTasks(model.open.value, readFilter(models.url, "list"));
  const selected = shown.filter(({ taskId }) => model.selected.value.has(taskId));
  if (selected.length === 0) return null;
  return (
    <Button icon={CircleX} onClick={() => void cancel(work, selected)}>
      {selected.length === 1 ? "Cancel 1 selected task" : `Cancel ${selected.length} selected tasks`}
    </Button>
  );
}

/** What the address says, of what a view heeds. */
function readFilter(url: UrlState, view: View): TaskFilter {
  const chosen = (name: keyof TaskFilter) => (FILTERS_OF[view].includes(name) ? url.param(name).value : "");
  return {
    owner: chosen("owner"),
    requester: chosen("requester"),
    role: chosen("role"),
    state: chosen("state"),
    project: chosen("project"),
  };
}

function isNotTask([name]: [string, string]): boolean {
  return name !== "task";
}
