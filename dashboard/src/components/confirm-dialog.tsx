import { signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";

export interface ConfirmQuestion {
  /** Names what goes, whole: `Remove bob@server:api/… and its 12 waiting messages?` */
  title: string;
  /** What follows from it, and whether it can be undone. */
  body?: ComponentChildren;
  /** The verb on the button: `Remove`, `Flush 12 messages`. */
  action: string;
  /** False for what destroys nothing. */
  isDanger?: boolean;
  /** For what hurts most: this text must be typed first. */
  typed?: string;
}

interface Asked extends ConfirmQuestion {
  id: number;
  answer(isYes: boolean): void;
}

const asked = signal<Asked | undefined>(undefined);
let lastId = 0;

/** Asks before something is destroyed, and resolves to whether to do it. A second question answers the first with no. */
export function confirm(question: ConfirmQuestion): Promise<boolean> {
  asked.value?.answer(false);
  return new Promise((resolve) => {
    asked.value = {
      ...question,
      id: ++lastId,
      answer: (isYes) => {
        asked.value = undefined;
        resolve(isYes);
      },
    };
  });
}

/** Where `confirm` asks; stands once in the page. */
export function ConfirmDialog() {
  const question = asked.value;
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
