import { useModel } from "@preact/signals";
import type { Schedule } from "../../../../shared/schedules.ts";
import { CountBadge } from "../../components/badge.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { ScheduleStateTag } from "../../components/schedule-state.tsx";
import { scheduleHref } from "../../links.ts";
import { InstanceSchedulesModel } from "../../models/instance-schedules.ts";
import { useModels } from "../../models/models.ts";

/** What fires because of an instance, or for it; nothing where nothing does. */
export function InstanceSchedules({ instanceId }: { instanceId: string }) {
  const { hub } = useModels();
  const { all, areMore } = useModel(() => new InstanceSchedulesModel(hub, instanceId));
  if (all.value.length === 0) return null;
  return (
    <section class="drawer-part" aria-label="Schedules">
      <h3>
        Schedules <CountBadge count={all.value.length} label={all.value.length === 1 ? "schedule" : "schedules"} />
      </h3>
      <ul class="drawer-messages">
        {all.value.map((schedule) => (
          <li key={schedule.scheduleId}>
            <Row schedule={schedule} instanceId={instanceId} />
          </li>
        ))}
      </ul>
      {areMore.value && (
        <p class="quiet">
          There are more on the page of <a href="/schedules">schedules</a>.
        </p>
      )}
    </section>
  );
}

function Row({ schedule, instanceId }: { schedule: Schedule; instanceId: string }) {
  const { scheduleId, name, nextFireAt, state, target, createdBy, messageType } = schedule;
  const isOwn = createdBy === instanceId;
  return (
    <a class="drawer-row" href={scheduleHref(scheduleId)}>
      <b>{name}</b>
      <ScheduleStateTag state={state} />
      {nextFireAt !== null && (
        <span class="quiet nowrap">
          next <RelativeTime at={nextFireAt} tense="future" />
        </span>
      )}
      <span class="quiet drawer-row-text">
        {isOwn ? "It made this" : `Made by ${createdBy}`}: a {messageType} to {target === instanceId ? "it" : target}
      </span>
    </a>
  );
}
