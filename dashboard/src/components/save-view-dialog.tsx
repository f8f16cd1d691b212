import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { useModels } from "../models/models.ts";
import { saveView, VIEW_NAME_MAX_LENGTH, views } from "../models/views.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { toast } from "./toasts.tsx";

/** Asks under which name to keep what the Command Center shows now. */
export function SaveViewDialog({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  return (
    <Dialog title="Save this view" isOpen={isOpen} onClose={onClose}>
      <SaveViewForm onClose={onClose} />
    </Dialog>
  );
}

function SaveViewForm({ onClose }: { onClose(): void }) {
  const { url } = useModels();
  const id = useId();
  const name = useSignal(url.param("q").peek().slice(0, VIEW_NAME_MAX_LENGTH));
  const trimmed = name.value.trim();
  const isThere = views.value.some((view) => view.name === trimmed);
  return (
    <form
      class="confirm"
      onSubmit={(event) => {
        event.preventDefault();
        if (trimmed === "") return;
        saveView(trimmed, url.search.peek());
        onClose();
        toast(`“${trimmed}” is in the sidebar and the palette`, { tone: "good" });
      }}
    >
      <div class="field">
        <label for={id}>Name</label>
        <input
          id={id}
          class="input"
          data-autofocus
          autocomplete="off"
          dir="auto"
          maxLength={VIEW_NAME_MAX_LENGTH}
          aria-describedby={`${id}-hint`}
          value={name.value}
          onInput={({ currentTarget }) => {
            name.value = currentTarget.value;
          }}
        />
        <p class="field-hint" id={`${id}-hint`}>
          {isThere ? "A view of this name is there: this one takes its place." : "This browser keeps it."}
        </p>
      </div>
      <div class="confirm-buttons">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" disabled={trimmed === ""}>
          Save
        </Button>
      </div>
    </form>
  );
}
