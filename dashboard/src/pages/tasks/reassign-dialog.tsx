import { useSignal } from "@preact/signals";
import { TASK_NOTE_LENGTH } from "../../../../shared/limits.ts";
import type { InstanceInfo } from "../../../../shared/message.ts";
import type { Task } from "../../../../shared/tasks.ts";
import { Presence } from "../../components/badge.tsx";
import { Combobox, type ComboboxOption } from "../../components/combobox.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { DialogForm } from "../../components/dialog-form.tsx";
import { bound, TextField } from "../../components/text-field.tsx";
import { toast } from "../../components/toasts.tsx";
import { useModels } from "../../models/models.ts";
import type { Tasks } from "../../models/tasks.ts";
import { titleOf } from "./task-words.ts";

/** Asks who has a task from now on. */
export function ReassignDialog(props: { model: Tasks; task: Task | undefined; onClose(): void }) {
  const { task } = props;
  return (
    <Dialog title="Give this task to another" isOpen={task !== undefined} onClose={props.onClose}>
      {task !== undefined && <Form key={task.taskId} model={props.model} task={task} onDone={props.onClose} />}
    </Dialog>
  );
}

function Form({ model, task, onDone }: { model: Tasks; task: Task; onDone(): void }) {
  const { instances } = useModels();
  const to = useSignal("");
  const note = useSignal("");
  const submit = async () => {
    await model.reassign(task.taskId, to.peek(), note.peek().trim());
    toast(`${to.peek()} has it now`, { tone: "good" });
    onDone();
  };
  return (
    <DialogForm
      submit={submit}
      action="Give it away"
      cancel={{ label: "Keep it", run: onDone }}
      isBlocked={to.value === ""}
    >
      <p>
        “{titleOf(task)}”, which {task.owner ?? `any ${task.role}`} has. It begins anew; who had it and who asked for it
        are told.
      </p>
      <Combobox
        label="Who has it from now on"
        hasVisibleLabel
        placeholder="An instance …"
        value={to.value}
        options={optionsOf(instances.online.value, instances.offline.value, task)}
        onChoose={(value) => {
          to.value = value;
        }}
      />
      <TextField label="Why (for who reads of it)" {...bound(note)} max={TASK_NOTE_LENGTH} />
    </DialogForm>
  );
}

/** Everyone but who has it and who asked for it. */
function optionsOf(online: readonly InstanceInfo[], offline: readonly InstanceInfo[], task: Task): ComboboxOption[] {
  const optionOf = (group: string) => (instance: InstanceInfo) => ({
    group,
    value: instance.instanceId,
    label: instance.instanceId,
    hint: instance.role ?? "",
    mark: <Presence isOnline={instance.status === "online"} />,
  });
  const isOther = ({ instanceId }: InstanceInfo) => instanceId !== task.owner && instanceId !== task.requester;
  return [
    ...online.filter(isOther).map(optionOf("Online")),
    ...offline.filter(isOther).map(optionOf("Offline: it waits there")),
  ];
}
