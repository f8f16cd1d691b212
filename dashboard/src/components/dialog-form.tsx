import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { wordsOf } from "../models/refresher.ts";
import { Button } from "./button.tsx";

export interface DialogFormProps {
  /** Does it. While it works it is not done twice; what it throws is said, and the form stays as it is. */
  submit(): Promise<void> | void;
  /** The verb on the button. */
  action: string;
  /** Undefined where the cross of the dialog is enough. */
  cancel?: { label: string; run(): void };
  /** There is nothing to be done yet. */
  isBlocked?: boolean;
  /** The form itself says what is wrong with a field, and not the browser. */
  hasOwnWords?: boolean;
  children: ComponentChildren;
}

/** What a dialog asks for, and its buttons. A refusal is forgotten with the next letter that is typed. */
export function DialogForm({ submit, action, cancel, isBlocked = false, hasOwnWords, children }: DialogFormProps) {
  const isBusy = useSignal(false);
  const refusal = useSignal<string | undefined>(undefined);
  const forget = () => {
    refusal.value = undefined;
  };
  const onSubmit = async (event: Event) => {
    event.preventDefault();
    if (isBusy.peek()) return;
    isBusy.value = true;
    forget();
    try {
      await submit();
    } catch (error) {
      refusal.value = wordsOf(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <form class="dialog-form" noValidate={hasOwnWords} onSubmit={(event) => void onSubmit(event)} onInput={forget}>
      {children}
      {refusal.value !== undefined && (
        <p class="field-error" role="alert">
          {refusal.value}
        </p>
      )}
      <div class="confirm-buttons">
        {cancel !== undefined && <Button onClick={cancel.run}>{cancel.label}</Button>}
        <Button type="submit" variant="primary" isBusy={isBusy.value} disabled={isBlocked}>
          {action}
        </Button>
      </div>
    </form>
  );
}
