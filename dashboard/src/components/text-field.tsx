import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";

export interface TextFieldProps {
  label: string;
  value: string;
  onInput(text: string): void;
  /** What to write, or what follows from it. */
  hint?: string;
  /** What is wrong with it; stands in the place of the hint. */
  error?: string | undefined;
  type?: "text" | "datetime-local";
  placeholder?: string;
  max?: number;
  isRequired?: boolean;
  /** It is a name of the hub's, and no text of people's. */
  isCode?: boolean;
  /** It has the focus when its dialog opens. */
  hasFocus?: boolean;
  /** Offered while one types. */
  known?: readonly string[];
}

/** What such a field takes of a signal that holds its text. */
export function bound(text: Signal<string>): Pick<TextFieldProps, "value" | "onInput"> {
  return {
    value: text.value,
    onInput(value) {
      text.value = value;
    },
  };
}

/** One line of text, with its label, and its hint or error below. */
export function TextField(props: TextFieldProps) {
  const { label, hint, error, isCode, known } = props;
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type={props.type ?? "text"}
        class={isCode ? "input mono" : "input"}
        data-autofocus={props.hasFocus || undefined}
        list={known && `${id}-known`}
        required={props.isRequired}
        autocomplete="off"
        autocapitalize={isCode ? "off" : undefined}
        spellcheck={!isCode}
        dir={isCode ? undefined : "auto"}
        maxLength={props.max}
        placeholder={props.placeholder}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={hint === undefined && error === undefined ? undefined : `${id}-words`}
        value={props.value}
        onInput={({ currentTarget }) => props.onInput(currentTarget.value)}
      />
      {error !== undefined ? (
        <p class="field-error" id={`${id}-words`} role="alert">
          {error}
        </p>
      ) : (
        hint !== undefined && (
          <p class="field-hint" id={`${id}-words`}>
            {hint}
          </p>
        )
      )}
      {known !== undefined && (
        <datalist id={`${id}-known`}>
          {known.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </div>
  );
}
