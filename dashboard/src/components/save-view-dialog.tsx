import { useSignal } from "@preact/signals";
import { useModels } from "../models/models.ts";
import { saveView, VIEW_NAME_MAX_LENGTH, views } from "../models/views.ts";
import { Dialog } from "./dialog.tsx";
import { DialogForm } from "./dialog-form.tsx";
import { bound, TextField } from "./text-field.tsx";
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
  const name = useSignal(url.param("q").peek().slice(0, VIEW_NAME_MAX_LENGTH));
  const trimmed = name.value.trim();
  const isThere = views.value.some((view) => view.name === trimmed);
  const submit = () => {
    if (trimmed === "") return;
    saveView(trimmed, url.search.peek());
    onClose();
    toast(`“${trimmed}” is in the sidebar and the palette`, { tone: "good" });
  };
  return (
    <DialogForm submit={submit} action="Save" cancel={{ label: "Cancel", run: onClose }} isBlocked={trimmed === ""}>
      <TextField
        label="Name"
        {...bound(name)}
        max={VIEW_NAME_MAX_LENGTH}
        hint={isThere ? "A view of this name is there: this one takes its place." : "This browser keeps it."}
        hasFocus
      />
    </DialogForm>
  );
}
