import { useComputed } from "@preact/signals";
import { Ellipsis, Pause, Pencil, Play, Send, Trash2 } from "lucide";
import type { Schedule } from "../../../../shared/schedules.ts";
import { IconButton } from "../../components/button.tsx";
import { confirm } from "../../components/confirm-dialog.tsx";
import { Menu, type MenuItem } from "../../components/menu.tsx";
import { TableScroll } from "../../components/page.tsx";
import { ScheduleStateTag } from "../../components/schedule-state.tsx";
import { toast } from "../../components/toasts.tsx";
import { threadHref } from "../../links.ts";
import { useModels } from "../../models/models.ts";
import { wordsOf } from "../../models/refresher.ts";
import type { Schedules } from "../../models/schedules.ts";
import { Outcome } from "./outcome.tsx";
import { formatInZone } from "./zone-time.ts";

interface Props {
  model: Schedules;
  onOpen(scheduleId: string): void;
  onChange(scheduleId: string): void;
}

export function ScheduleTable(props: Props) {
  return (
    <TableScroll label="Schedules">
      <table class="data-table schedules-table">
        <thead>
          <tr>
            <th scope="col">Schedule</th>
            <th scope="col">When</th>
            <th scope="col">To</th>
            <th scope="col">Next</th>
            <th scope="col">Last</th>
            <th scope="col">
              <span class="visually-hidden">What to do</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {props.model.all.value.map((schedule) => (
            <ScheduleRow key={schedule.scheduleId} schedule={schedule} {...props} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function ScheduleRow({ schedule, ...props }: Props & { schedule: Schedule }) {
  const { session } = useModels();
  const isReader = useComputed(() => session.info.value?.scope === "observer").value;
  const { scheduleId, name, expression, timeZone, target, messageType, createdBy } = schedule;
  return (
    <tr>
      <th scope="row" class="schedule-name">
        <button type="button" class="link-button" onClick={() => props.onOpen(scheduleId)}>
          {name}
        </button>
        <p class="quiet">by {createdBy}</p>
      </th>
      <td>
        <code>{expression}</code>
        <p class="quiet">{timeZone}</p>
      </td>
      <td class="schedule-target">
        {target}
        <p class="quiet">{messageType}</p>
      </td>
      <td>
        <Next schedule={schedule} />
      </td>
      <td>
        <Last schedule={schedule} />
      </td>
      <td class="schedule-actions">
        {!isReader && (
          <Menu
            label={`What to do with ${name}`}
            align="end"
            trigger={(trigger) => (
              <IconButton {...trigger} icon={Ellipsis} label={`What to do with ${name}`} size="small" />
            )}
            items={actionsOf(schedule, props)}
          />
        )}
      </td>
    </tr>
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
  const say = (words: string) => toast(words, { tone: "good" });
  const act = (work: Promise<unknown>, words: string) =>
    void work.then(
      () => say(words),
      (error) => toast(wordsOf(error), { tone: "bad" }),
    );
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
  if (!isSure) return;
  try {
    await model.remove(scheduleId);
    toast(`${name} is deleted`, { tone: "good" });
  } catch (error) {
    toast(wordsOf(error), { tone: "bad" });
  }
}
