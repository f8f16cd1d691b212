/** What Safari calls the key that ended a composition: its `compositionend` comes before that key. */
const COMPOSITION_KEY_CODE = 229;

/** Whether a key belongs to the input method that composes a character, and to nobody else. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === COMPOSITION_KEY_CODE;
}
