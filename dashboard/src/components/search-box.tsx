import { useSignal } from "@preact/signals";
import { Search, X } from "lucide";
import { useEffect, useId, useRef } from "preact/hooks";
import { IconButton } from "./button.tsx";
import { wrapIndex } from "./combobox.tsx";
import { Icon } from "./icon.tsx";
import { OptionList, optionId } from "./option-list.tsx";
import { OptionPopover } from "./option-popover.tsx";
import type { KnownValues, Suggestion, Suggestions } from "./search-terms.ts";
import "./search-box.css";
import { isComposing } from "./is-composing.ts";
import { lateChunk } from "./late-chunk.ts";

/** Comes when somebody first goes into a search box. */
const termsChunk = lateChunk(() => import("./search-terms.ts"));

export interface SearchBoxProps {
  /** The query that is shown now. */
  query: string;
  /** Called a moment after typing, and at once on Enter, on Escape and when a term was chosen. */
  onSearch(query: string): void;
  /** What of the hub to suggest. */
  known: KnownValues;
  label?: string;
  placeholder?: string;
  /** How many were found; `and more` says that there are others. */
  count?: number;
  hasMore?: boolean;
  /** What the hub says of the query. */
  error?: string;
}

const PAUSE_MS = 250;
const NONE: Suggestions = { start: 0, end: 0, items: [] };

/** A search in the journal, with its operators suggested. Escape clears it; `/` brings the focus here where the page says so. */
export function SearchBox(props: SearchBoxProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const text = useSignal(props.query);
  const suggestions = useSignal<Suggestions>(NONE);
  const active = useSignal(-1);
  /** Somebody clicked or typed before the suggestions were there. */
  const isSuggestWanted = useRef(false);
  const isEntered = useSignal(false);
  const terms = isEntered.value ? termsChunk() : undefined;
  const isOpen = suggestions.value.items.length > 0;
  const label = props.label ?? "Search messages";

  // Back, forward and other parts of the page change the query, too; what is being typed stays.
  useEffect(() => {
    if (document.activeElement !== field.current || props.query === "") text.value = props.query;
  }, [props.query]);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (isSuggestWanted.current && document.activeElement === field.current) suggest();
  }, [terms]);

  const search = (pauseMs: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => text.value !== props.query && props.onSearch(text.value.trim()), pauseMs);
  };
  const close = () => {
    suggestions.value = NONE;
    active.value = -1;
  };
  const suggest = () => {
    isSuggestWanted.current = terms === undefined;
    if (terms === undefined) return;
    const caret = field.current?.selectionStart ?? text.value.length;
    suggestions.value = terms.suggestTerms(text.value, caret, props.known, Date.now());
    active.value = -1;
  };
  const write = (query: string, caret: number) => {
    text.value = query;
    const input = field.current;
    if (input === null) return;
    input.value = query;
    input.focus();
    input.setSelectionRange(caret, caret);
  };
  const choose = (suggestion: Suggestion) => {
    if (terms === undefined) return;
    const next = terms.applySuggestion(text.value, suggestions.value, suggestion);
    write(next.query, next.caret);
    if (suggestion.value.endsWith(":")) return suggest();
    close();
    search(0);
  };
  const clear = () => {
    write("", 0);
    close();
    search(0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    const { items } = suggestions.value;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const chosen = items[active.value];
    if (move !== undefined && isOpen)
      active.value = active.value < 0 && move < 0 ? items.length - 1 : wrapIndex(active.value, move, items.length);
    else if (move === 1) suggest();
    else if ((event.key === "Enter" || event.key === "Tab") && chosen !== undefined) choose(chosen);
    else if (event.key === "Enter") {
      close();
      search(0);
    } else if (event.key === "Escape" && isOpen) close();
    else if (event.key === "Escape" && text.value !== "") clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <search class="search-box">
      <div class="search-frame" ref={frame} data-invalid={props.error !== undefined || undefined}>
        <Icon of={Search} />
        <input
          ref={field}
          role="combobox"
          aria-label={label}
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={isOpen && active.value >= 0 ? optionId(`${id}-list`, active.value) : undefined}
          aria-invalid={props.error !== undefined || undefined}
          aria-describedby={`${id}-count ${id}-error`}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          placeholder={props.placeholder ?? "Search: words, from:alice, is:unanswered …"}
          value={text.value}
          onKeyDown={onKeyDown}
          onFocus={() => {
            isEntered.value = true;
          }}
          onClick={suggest}
          onBlur={close}
          onInput={(event) => {
            text.value = event.currentTarget.value;
            suggest();
            search(PAUSE_MS);
          }}
        />
        <span id={`${id}-count`} class="search-count" role="status">
          {describeCount(props)}
        </span>
        {text.value !== "" && <IconButton size="small" icon={X} label="Clear" shortcut="Esc" onClick={clear} />}
      </div>
      <p id={`${id}-error`} class="field-error" role="alert">
        {props.error}
      </p>
      <OptionPopover anchor={frame} isOpen={isOpen}>
        <OptionList
          id={`${id}-list`}
          label="Search terms"
          options={suggestions.value.items}
          activeIndex={active.value}
          onChoose={choose}
          onPoint={(index) => {
            active.value = index;
          }}
        />
      </OptionPopover>
    </search>
  );
}

function describeCount({ query, error, count, hasMore }: SearchBoxProps): string {
  if (query === "" || error !== undefined || count === undefined) return "";
  if (count === 0) return "nothing found";
  return `${count.toLocaleString("en")}${hasMore ? " and more" : ""} found`;
}
