import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { topicHref } from "../../links.ts";
import { useModels } from "../../models/models.ts";
import { wordsOf } from "../../models/refresher.ts";
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
  const id = useId();
  const name = useSignal("");
  const isKept = useSignal(false);
  const isBusy = useSignal(false);
  const isTried = useSignal(false);
  const refusal = useSignal<string | undefined>(undefined);
  const text = name.value.trim();
  const problem = text === "" ? (isTried.value ? "Give it a name." : undefined) : checkTopicName(text);
  const isKnown = topics.byName.value.has(text);
  const error = problem ?? (isKnown ? "There is a topic of this name already." : undefined) ?? refusal.value;
  const submit = async (event: Event) => {
    event.preventDefault();
    isTried.value = true;
    if (text === "" || error !== undefined || isBusy.peek()) return;
    isBusy.value = true;
    try {
      await topics.create(text, !isKept.peek());
      onDone();
      url.navigate(topicHref(text));
    } catch (failure) {
      refusal.value = wordsOf(failure);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <form class="topic-form" noValidate onSubmit={(event) => void submit(event)}>
      <div class="field">
        <label for={`${id}-name`}>Name</label>
        <input
          id={`${id}-name`}
          class="input mono"
          data-autofocus
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder="project/area"
          aria-invalid={error !== undefined}
          aria-describedby={`${id}-${error === undefined ? "hint" : "error"}`}
          value={name.value}
          onInput={(event) => {
            name.value = event.currentTarget.value;
            refusal.value = undefined;
          }}
        />
        {error === undefined ? (
          <p class="field-hint" id={`${id}-hint`}>
            Lower case, up to four parts joined by /.
          </p>
        ) : (
          <p class="field-error" id={`${id}-error`} role="alert">
            {error}
          </p>
        )}
      </div>
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
      <div class="confirm-buttons">
        <Button type="submit" variant="primary" isBusy={isBusy.value}>
          Create topic
        </Button>
      </div>
    </form>
  );
}
