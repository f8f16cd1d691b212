import { signal, useSignalEffect } from "@preact/signals";
import { CircleAlert, CircleCheck, Info, X } from "lucide";
import { useRef } from "preact/hooks";
import { Button, IconButton } from "./button.tsx";
import { Icon } from "./icon.tsx";
import "./toasts.css";

export interface ToastOptions {
  tone?: "info" | "good" | "bad";
  /** One thing to do about it, such as undoing. */
  action?: { label: string; run(): void };
  /** How long it stays while nobody points at it; what went wrong stays until it is closed. */
  durationMs?: number;
}

interface Toast extends ToastOptions {
  id: number;
  text: string;
}

const DURATION_MS = 5_000;
const MAX_TOASTS = 4;
const ICONS = { info: Info, good: CircleCheck, bad: CircleAlert };

const toasts = signal<readonly Toast[]>([]);
let lastId = 0;

/** Says what happened, in a corner and to screen readers. For what needs an answer there is `confirm`. */
export function toast(text: string, options: ToastOptions = {}): void {
  const id = ++lastId;
  toasts.value = [...toasts.value.filter((other) => other.text !== text), { id, text, ...options }].slice(-MAX_TOASTS);
  if (options.tone !== "bad") setTimeout(() => expire(id), options.durationMs ?? DURATION_MS);
}

function close(id: number): void {
  toasts.value = toasts.value.filter((other) => other.id !== id);
}

function expire(id: number): void {
  if (document.querySelector(`.toasts:is(:hover, :focus-within)`) === null) close(id);
  else setTimeout(() => expire(id), DURATION_MS);
}

/** Where toasts show; stands once in the page, always, since a live region must be there before its news. */
export function Toasts() {
  const region = useRef<HTMLDivElement>(null);
  useSignalEffect(() => {
    // Over a modal dialog is only what entered the top layer after it.
    const popover = region.current;
    if (toasts.value.length > 0 && document.querySelector("dialog:modal") !== null) popover?.hidePopover();
    if (popover?.matches(":popover-open") === false) popover.showPopover();
  });
  return (
    <div class="toasts" popover="manual" ref={region} role="status" aria-live="polite" aria-relevant="additions">
      {toasts.value.map(({ id, text, tone = "info", action }) => (
        <div class="toast" key={id} data-tone={tone}>
          <Icon of={ICONS[tone]} />
          <p>{text}</p>
          {action && (
            <Button
              size="small"
              variant="ghost"
              onClick={() => {
                action.run();
                close(id);
              }}
            >
              {action.label}
            </Button>
          )}
          <IconButton size="small" icon={X} label="Close" onClick={() => close(id)} />
        </div>
      ))}
    </div>
  );
}
