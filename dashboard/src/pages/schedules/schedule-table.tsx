import { useComputed } from "@preact/signals";
import { Ellipsis, Pause, Pencil, Play, Send, Trash2 } from "lucide";
import type { Schedule } from "../../../../shared/schedules.ts";
import { IconButton } from "../../components/button.tsx";
import { confirm } from "../../components/confirm-dialog.tsx";
import { type Column, DataTable } from "../../components/data-table.tsx";
import { Menu, type MenuItem } from "../../components/menu.tsx";
import { sayOutcome } from "../../components/say-outcome.ts";
import { ScheduleStateTag } from "../../components/schedule-state.tsx";
import { scheduleHref, threadHref } from "../../links.ts";
import { useModels } from "../../models/models.ts";
import type { Schedules } from "../../models/schedules.ts";
import { Outcome } from "./outcome.tsx";
import { formatInZone } from "./zone-time.ts";

interface Props {
  model: Schedules;
  onChange(scheduleId: string): void;
}

export function ScheduleTable(props: Props) {
  const { session } = useModels();
  const isReader = useComputed(() => session.info.value?.scope === "observer").value;
  const columns: Column<Schedule>[] = [
    {
      title: "Schedule",
      kind: "name",
      cell: ({ scheduleId, name, createdBy }) => (
        <>
          <a href={scheduleHref(scheduleId)}>{name}</a>
          <p class="quiet">by {createdBy}</p>
        </>
      ),
    },
    {
      title: "When",
      cell: ({ expression, timeZone }) => (
        <>
          <code>{expression}</code>
          <p class="quiet">{timeZone}</p>
        </>
      ),
    },
    {
      title: "To",
      class: "schedule-target",
      cell: ({ target, messageType }) => (
        <>
          {target}
          <p class="quiet">{messageType}</p>
        </>
      ),
    },
    { title: "Next", cell: (schedule) => <Next schedule={schedule} /> },
    { title: "Last", cell: (schedule) => <Last schedule={schedule} /> },
    {
      title: "What to do",
      kind: "actions",
      cell: (schedule) => !isReader && <Actions schedule={schedule} {...props} />,
    },
  ];
  return (
    <DataTable
      label="Schedules"
      class="schedules-table"
      columns={columns}
      rows={props.model.all.value}
      keyOf={({ scheduleId }) => scheduleId}
    />
  );
}

function Actions({ schedule, ...props }: Props & { schedule: Schedule }) {
  const label = `What to do with ${schedule.name}`;
  return (
    <Menu
      label={label}
      align="end"
      trigger={(trigger) => <IconButton {...trigger} icon={Ellipsis} label={label} size="small" />}
      items={actionsOf(schedule, props)}
    />
  );
}

function Next({ schedule: { nextFireAt, state, timeZone } }: { schedule: Schedule }) {
  if (nextFireAt !== null) return <>{formatInZone(nextFireAt, timeZone)}</>;
  return <ScheduleStateTag state={state} />;
}

function Last({ schedule: { lastFiring, timeZone } }: { schedule: Schedule }) {
  if (lastFiring === undefined) return <span class="quiet">—</span>;
  const { outcome, dueAt, firedAt, messageIds: [first] = [], note } = lastFiring;
  const when = formatInZone(dueAt ?? firedAt, timeZone);
  return (
    <>
      <Outcome outcome={outcome} /> {first === undefined ? when : <a href={threadHref(first)}>{when}</a>}
      {note !== undefined && <p class="quiet">{note}</p>}
    </>
  );
}

function actionsOf(schedule: Schedule, { model, onChange }: Props): MenuItem[] {
  const { scheduleId, name, state } = schedule;
  const act = (work: Promise<unknown>, words: string) => void sayOutcome(work, words);
  const pause: MenuItem =
    state === "paused"
      ? { label: "Resume", icon: Play, run: () => act(model.update(scheduleId, { enabled: true }), `${name} goes on`) }
      : {
          label: "Pause",
          icon: Pause,
          run: () => act(model.update(scheduleId, { enabled: false }), `${name} is paused`),
        };
  return [
    { label: "Send now", icon: Send, run: () => act(model.run(scheduleId), `${name} was sent`) },
    pause,
    { label: "Change", icon: Pencil, run: () => onChange(scheduleId) },
    { label: "Delete", icon: Trash2, isDanger: true, run: () => void remove(schedule, model) },
  ];
}

async function remove({ scheduleId, name }: Schedule, model: Schedules): Promise<void> {
  const isSure = await confirm({
    title: `Delete ${name}?`,
    body: "It fires no more. What it has sent stays.",
    action: "Delete",
  });
  if (isSure) await sayOutcome(model.remove(scheduleId), `${name} is deleted`);
}
