import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { PAUSE_REASON_MAX_LENGTH } from "../../../shared/limits.ts";
import { useModels } from "../models/models.ts";
import { pause, wordsForTarget } from "../models/pauses.ts";
import { wordsOf } from "../models/refresher.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
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
  const id = useId();
  const reason = useSignal("");
  const isBusy = useSignal(false);
  const refusal = useSignal<string | undefined>(undefined);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy.peek()) return;
    isBusy.value = true;
    try {
      await pause(hub, target, reason.peek());
      onClose();
      toast(`${capitalized(wordsForTarget(target))} is paused`, { tone: "good" });
    } catch (error) {
      refusal.value = wordsOf(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <form class="confirm" onSubmit={(event) => void submit(event)}>
      <p class="confirm-body">
        What is sent to it waits, and comes in order when you resume it. What it sends is refused, but for messages to
        people and word that a task is stuck or has failed.
      </p>
      <div class="field">
        <label for={`${id}-reason`}>Reason</label>
        <input
          id={`${id}-reason`}
          class="input"
          data-autofocus
          autocomplete="off"
          dir="auto"
          maxLength={PAUSE_REASON_MAX_LENGTH}
          aria-describedby={`${id}-hint`}
          value={reason.value}
          onInput={(event) => {
            reason.value = event.currentTarget.value;
          }}
        />
        <p class="field-hint" id={`${id}-hint`}>
          Shown to it, and to who writes to it. May be left empty.
        </p>
      </div>
      {refusal.value !== undefined && (
        <p class="field-error" role="alert">
          {refusal.value}
        </p>
      )}
      <div class="confirm-buttons">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={isBusy.value}>
          Pause
        </Button>
      </div>
    </form>
  );
}

function capitalized(text: string): string {
  return text.includes("@") ? text : text.slice(0, 1).toUpperCase() + text.slice(1);
}
