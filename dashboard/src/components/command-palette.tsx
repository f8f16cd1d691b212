import { useModel, useSignal } from "@preact/signals";
import { useId, useMemo } from "preact/hooks";
import type { MessageRecord } from "../../../shared/history.ts";
import { contextHref } from "../links.ts";
import { FindMessagesModel } from "../models/find-messages.ts";
import { firstLine } from "../models/first-line.ts";
import { type Models, useModels } from "../models/models.ts";
import { viewHref, views } from "../models/views.ts";
import { wrapIndex } from "./combobox.tsx";
import { excerptOf } from "./found-words.ts";
import { fuzzySearch } from "./fuzzy-search.ts";
import { type Option, OptionList, optionId, sortByGroup } from "./option-list.tsx";
import { useModal } from "./use-modal.ts";
import "./command-palette.css";
import { isComposing } from "./is-composing.ts";

/** Something that can be done or gone to, from anywhere. */
export interface Command extends Option {
  /** What it is also found by. */
  keywords?: string;
  run(): void;
}

const MAX_SHOWN = 60;

/**
 * Everything by a few letters. `commands` is called when it opens, so that it may list what is there at that moment: pages,
 * instances, topics, actions.
 */
export function CommandPalette(props: { isOpen: boolean; onClose(): void; commands(): readonly Command[] }) {
  const modal = useModal(props.isOpen, props.onClose, "input");
  return (
    <dialog {...modal} class="command-palette" aria-label="Commands" closedby="any">
      {props.isOpen && <Palette commands={props.commands} close={props.onClose} />}
    </dialog>
  );
}

function Palette({ commands, close }: { commands(): readonly Command[]; close(): void }) {
  const id = useId();
  const typed = useSignal("");
  const active = useSignal(0);
  const models = useModels();
  const messages = useModel(() => new FindMessagesModel(models.hub));
  const all = useMemo(() => [...listViews(models), ...commands()], []);
  const found = messages.found.value;
  const shown = useMemo(
    () => [
      ...sortByGroup(fuzzySearch(all, searchText, typed.value).slice(0, MAX_SHOWN)),
      ...found.map((message) => toCommand(message, typed.peek(), models)),
    ],
    [all, typed.value, found],
  );
  const run = (command: Command | undefined) => {
    if (command === undefined) return;
    close();
    // Behind the dialog's own giving back of the focus, which would undo what the command focuses.
    queueMicrotask(() => command.run());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (move !== undefined) active.value = wrapIndex(active.value, move, shown.length);
    else if (event.key === "Enter") run(shown[active.value]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        class="command-field"
        role="combobox"
        aria-label="Find a command, an instance, a topic"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={shown.length > 0 ? optionId(`${id}-list`, active.value) : undefined}
        autocomplete="off"
        spellcheck={false}
        placeholder="Go to, do, find a session, a topic, a message …"
        value={typed.value}
        onKeyDown={onKeyDown}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          active.value = 0;
          messages.ask(typed.value);
        }}
      />
      {shown.length === 0 && <p class="option-none">Nothing is called that</p>}
      <OptionList
        id={`${id}-list`}
        label="Commands"
        options={shown}
        activeIndex={active.value}
        onChoose={(option) => run(shown.find(({ value }) => value === option.value))}
        onPoint={(index) => {
          active.value = index;
        }}
      />
    </>
  );
}

function listViews({ url }: Models): Command[] {
  return views.value.map((view) => ({
    value: `view ${view.name}`,
    label: view.name,
    group: "Views",
    run: () => url.navigate(viewHref(view)),
  }));
}

/** Opens the message among what was said round it, with what was typed marked. */
function toCommand({ messageId, content, from, timestamp }: MessageRecord, typed: string, { url }: Models): Command {
  const parts = excerptOf(content, typed, firstLine(content).length);
  return {
    value: messageId,
    label: parts === undefined ? firstLine(content) : `… ${parts.join("")}`,
    hint: `${from}, ${new Date(timestamp).toLocaleString()}`,
    group: "Messages",
    run: () => url.navigate(`${contextHref(messageId)}&${new URLSearchParams({ q: typed })}`),
  };
}

function searchText({ label, hint = "", group = "", keywords = "" }: Command): string {
  return `${label} ${hint} ${group} ${keywords}`;
}
