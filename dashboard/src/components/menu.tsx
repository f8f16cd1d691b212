import type { IconNode } from "lucide";
import { Icon } from "./icon.tsx";
import { Popover, type PopoverProps } from "./popover.tsx";
import "./menu.css";

export interface MenuItem {
  label: string;
  icon?: IconNode;
  /** The key that does the same, as it is shown: `r`. */
  shortcut?: string;
  isDanger?: boolean;
  /** Says why it cannot be chosen now. */
  disabledReason?: string;
  run(): void;
}

/** Things to do, behind one button. Arrow keys, Home, End and the first letter move. */
export function Menu(props: Pick<PopoverProps, "trigger" | "label" | "align"> & { items: readonly MenuItem[] }) {
  return (
    <Popover
      trigger={props.trigger}
      label={props.label}
      align={props.align}
      role="menu"
      class="menu"
      onOpen={(menu) => menu.querySelector<HTMLElement>("[role=menuitem]")?.focus()}
      onKeyDown={moveFocus}
    >
      {(close) =>
        props.items.map((item) => (
          <button
            key={item.label}
            type="button"
            role="menuitem"
            tabIndex={-1}
            class="menu-item"
            data-danger={item.isDanger || undefined}
            aria-disabled={item.disabledReason !== undefined || undefined}
            title={item.disabledReason}
            onClick={() => {
              if (item.disabledReason !== undefined) return;
              close();
              item.run();
            }}
          >
            {item.icon && <Icon of={item.icon} />}
            <span>{item.label}</span>
            {item.shortcut !== undefined && <kbd>{item.shortcut}</kbd>}
          </button>
        ))
      }
    </Popover>
  );
}

function moveFocus(event: KeyboardEvent): void {
  if (!(event.currentTarget instanceof HTMLElement)) return;
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=menuitem]")];
  const at = items.findIndex((item) => item.matches(":focus"));
  const target = targetOf(event, items, at);
  if (event.key === "Tab") event.currentTarget.hidePopover();
  if (target === undefined) return;
  event.preventDefault();
  // The page's own shortcuts are single letters too.
  event.stopPropagation();
  target.focus();
}

function targetOf(event: KeyboardEvent, items: HTMLElement[], at: number): HTMLElement | undefined {
  if (event.key === "ArrowDown") return items[(at + 1) % items.length];
  if (event.key === "ArrowUp") return items.at(at <= 0 ? -1 : at - 1);
  if (event.key === "Home") return items[0];
  if (event.key === "End") return items.at(-1);
  if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey) return undefined;
  const rotated = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  return rotated.find((item) => item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()));
}
