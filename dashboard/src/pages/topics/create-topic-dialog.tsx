import { useSignal } from "@preact/signals";
import { Dialog } from "../../components/dialog.tsx";
import { DialogForm } from "../../components/dialog-form.tsx";
import { bound, TextField } from "../../components/text-field.tsx";
import { topicHref } from "../../links.ts";
import { useModels } from "../../models/models.ts";
import { checkTopicName } from "../../models/topic-name.ts";

export function CreateTopicDialog({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  return (
    <Dialog title="New topic" isOpen={isOpen} onClose={onClose}>
      <CreateTopicForm onDone={onClose} />
    </Dialog>
  );
}

function CreateTopicForm({ onDone }: { onDone(): void }) {
  const { topics, url } = useModels();
  const name = useSignal("");
  const isKept = useSignal(false);
  const isTried = useSignal(false);
  const text = name.value.trim();
  const problem = text === "" ? (isTried.value ? "Give it a name." : undefined) : checkTopicName(text);
  const error = problem ?? (topics.byName.value.has(text) ? "There is a topic of this name already." : undefined);
  const submit = async () => {
    isTried.value = true;
    if (text === "" || error !== undefined) return;
    await topics.create(text, !isKept.peek());
    onDone();
    url.navigate(topicHref(text));
  };
  return (
    <DialogForm submit={submit} action="Create topic" hasOwnWords>
      <TextField
        label="Name"
        {...bound(name)}
        placeholder="project/area"
        hint="Lower case, up to four parts joined by /."
        error={error}
        isCode
        hasFocus
      />
      <label class="topic-check">
        <input
          type="checkbox"
          checked={isKept.value}
          onChange={(event) => {
            isKept.value = event.currentTarget.checked;
          }}
        />
        Keep it when nobody is subscribed
      </label>
    </DialogForm>
  );
}
