/** How a person types into a full-screen program. */
import { setTimeout as sleep } from "node:timers/promises";
import { KEYS, type Terminal } from "../claude/terminal.ts";

/** What comes faster after other keys is taken for a paste, in which Enter is a line break. */
const PASTE_MS = 400;
const TRIES = 20;
const TRY_MS = 500;

/** Types a line, and sends it off once the screen shows it. */
export async function typeLine(terminal: Terminal, text: string): Promise<void> {
  terminal.press(text);
  await terminal.untilShows(text);
  await press(terminal, KEYS.enter);
}

/** As long after other keys as a person takes. */
export async function press(terminal: Terminal, key: string): Promise<void> {
  await sleep(PASTE_MS);
  terminal.press(key);
}

/** A dialog that has just been drawn takes no keys yet. */
export async function pressUntil(terminal: Terminal, key: string, text: string | RegExp): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    terminal.press(key);
    const isShown = await terminal.untilShows(text, TRY_MS).then(
      () => true,
      () => false,
    );
    if (isShown) return;
  }
  await terminal.untilShows(text);
}
