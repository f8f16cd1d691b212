import { useSignal } from "@preact/signals";
import { useId, useMemo, useRef } from "preact/hooks";
import { fuzzySearch } from "./fuzzy-search.ts";
import { isComposing } from "./is-composing.ts";
import { type Option, OptionList, optionId, sortByGroup } from "./option-list.tsx";
import { OptionPopover } from "./option-popover.tsx";

export interface ComboboxOption extends Option {
  /** What it is also found by. */
  keywords?: string;
}

export interface ComboboxProps {
  label: string;
  /** Shows the label to those who see, too. */
  hasVisibleLabel?: boolean;
  options: readonly ComboboxOption[];
  /** Of the chosen option, or "". */
  value: string;
  /** `isDone`: by Enter or a press, so that what comes next may have the focus; otherwise by leaving the field. */
  onChoose(value: string, isDone: boolean): void;
  placeholder?: string;
  /** Takes what was typed and is no option, such as an address that is offline and forgotten. */
  allowsOther?: boolean;
  isDisabled?: boolean;
  /** What is wrong with the choice; it shows below. */
  error?: string;
}

/** More than this many nobody reads; typing narrows them. */
const MAX_SHOWN = 100;

/** One of many, found by typing some of its letters. Arrow keys, Enter and Escape as everywhere. */
export function Combobox(props: ComboboxProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const isOpen = useSignal(false);
  const typed = useSignal<string | undefined>(undefined);
  const active = useSignal(0);
  const shown = useMemo(
    () =>
      isOpen.value ? sortByGroup(fuzzySearch(props.options, searchText, typed.value ?? "").slice(0, MAX_SHOWN)) : [],
    [props.options, typed.value, isOpen.value],
  );
  const labelOf = (value: string) => props.options.find((option) => option.value === value)?.label ?? value;

  const open = () => {
    if (isOpen.peek()) return;
    isOpen.value = true;
    active.value = Math.max(
      0,
      sortByGroup(props.options).findIndex((option) => option.value === props.value),
    );
  };
  const close = () => {
    isOpen.value = false;
    typed.value = undefined;
  };
  const choose = (value: string, isDone = true) => {
    close();
    props.onChoose(value, isDone);
  };
  const commit = () => {
    const option = shown[active.value];
    const text = typed.value?.trim() ?? "";
    if (option !== undefined) choose(option.value);
    else if (props.allowsOther && text !== "") choose(text);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (move !== undefined) {
      if (isOpen.value) active.value = wrapIndex(active.value, move, shown.length);
      else open();
    } else if (event.key === "Enter" && isOpen.value) commit();
    else if (event.key === "Escape" && isOpen.value) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="field">
      <label for={id} class={props.hasVisibleLabel ? undefined : "visually-hidden"}>
        {props.label}
      </label>
      <input
        id={id}
        ref={field}
        class="input combobox"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        autocapitalize="off"
        aria-expanded={isOpen.value}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={isOpen.value && shown.length > 0 ? optionId(`${id}-list`, active.value) : undefined}
        aria-invalid={props.error !== undefined || undefined}
        aria-describedby={props.error === undefined ? undefined : `${id}-error`}
        placeholder={props.placeholder}
        disabled={props.isDisabled}
        title={labelOf(props.value)}
        value={typed.value ?? labelOf(props.value)}
        onFocus={(event) => event.currentTarget.select()}
        onClick={open}
        onKeyDown={onKeyDown}
        onInput={(event) => {
          open();
          typed.value = event.currentTarget.value;
          active.value = 0;
        }}
        onBlur={() => {
          // A full address that was typed counts without Enter; half a word must not become a choice.
          const text = typed.value?.trim() ?? "";
          const exact = text === "" ? undefined : props.options.find((option) => option.value === text);
          if (exact !== undefined && exact.value !== props.value) choose(exact.value, false);
          else close();
        }}
      />
      <OptionPopover anchor={field} isOpen={isOpen.value}>
        {shown.length === 0 ? (
          <div class="option-none">{props.allowsOther ? "Enter takes it as it is" : "Nothing is called that"}</div>
        ) : (
          <OptionList
            id={`${id}-list`}
            label={props.label}
            options={shown}
            activeIndex={active.value}
            selected={props.value}
            onChoose={(option) => choose(option.value)}
            onPoint={(index) => {
              active.value = index;
            }}
          />
        )}
      </OptionPopover>
      {props.error !== undefined && (
        <p id={`${id}-error`} class="field-error" role="alert">
          {props.error}
        </p>
      )}
    </div>
  );
}

function searchText({ value, label, hint = "", keywords = "" }: ComboboxOption): string {
  return `${value === label ? label : `${label} ${value}`} ${hint} ${keywords}`;
}

/** The next place in a list that goes round by single steps and stops at its ends by larger ones. */
export function wrapIndex(at: number, by: number, count: number): number {
  if (count === 0) return 0;
  if (Math.abs(by) === 1) return (at + by + count) % count;
  return Math.max(0, Math.min(count - 1, at + by));
}
