import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { isEnded } from "../../../shared/task-state.ts";
import type { Task } from "../../../shared/tasks.ts";
import { path } from "../adapter/rest.ts";
import type { StoredMessage } from "../models/message-store.ts";
import { useModels } from "../models/models.ts";
import { Button } from "./button.tsx";
import { toast } from "./toasts.tsx";
import { useRefusal } from "./use-refusal.ts";

/** Gives the task that a message opened to another instance (T6); nothing for what has ended, or is not one's to give. */
export function ReassignTask({ message }: { message: StoredMessage }) {
  const { hub, instances, session } = useModels();
  const { refusal, act } = useRefusal();
  const id = useId();
  const task = useSignal<Task | undefined>(undefined);
  const to = useSignal("");
  const { messageId } = message;
  useEffect(() => {
    // Without an answer there is no task: a message that is older than the ledger, or an ended one that was forgotten.
    hub.rest.get<Task>(path`/api/tasks/${messageId}`).then(
      (found) => {
        task.value = found;
      },
      () => undefined,
    );
  }, [hub, messageId]);
  const { state, owner, requester, role = message.role } = task.value ?? {};
  const mayGive = [owner, requester].some((party) => party !== undefined && session.canRemove.value(party));
  if (state === undefined || isEnded(state) || !(mayGive || session.isAdmin.value)) return null;
  // Who has the role first: they were meant.
  const others = instances.online.value
    .filter(({ instanceId }) => instanceId !== owner && instanceId !== hub.participant.instanceId.value)
    .toSorted((a, b) => Number(b.role === role) - Number(a.role === role));
  const give = async () => {
    await hub.rest.post(path`/api/tasks/${messageId}/reassign`, { to: to.peek() });
    toast("The task is the other's", { tone: "good" });
  };
  return (
    <form
      class="why-reassign"
      onSubmit={(event) => {
        event.preventDefault();
        void act(give());
      }}
    >
      <label for={id}>Give the task to</label>
      <select
        id={id}
        class="input"
        value={to.value}
        onChange={(event) => {
          to.value = event.currentTarget.value;
        }}
      >
        <option value="">choose …</option>
        {others.map(({ instanceId, role: theirs }) => (
          <option key={instanceId} value={instanceId}>
            {theirs === undefined || theirs === "" ? instanceId : `${theirs}: ${instanceId}`}
          </option>
        ))}
      </select>
      <Button type="submit" size="small" disabled={to.value === ""}>
        Reassign
      </Button>
      {refusal.value !== undefined && (
        <p class="field-error" role="alert">
          {refusal.value}
        </p>
      )}
    </form>
  );
}
