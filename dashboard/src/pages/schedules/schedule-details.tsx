import { useModel, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ScheduleDetail, ScheduleFiring } from "../../../../shared/schedules.ts";
import { Drawer } from "../../components/drawer.tsx";
import { threadHref } from "../../links.ts";
import { useModels } from "../../models/models.ts";
import { OneScheduleModel } from "../../models/schedules.ts";
import { wordsOfExpression } from "./expression-words.ts";
import { Outcome } from "./outcome.tsx";
import { formatInZone } from "./zone-time.ts";
import "../../components/fields.css";

/** What a schedule says, and what became of its last times. */
export function ScheduleDetails({ scheduleId, onClose }: { scheduleId: string; onClose(): void }) {
  const { hub } = useModels();
  const { detail, loading } = useModel(() => new OneScheduleModel(hub, scheduleId));
  const { value: schedule } = detail;
  const { value: state } = loading;
  return (
    <Drawer title={schedule?.name ?? "Schedule"} onClose={onClose}>
      {schedule === undefined ? (
        <p class="quiet">{state.kind === "failed" ? state.error : "Reading …"}</p>
      ) : (
        <>
          <Facts schedule={schedule} />
          <pre class="schedule-content">{schedule.content}</pre>
          <h3>Last times</h3>
          {schedule.firings.length === 0 ? (
            <p class="quiet">None yet.</p>
          ) : (
            <ol class="schedule-firings">
              {schedule.firings.map((firing) => (
                <Firing key={`${firing.firedAt} ${firing.dueAt}`} firing={firing} timeZone={schedule.timeZone} />
              ))}
            </ol>
          )}
        </>
      )}
    </Drawer>
  );
}

function Facts({ schedule }: { schedule: ScheduleDetail }) {
  const { expression, timeZone, target, messageType, createdBy, fireCount, maxFireCount, expiresAt } = schedule;
  const words = useSignal<string | undefined>(undefined);
  useEffect(() => {
    void wordsOfExpression(expression).then((said) => {
      words.value = said;
    });
  }, [expression]);
  const facts: [string, string | undefined][] = [
    ["When", `${expression} (${timeZone})`],
    ["In words", words.value],
    ["To", `${target}, as ${messageType}`],
    ["Made by", createdBy],
    ["Sent", maxFireCount === undefined ? `${fireCount} times` : `${fireCount} of ${maxFireCount} times`],
    ["Expires", expiresAt && formatInZone(expiresAt, timeZone)],
    ["Missed", { skip: "nothing is sent", once: "sent once", all: "each is sent" }[schedule.missed]],
    ["Overlap", schedule.overlap === "skip" ? "not while a task of it is open" : undefined],
  ];
  return (
    <dl class="fields">
      {facts.map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function Firing({ firing, timeZone }: { firing: ScheduleFiring; timeZone: string }) {
  const { dueAt, firedAt, outcome, messageIds = [], recipients = 0, note } = firing;
  const [first] = messageIds;
  return (
    <li>
      <Outcome outcome={outcome} /> {formatInZone(dueAt ?? firedAt, timeZone)}
      {dueAt === undefined && <span class="quiet"> (by hand)</span>}
      {first !== undefined && (
        <>
          {" "}
          <a href={threadHref(first)}>
            {recipients === 1 ? "What became of it" : `What became of the first of ${recipients}`}
          </a>
        </>
      )}
      {note !== undefined && <p class="quiet">{note}</p>}
    </li>
  );
}
