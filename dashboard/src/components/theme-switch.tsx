import { Monitor, Moon, Sun } from "lucide";
import { IconButton } from "./button.tsx";
import { setTheme, THEMES, theme } from "./theme.ts";

const ICONS = { system: Monitor, dark: Moon, light: Sun };

/** Goes from the system's theme to dark, to light, and round. */
export function ThemeSwitch() {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "system";
  return (
    <IconButton
      icon={ICONS[theme.value]}
      label={`Theme: ${theme.value}; change to ${next}`}
      onClick={() => setTheme(next)}
    />
  );
}
