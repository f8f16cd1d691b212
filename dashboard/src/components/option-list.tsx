import type { ComponentChildren } from "preact";
import { useLayoutEffect } from "preact/hooks";
import "./option-list.css";

export interface Option {
  /** Tells it from the others of its list. */
  value: string;
  label: string;
  /** Why somebody might want it, or what state it is in; beside the label, and quieter. */
  hint?: string;
  /** Options of one group stand together under its name. */
  group?: string;
  /** Before the label, such as a presence dot. */
  mark?: ComponentChildren;
}

export interface OptionListProps<T extends Option> {
  id: string;
  label: string;
  /** Those of one group stand side by side. */
  options: readonly T[];
  activeIndex: number;
  /** That which is chosen already. */
  selected?: string;
  onChoose(option: T): void;
  onPoint(index: number): void;
}

/** The list of a combobox. The focus stays in its field, which names the active option by `optionId`. */
export function OptionList<T extends Option>(props: OptionListProps<T>) {
  const { id, options, activeIndex } = props;
  useLayoutEffect(() => {
    document.getElementById(optionId(id, activeIndex))?.scrollIntoView({ block: "nearest" });
  }, [id, activeIndex]);
  return (
    <div id={id} class="option-list" role="listbox" aria-label={props.label}>
      {groupOptions(options).map((group) => (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
        <div key={group.name} role="group" aria-label={group.name || undefined}>
          {group.name !== "" && (
            <div class="option-group" aria-hidden="true">
              {group.name}
            </div>
          )}
          {group.options.map((option, offset) => (
            <OptionRow key={option.value} {...props} option={option} index={group.start + offset} />
          ))}
        </div>
      ))}
    </div>
  );
}

export function optionId(listId: string, index: number): string {
  return `${listId}-${index}`;
}

/** Puts the options of each group side by side, groups in the order of their best option. */
export function sortByGroup<T extends Option>(options: readonly T[]): T[] {
  return [...Map.groupBy(options, ({ group }) => group).values()].flat();
}

function OptionRow<T extends Option>(props: OptionListProps<T> & { option: T; index: number }) {
  const { option, index } = props;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: its keys are those of the field that has the focus
    <div
      id={optionId(props.id, index)}
      class="option"
      role="option"
      aria-selected={option.value === props.selected || index === props.activeIndex}
      data-active={index === props.activeIndex || undefined}
      onPointerMove={() => index !== props.activeIndex && props.onPoint(index)}
      // The field would lose the focus, and with it the list.
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => props.onChoose(option)}
    >
      {option.mark}
      <span class="ellipsis">{option.label}</span>
      {option.hint !== undefined && <span class="option-hint ellipsis">{option.hint}</span>}
    </div>
  );
}

function groupOptions<T extends Option>(options: readonly T[]): { name: string; start: number; options: T[] }[] {
  const groups: { name: string; start: number; options: T[] }[] = [];
  for (const [index, option] of options.entries()) {
    const name = option.group ?? "";
    const last = groups.at(-1);
    if (last?.name === name) last.options.push(option);
    else groups.push({ name, start: index, options: [option] });
  }
  return groups;
}
