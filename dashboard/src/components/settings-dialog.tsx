import {
  isNotifying,
  isSounding,
  setSound,
  turnOffNotifications,
  turnOnNotifications,
} from "../adapter/notifications.ts";
import { DENSITIES, density, setDensity } from "./density.ts";
import { Dialog } from "./dialog.tsx";
import { setTheme, THEMES, theme } from "./theme.ts";
import { toast } from "./toasts.tsx";
import "./settings-dialog.css";

/** What a person may want otherwise in this browser: how it looks, and how it calls them. */
export function SettingsDialog({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  return (
    <Dialog title="Settings" isOpen={isOpen} onClose={onClose}>
      <div class="settings">
        <Radios legend="Density" options={DENSITIES} chosen={density.value} onChoose={setDensity} />
        <Radios legend="Theme" options={THEMES} chosen={theme.value} onChoose={setTheme} />
        <fieldset>
          <legend>When a session wants you and you look elsewhere</legend>
          <label>
            <input
              type="checkbox"
              checked={isNotifying.value}
              onChange={(event) => void toggleNotifications(event.currentTarget)}
            />
            Say it on the desktop
          </label>
          <label>
            <input
              type="checkbox"
              checked={isSounding.value}
              onChange={({ currentTarget }) => setSound(currentTarget.checked)}
            />
            Play a sound
          </label>
          <p class="field-hint">
            For decisions, messages to this tab, and exchanges that the hub stopped. This browser keeps the choice.
          </p>
        </fieldset>
      </div>
    </Dialog>
  );
}

function Radios<T extends string>(props: {
  legend: string;
  options: readonly T[];
  chosen: T;
  onChoose(option: T): void;
}) {
  return (
    <fieldset>
      <legend>{props.legend}</legend>
      {props.options.map((option) => (
        <label key={option}>
          <input
            type="radio"
            name={props.legend}
            data-autofocus={option === props.chosen || undefined}
            checked={option === props.chosen}
            onChange={() => props.onChoose(option)}
          />
          {option}
        </label>
      ))}
    </fieldset>
  );
}

async function toggleNotifications(box: HTMLInputElement): Promise<void> {
  if (!box.checked) return turnOffNotifications();
  const refusal = await turnOnNotifications();
  if (refusal === null) return;
  box.checked = false;
  toast(refusal, { tone: "bad" });
}
