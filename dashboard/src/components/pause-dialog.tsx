import { useSignal } from "@preact/signals";
import { PAUSE_REASON_MAX_LENGTH } from "../../../shared/limits.ts";
import { useModels } from "../models/models.ts";
import { pause, wordsForTarget } from "../models/pauses.ts";
import { Dialog } from "./dialog.tsx";
import { DialogForm } from "./dialog-form.tsx";
import { bound, TextField } from "./text-field.tsx";
import { toast } from "./toasts.tsx";

export interface PauseDialogProps {
  isOpen: boolean;
  /** `all`, `project:<name>` or an instance id. */
  target: string;
  onClose(): void;
}

/** Asks why, and pauses. */
export function PauseDialog({ isOpen, target, onClose }: PauseDialogProps) {
  return (
    <Dialog title={`Pause ${wordsForTarget(target)}`} isOpen={isOpen} onClose={onClose}>
      <PauseForm target={target} onClose={onClose} />
    </Dialog>
  );
}

function PauseForm({ target, onClose }: Omit<PauseDialogProps, "isOpen">) {
  const { hub } = useModels();
  const reason = useSignal("");
  const submit = async () => {
    await pause(hub, target, reason.peek());
    onClose();
    toast(`${capitalized(wordsForTarget(target))} is paused`, { tone: "good" });
  };
  return (
    <DialogForm submit={submit} action="Pause" cancel={{ label: "Cancel", run: onClose }}>
      <p class="confirm-body">
        What is sent to it waits, and comes in order when you resume it. What it sends is refused, but for messages to
        people and word that a task is stuck or has failed.
      </p>
      <TextField
        label="Reason"
        {...bound(reason)}
        max={PAUSE_REASON_MAX_LENGTH}
        hint="Shown to it, and to who writes to it. May be left empty."
        hasFocus
      />
    </DialogForm>
  );
}

function capitalized(text: string): string {
  return text.includes("@") ? text : text.slice(0, 1).toUpperCase() + text.slice(1);
}
