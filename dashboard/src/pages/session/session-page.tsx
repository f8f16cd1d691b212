import { useComputed, useModel, useSignal } from "@preact/signals";
import { useRoute } from "preact-iso";
import { Button } from "../../components/button.tsx";
import { InstanceName } from "../../components/instance-name.tsx";
import { ListState } from "../../components/list-state.tsx";
import { Page } from "../../components/page.tsx";
import { SpanPicker } from "../../components/span-picker.tsx";
import { instanceHref } from "../../links.ts";
import { useModels } from "../../models/models.ts";
import { SessionTimelineModel, type TimelineData } from "../../models/session-timeline.ts";
import { describeStretch, formatSpan, parseSpan, type TimeSpan } from "../../models/time-span.ts";
import { Lane } from "./lane.tsx";
import { type Mark, messageMarks, queueLine, taskMark, timeOf } from "./marks.ts";
import { presenceMarks } from "./presence-marks.ts";
import "./session-page.css";

const TASK_ROWS_MAX = 24;
const DAY_MS = 24 * 3_600_000;

/** What one session did in a span of time, on lanes. */
export default function SessionPage() {
  const { params } = useRoute();
  const id = params.id ?? "";
  return <Timeline key={id} instanceId={id} />;
}

function Timeline({ instanceId }: { instanceId: string }) {
  const { hub, url } = useModels();
  const span = useComputed(() => parseSpan(url.param("window").value, "24h"));
  const model = useModel(() => new SessionTimelineModel(hub, instanceId, span));
  const choose = (chosen: TimeSpan) => url.set({ window: formatSpan(chosen) }, "push");
  const data = model.data.value;
  return (
    <Page
      title="Session"
      actions={
        <>
          <Button onClick={() => choose(sinceNoon(Date.now()))}>Since noon</Button>
          <SpanPicker
            label="Span of time"
            span={span.value}
            names={["1h", "24h", "7d"]}
            fallback="24h"
            onChoose={choose}
          />
        </>
      }
    >
      <div class="page-body">
        <p class="session-who">
          <a href={instanceHref(instanceId)}>
            <InstanceName id={instanceId} />
          </a>
          {data !== null && <span class="quiet">{describeStretch(data.stretch)}</span>}
        </p>
        <ListState loading={model.loading.value} isEmpty={data === null} empty={null}>
          {data !== null && <Lanes instanceId={instanceId} data={data} />}
        </ListState>
      </div>
    </Page>
  );
}

function Lanes({ instanceId, data }: { instanceId: string; data: TimelineData }) {
  const { instances } = useModels();
  const read = useSignal<Mark | undefined>(undefined);
  const { stretch, messages, tasks } = data;
  const presence = presenceMarks(data.presence, instances.byId.value.get(instanceId), stretch);
  const queue = queueLine(data);
  const lane = {
    stretch,
    onRead: (mark: Mark) => {
      read.value = mark;
    },
  };
  return (
    <>
      <p class="session-read" role="status">
        {read.value?.words ??
          `${count(tasks.length, "task")} and ${count(messages.length, "message")}. Point at a mark, or go through them with the arrow keys.`}
      </p>
      <div class="lanes card">
        <Axis {...stretch} />
        <Lane title="Presence" {...lane} rows={[presence]} />
        <Lane title="Queue" {...lane} rows={[]}>
          <svg
            class="lane-queue"
            role="img"
            aria-label={`At most ${queue.most} waited`}
            viewBox="0 0 100 100"
            preserveAspectRatio="none"
          >
            <polyline points={queue.points} />
          </svg>
          <span class="lane-note">at most {queue.most.toLocaleString("en")}</span>
        </Lane>
        <Lane title="Sent" {...lane} rows={[messageMarks(messages, instanceId, true, stretch)]} />
        <Lane title="Received" {...lane} rows={[messageMarks(messages, instanceId, false, stretch)]} />
        <Lane title="Tasks" {...lane} rows={tasks.slice(0, TASK_ROWS_MAX).map((task) => [taskMark(task, stretch)])} />
      </div>
      <ul class="session-notes quiet">
        {data.messagesFrom !== null && (
          <li>Messages before {timeOf(data.messagesFrom)} are left out: there are too many.</li>
        )}
        {(tasks.length > TASK_ROWS_MAX || data.areMoreTasks) && <li>Only the newest tasks are shown.</li>}
      </ul>
    </>
  );
}

/** Five moments, the ends among them. */
function Axis({ fromAt, toAt }: { fromAt: number; toAt: number }) {
  const isLong = toAt - fromAt > DAY_MS;
  const format = new Intl.DateTimeFormat(
    undefined,
    isLong ? { month: "short", day: "numeric" } : { hour: "2-digit", minute: "2-digit" },
  );
  return (
    <div class="lane-axis" aria-hidden="true">
      {[0, 1, 2, 3, 4].map((at) => (
        <span key={at}>{format.format(fromAt + ((toAt - fromAt) * at) / 4)}</span>
      ))}
    </div>
  );
}

/** From the last noon that was to the next: what is still to come shows when it has. */
function sinceNoon(now: number): TimeSpan {
  const noon = new Date(now);
  noon.setHours(12, 0, 0, 0);
  if (noon.getTime() >= now) noon.setDate(noon.getDate() - 1);
  const fromAt = noon.getTime();
  return { kind: "range", fromAt, toAt: fromAt + DAY_MS };
}

function count(number: number, what: string): string {
  return `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
}
