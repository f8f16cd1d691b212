import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { Button } from "./button.tsx";
import type { Asked } from "./confirm-dialog.tsx";
import { Dialog } from "./dialog.tsx";

/** Asks what `confirm` was given. */
export function ConfirmQuestion({ question }: { question: Asked | undefined }) {
  return (
    <Dialog
      title={question?.title ?? ""}
      isOpen={question !== undefined}
      onClose={() => question?.answer(false)}
      role="alertdialog"
    >
      {question && <Answer key={question.id} question={question} />}
    </Dialog>
  );
}

function Answer({ question }: { question: Asked }) {
  const id = useId();
  const typed = useSignal("");
  const isBlocked = question.typed !== undefined && typed.value.trim() !== question.typed;
  return (
    <form
      class="confirm"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBlocked) question.answer(true);
      }}
    >
      {question.body !== undefined && <div class="confirm-body">{question.body}</div>}
      {question.typed !== undefined && (
        <div class="field">
          <label for={id}>
            Type <code>{question.typed}</code> to go on
          </label>
          <input
            id={id}
            class="input mono"
            data-autofocus
            autocomplete="off"
            spellcheck={false}
            value={typed.value}
            onInput={(event) => {
              typed.value = event.currentTarget.value;
            }}
          />
        </div>
      )}
      <div class="confirm-buttons">
        {/* Where Enter is pressed without reading, nothing is lost. */}
        <Button data-autofocus={question.typed === undefined || undefined} onClick={() => question.answer(false)}>
          Cancel
        </Button>
        <Button type="submit" variant={question.isDanger === false ? "primary" : "danger"} disabled={isBlocked}>
          {question.action}
        </Button>
      </div>
    </form>
  );
}
