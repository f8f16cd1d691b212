import { useModel, useSignal } from "@preact/signals";
import { ArrowRightLeft, CircleX } from "lucide";
import { isEnded } from "../../../../shared/task-state.ts";
import type { TaskDetail } from "../../../../shared/tasks.ts";
import { Button } from "../../components/button.tsx";
import { ClockTime } from "../../components/clock-time.tsx";
import { Drawer } from "../../components/drawer.tsx";
import { ListState } from "../../components/list-state.tsx";
import { MessageCard } from "../../components/message-card.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { Somebody } from "../../components/somebody.tsx";
import { instanceHref, threadHref } from "../../links.ts";
import { useModels } from "../../models/models.ts";
import { TaskCourseModel } from "../../models/task-course.ts";
import { ThreadModel } from "../../models/thread.ts";
import { cancel, mayDecide, type Work } from "./task-actions.ts";
import { Due, Owner, State } from "./task-parts.tsx";
import { titleOf, wordOf } from "./task-words.ts";
import "../../components/fields.css";

/** More are read in the conversation. */
const MESSAGES = 50;

/** One task: how it went so far, and what was said of it. */
export function TaskPanel({ taskId, work, onClose }: { taskId: string; work: Work; onClose(): void }) {
  const { hub } = useModels();
  const { task, loading } = useModel(() => new TaskCourseModel(hub, taskId));
  const { value: detail } = task;
  const { value: state } = loading;
  return (
    <Drawer title={detail === undefined ? "Task" : titleOf(detail)} onClose={onClose}>
      {detail === undefined ? (
        <p class="quiet">{state.kind === "failed" ? state.error : "Reading …"}</p>
      ) : (
        <>
          <Facts task={detail} />
          {!isEnded(detail.state) && mayDecide(work, detail) && (
            <div class="task-panel-actions">
              <Button icon={ArrowRightLeft} onClick={() => work.giveAway(detail)}>
                Give to another …
              </Button>
              <Button icon={CircleX} onClick={() => void cancel(work, [detail])}>
                Cancel …
              </Button>
            </div>
          )}
          <Course task={detail} />
          <Messages taskId={taskId} />
        </>
      )}
    </Drawer>
  );
}

function Facts({ task }: { task: TaskDetail }) {
  return (
    <dl class="fields">
      <div>
        <dt>State</dt>
        <dd>
          <State task={task} />
        </dd>
      </div>
      <div>
        <dt>Owner</dt>
        <dd>
          <Owner task={task} />
        </dd>
      </div>
      <div>
        <dt>Asked by</dt>
        <dd>
          <Somebody id={task.requester} /> <RelativeTime at={task.openedAt} class="quiet" />
        </dd>
      </div>
      {task.dueAt !== undefined && (
        <div>
          <dt>Due</dt>
          <dd>
            <Due task={task} />
          </dd>
        </div>
      )}
    </dl>
  );
}

function Course({ task }: { task: TaskDetail }) {
  return (
    <section aria-label="Its course">
      <h3>Course</h3>
      {task.isCut && <p class="quiet">Of a long one: the opening, and the last 500 steps.</p>}
      <ol class="task-course">
        {task.course.map((step, at) => (
          <li key={at}>
            <ClockTime at={step.at} class="quiet" /> <b>{wordOf(step.state)}</b>
            {step.progress !== undefined && ` ${step.progress} %`}{" "}
            {step.owner !== undefined && <Somebody id={step.owner} />}
            {step.by !== undefined && step.by !== step.owner && (
              <span class="quiet">
                {" "}
                by <Somebody id={step.by} />
              </span>
            )}
            {step.note !== undefined && <p class="quiet">{step.note}</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Messages({ taskId }: { taskId: string }) {
  const { hub, messages, url } = useModels();
  const id = useSignal(taskId);
  const thread = useModel(() => new ThreadModel(hub, messages, id));
  const rows = thread.rows.value;
  return (
    <section class="task-messages" aria-label="Its messages">
      <h3>
        Messages <a href={threadHref(taskId)}>Conversation</a>
      </h3>
      <ListState loading={thread.loading.value} isEmpty={rows.length === 0} empty={null}>
        {rows.length > MESSAGES && (
          <p class="quiet">
            The last {MESSAGES} of {rows.length}.
          </p>
        )}
        {rows.slice(-MESSAGES).map(({ message }) => (
          <MessageCard
            key={message.messageId}
            message={message}
            actions={{
              openThread: ({ messageId }) => url.navigate(threadHref(messageId)),
              openInstance: (instanceId) => url.navigate(instanceHref(instanceId)),
            }}
          />
        ))}
      </ListState>
    </section>
  );
}
