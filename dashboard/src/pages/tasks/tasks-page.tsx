import { useModel } from "@preact/signals";
import { ListTodo } from "lucide";
import { EmptyState } from "../../components/empty-state.tsx";
import { ListState } from "../../components/list-state.tsx";
import { Page } from "../../components/page.tsx";
import { ClaimsModel } from "../../models/claims.ts";
import { useModels } from "../../models/models.ts";
import { TasksModel } from "../../models/tasks.ts";
import { ClaimTable } from "./claim-table.tsx";
import { TaskTable } from "./task-table.tsx";
import "../../components/row-name.css";
import "./tasks-page.css";

export default function TasksPage() {
  const { hub } = useModels();
  const model = useModel(() => new TasksModel(hub));
  const claims = useModel(() => new ClaimsModel(hub));
  const { open, ended } = model;
  return (
    <Page title="Tasks">
      <div class="page-body">
        <ListState
          loading={model.loading.value}
          isEmpty={open.value.length + ended.value.length === 0}
          empty={
            <EmptyState icon={ListTodo} title="Nobody was asked for anything yet">
              A message of type task to a session opens one; its answers say how far it is.
            </EmptyState>
          }
        >
          <section aria-labelledby="tasks-open">
            <h2 id="tasks-open" class="tasks-title">
              Open
            </h2>
            {open.value.length === 0 ? (
              <p class="quiet">Everything that was asked for has ended.</p>
            ) : (
              <TaskTable label="Open tasks" tasks={open.value} model={model} />
            )}
            {model.areMoreOpen.value && <p class="quiet">These are the newest. `cc2cc tasks` lists all of them.</p>}
          </section>
          {ended.value.length > 0 && (
            <section aria-labelledby="tasks-ended">
              <h2 id="tasks-ended" class="tasks-title">
                Ended
              </h2>
              <TaskTable label="Ended tasks" tasks={ended.value} model={model} />
            </section>
          )}
        </ListState>
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
    </Page>
  );
}
