import type { ComponentType } from "preact";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { Later } from "./later.tsx";
import { hideOverlay, openOverlay, pauseTarget, showOverlay } from "./open-overlay.ts";
import { type Shortcut, useShortcutKeys, useShortcuts } from "./shortcuts.ts";
import { Toasts } from "./toasts.tsx";
import { Tooltip } from "./tooltip.tsx";

const SHORTCUTS: readonly Shortcut[] = [
  { keys: "$mod+k", label: "Command palette", group: "Everywhere", isGlobal: true, run: () => showOverlay("palette") },
  { keys: "[Shift]+?", label: "This help", group: "Everywhere", run: () => showOverlay("help") },
  { keys: "Escape", label: "Close what is on top", group: "Everywhere" },
  { keys: "r", label: "Reply", group: "On a message", selector: onMessage("r") },
  { keys: "t", label: "Open its thread", group: "On a message", selector: onMessage("t") },
  { keys: "x", label: "Show what was said round it", group: "On a message", selector: onMessage("x") },
  { keys: "i", label: "Show all its fields", group: "On a message", selector: onMessage("i") },
  { keys: "c", label: "Copy its text", group: "On a message", selector: ".message-card" },
];

/** A message that offers what this key does. */
function onMessage(key: string): string {
  return `.message-card [aria-keyshortcuts="${key}"]`;
}

const loadHelp = async () => (await import("./shortcut-help.tsx")).ShortcutHelp;
const loadPause = async () => (await import("./pause-dialog.tsx")).PauseDialog;
const loadSettings = async () => (await import("./settings-dialog.tsx")).SettingsDialog;
const loadView = async () => (await import("./save-view-dialog.tsx")).SaveViewDialog;
const loadJoin = async () => (await import("./join-dialog.tsx")).JoinDialog;

/** Of the palette, which whoever knows all commands brings. */
export interface PaletteProps {
  isOpen: boolean;
  onClose(): void;
}

/** All that may lie over a page: palette, help, questions, toasts, tips. Stands once, beside the pages. */
export function Overlays({ loadPalette }: { loadPalette(): Promise<ComponentType<PaletteProps>> }) {
  useShortcuts(SHORTCUTS);
  useShortcutKeys();
  const open = openOverlay.value;
  const close = { onClose: hideOverlay };
  return (
    <>
      <Later isWanted={open === "palette"} load={loadPalette} props={{ ...close, isOpen: open === "palette" }} />
      <Later isWanted={open === "help"} load={loadHelp} props={{ ...close, isOpen: open === "help" }} />
      <Later isWanted={open === "join"} load={loadJoin} props={{ ...close, isOpen: open === "join" }} />
      <Later
        isWanted={open === "pause"}
        load={loadPause}
        props={{ ...close, isOpen: open === "pause", target: pauseTarget.value }}
      />
      <Later isWanted={open === "settings"} load={loadSettings} props={{ ...close, isOpen: open === "settings" }} />
      <Later isWanted={open === "view"} load={loadView} props={{ ...close, isOpen: open === "view" }} />
      <ConfirmDialog />
      <Toasts />
      <Tooltip />
    </>
  );
}
