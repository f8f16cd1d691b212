import { useModel, useSignal } from "@preact/signals";
import { CalendarClock, Plus } from "lucide";
import { Button } from "../../components/button.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { ListState } from "../../components/list-state.tsx";
import { Page } from "../../components/page.tsx";
import { useModels } from "../../models/models.ts";
import { SchedulesModel } from "../../models/schedules.ts";
import { ScheduleDetails } from "./schedule-details.tsx";
import { ScheduleDialog, type Writing } from "./schedule-dialog.tsx";
import { ScheduleTable } from "./schedule-table.tsx";
import "./schedules-page.css";

export default function SchedulesPage() {
  const { hub, session, url } = useModels();
  const model = useModel(() => new SchedulesModel(hub));
  const writing = useSignal<Writing | undefined>(undefined);
  const opened = url.param("schedule").value;
  const info = session.info.value;
  const mayMake = info !== null && info.scope !== "observer" && info.pattern === undefined;
  return (
    <Page
      title="Schedules"
      actions={
        mayMake && (
          <Button
            variant="primary"
            icon={Plus}
            onClick={() => {
              writing.value = { kind: "new" };
            }}
          >
            New schedule
          </Button>
        )
      }
    >
      <div class="page-body">
        <ListState
          loading={model.loading.value}
          isEmpty={model.all.value.length === 0}
          empty={
            <EmptyState icon={CalendarClock} title="Nothing is scheduled yet">
              A schedule is a message that the hub sends when its time comes: once, every so often, or as cron says.
            </EmptyState>
          }
        >
          <ScheduleTable
            model={model}
            onChange={(scheduleId) => {
              writing.value = { kind: "change", scheduleId };
            }}
          />
          {model.areMore.value && <p class="quiet">These are the newest. `cc2cc schedules` lists all of them.</p>}
        </ListState>
      </div>
      {opened !== "" && (
        <ScheduleDetails key={opened} scheduleId={opened} onClose={() => url.set({ schedule: null }, "push")} />
      )}
      <ScheduleDialog
        model={model}
        writing={writing.value}
        onClose={() => {
          writing.value = undefined;
        }}
      />
    </Page>
  );
}
