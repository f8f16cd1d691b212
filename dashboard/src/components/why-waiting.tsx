import { useSignal } from "@preact/signals";
import { Eraser, RotateCcw } from "lucide";
import { useEffect } from "preact/hooks";
import type { InstanceInfo } from "../../../shared/message.ts";
import type { DeadLetter } from "../../../shared/rest.ts";
import { path } from "../adapter/rest.ts";
import { instanceHref } from "../links.ts";
import type { StoredMessage } from "../models/message-store.ts";
import { useModels } from "../models/models.ts";
import {
  describeDuration,
  describeMoment,
  expiryOf,
  type WhyWaiting as Why,
  whyWaiting,
} from "../models/why-waiting.ts";
import { askFlush } from "./ask-flush.ts";
import { STATE_MEANINGS } from "./badge.tsx";
import { Button } from "./button.tsx";
import { PauseControl, PauseFact } from "./pause-control.tsx";
import { ReassignTask } from "./reassign-task.tsx";
import { toast } from "./toasts.tsx";
import { useRefusal } from "./use-refusal.ts";

/** Why a message has not arrived, in a sentence, and what can be done about it at once. */
export function WhyWaiting({ message }: { message: StoredMessage }) {
  const { instances, hub, session } = useModels();
  const { refusal, act } = useRefusal();
  const instance = instances.byId.value.get(message.to);
  const why = whyWaiting(message, instance);
  if (why === null) return null;
  const depth = instance?.queueDepth ?? 0;
  const flush = () =>
    askFlush(message.to, depth, async () => {
      const { count } = await hub.rest.delete<{ count: number }>(path`/api/queue/${message.to}`);
      return count;
    });
  return (
    <section class="why-waiting" aria-label="Why it has not arrived">
      {why.kind === "ended" ? (
        <Ended message={message} act={act} />
      ) : (
        <>
          <p>
            <Cause why={why} message={message} />
          </p>
          {why.kind !== "unknown" && depth > 0 && (
            <p>{depth === 1 ? "Only this one waits for it." : `${depth.toLocaleString("en")} messages wait for it.`}</p>
          )}
          <p>Given up {describeMoment(expiryOf(message), Date.now())}, if it has not arrived by then.</p>
          <div class="why-actions">
            {instance && <Open instance={instance} />}
            {instance && why.kind === "paused" && <PauseControl instance={instance} attempt={(run) => act(run())} />}
            {depth > 0 && session.canRemove.value(message.to) && (
              <Button size="small" icon={Eraser} onClick={() => void act(flush())}>
                Flush queue
              </Button>
            )}
          </div>
        </>
      )}
      {message.type === "task" && why.kind !== "ended" && <ReassignTask message={message} />}
      {refusal.value !== undefined && (
        <p class="field-error" role="alert">
          {refusal.value}
        </p>
      )}
    </section>
  );
}

function Cause({ why, message }: { why: Exclude<Why, { kind: "ended" }>; message: StoredMessage }) {
  const who = <b title={message.to}>{nameOf(message.to)}</b>;
  switch (why.kind) {
    case "unknown":
      return <>{who} is not on the list any more: it was removed, or goes by another id by now.</>;
    case "paused":
      return (
        <>
          {who} is paused <PauseFact paused={why.paused} />
        </>
      );
    case "offline":
      return (
        <>
          {who} is offline for {describeDuration(Date.now() - Date.parse(why.since))}.
        </>
      );
    case "pull":
      return <>{who} gets messages when it asks for them: nothing wakes it.</>;
    case "untaken":
      return <>Written to the connection of {who}, whose session has not taken it yet.</>;
    case "coming":
      return <>{who} is online and gets it in its turn.</>;
  }
}

function Open({ instance }: { instance: InstanceInfo }) {
  return (
    <a class="button" data-size="small" href={instanceHref(instance.instanceId)}>
      Show its queue
    </a>
  );
}

/** What its dead letter says; those that were forgotten or dropped say no more than their state. */
function Ended({ message, act }: { message: StoredMessage; act(run: Promise<unknown>): Promise<void> }) {
  const { hub, session, messages } = useModels();
  const letter = useSignal<DeadLetter | undefined>(undefined);
  const isBusy = useSignal(false);
  const { messageId, state } = message;
  useEffect(() => {
    const find = (letters: DeadLetter[]) => {
      letter.value = letters.find((each) => each.messageId === messageId);
    };
    void act(hub.rest.get<DeadLetter[]>("/api/dead-letters").then(find));
  }, [hub, messageId, state]);
  const retry = async () => {
    isBusy.value = true;
    try {
      await hub.rest.post(path`/api/dead-letters/${messageId}/retry`);
      messages.put(retried(message));
      toast("It waits in its queue again", { tone: "good" });
    } finally {
      isBusy.value = false;
    }
  };
  const reason = letter.value?.reason;
  return (
    <>
      <p>
        {STATE_MEANINGS[state]}
        {reason === undefined ? "." : `: ${reason}.`}
      </p>
      {letter.value?.message !== undefined && session.isAdmin.value && (
        <div class="why-actions">
          <Button size="small" icon={RotateCcw} isBusy={isBusy.value} onClick={() => void act(retry())}>
            Retry
          </Button>
        </div>
      )}
    </>
  );
}

/** No event says that it waits again. Later than its end, and earlier than whatever the hub tells next, whatever this clock says. */
function retried(message: StoredMessage): StoredMessage {
  const endedAt = Date.parse(message.history.at(-1)?.at ?? message.timestamp);
  const step = { state: "queued" as const, at: new Date(endedAt + 1).toISOString() };
  return { ...message, state: "queued", history: [...message.history, step] };
}

/** `mia@desk:web` of a whole id, whose session says nothing in a sentence. */
function nameOf(instanceId: string): string {
  return instanceId.split("/", 1)[0] ?? instanceId;
}
