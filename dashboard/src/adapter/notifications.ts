/** Notifications of the desktop and a sound: off until a person turns them on here, and kept by this browser. */
import { type ReadonlySignal, signal } from "@preact/signals";

const NOTIFY_KEY = "cc2cc.notify";
const SOUND_KEY = "cc2cc.sound";
/** What comes in a burst sounds once. */
const SOUND_PAUSE_MS = 3_000;

const notifying = signal(isKept(NOTIFY_KEY) && isAllowed());
const sounding = signal(isKept(SOUND_KEY));
let lastSoundAt = Number.NEGATIVE_INFINITY;

/** Whether a person has turned them on, and the browser shows them. */
export const isNotifying: ReadonlySignal<boolean> = notifying;
export const isSounding: ReadonlySignal<boolean> = sounding;

/** Why they cannot be turned on; null when they are on. */
export async function turnOnNotifications(): Promise<string | null> {
  if (typeof Notification === "undefined" || !isSecureContext) {
    return "This browser notifies for https addresses and localhost only.";
  }
  const permission = await Notification.requestPermission();
  if (permission !== "granted") return "The browser does not let this page notify: allow it in its site settings.";
  keep(NOTIFY_KEY, true);
  notifying.value = true;
  return null;
}

export function turnOffNotifications(): void {
  keep(NOTIFY_KEY, false);
  notifying.value = false;
}

/** Turned on, it sounds once, so that a person knows it. */
export function setSound(isOn: boolean): void {
  keep(SOUND_KEY, isOn);
  sounding.value = isOn;
  if (isOn) sound();
}

/** Says something on the desktop, to who wants to hear it; a press on it opens the page. What was said stays in the page. */
export function notify(title: string, about: string, open: () => void): void {
  if (!notifying.peek() || !isAllowed()) return;
  // The same tag in all tabs: one of them shows it.
  const notification = new Notification(title, { tag: `cc2cc-${about}` });
  notification.onclick = () => {
    focus();
    open();
    notification.close();
  };
}

/** Two short tones, to who wants to hear them; nothing where the browser lets no page sound that nobody has touched. */
export function sound(): void {
  if (!sounding.peek() || performance.now() - lastSoundAt < SOUND_PAUSE_MS) return;
  lastSoundAt = performance.now();
  const context = new AudioContext();
  const volume = context.createGain();
  volume.gain.value = 0.08;
  volume.connect(context.destination);
  for (const [at, hertz] of [660, 880].entries()) {
    const tone = context.createOscillator();
    tone.frequency.value = hertz;
    tone.connect(volume);
    tone.start(context.currentTime + at * 0.14);
    tone.stop(context.currentTime + at * 0.14 + 0.12);
    if (at === 1) tone.onended = () => void context.close();
  }
}

function isAllowed(): boolean {
  return typeof Notification !== "undefined" && Notification.permission === "granted";
}

function isKept(key: string): boolean {
  try {
    return localStorage.getItem(key) === "on";
  } catch {
    // Storage is turned off.
    return false;
  }
}

function keep(key: string, isOn: boolean): void {
  try {
    if (isOn) localStorage.setItem(key, "on");
    else localStorage.removeItem(key);
  } catch {
    // Storage is turned off: the choice holds for this visit.
  }
}
