import type { Command } from "./command-palette.tsx";
import { CommandPalette, openCommandPalette } from "./command-palette.tsx";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { openShortcutHelp, ShortcutHelp } from "./shortcut-help.tsx";
import { type Shortcut, useShortcutKeys, useShortcuts } from "./shortcuts.ts";
import { Toasts } from "./toasts.tsx";
import { Tooltip } from "./tooltip.tsx";

const SHORTCUTS: readonly Shortcut[] = [
  { keys: "$mod+k", label: "Command palette", group: "Everywhere", isGlobal: true, run: openCommandPalette },
  { keys: "Shift+?", label: "This help", group: "Everywhere", run: openShortcutHelp },
  { keys: "Escape", label: "Close what is on top", group: "Everywhere" },
  { keys: "r", label: "Reply", group: "On a message" },
  { keys: "t", label: "Open its thread", group: "On a message" },
  { keys: "c", label: "Copy its text", group: "On a message" },
];

/** All that may lie over a page: palette, help, questions, toasts, tips. Stands once, beside the pages. */
export function Overlays({ commands }: { commands(): readonly Command[] }) {
  useShortcuts(SHORTCUTS);
  useShortcutKeys();
  return (
    <>
      <CommandPalette commands={commands} />
      <ShortcutHelp />
      <ConfirmDialog />
      <Toasts />
      <Tooltip />
    </>
  );
}
