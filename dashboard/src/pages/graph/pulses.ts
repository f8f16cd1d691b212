/** Dots that run along an arrow when a message takes it. */

export interface Pulse {
  key: string;
  /** Epoch of the frame clock, ms. */
  startedAt: number;
  color: string;
}

export const PULSE_MS = 1_100;
/** A burst is told by some dots; more would only cost. */
const MAX = 150;
/** Two messages of one arrow in the same moment are one dot. */
const APART_MS = 60;

export class Pulses {
  #pulses: Pulse[] = [];

  get isEmpty(): boolean {
    return this.#pulses.length === 0;
  }

  add(key: string, color: string, now: number): void {
    if (this.#pulses.length >= MAX) return;
    if (this.#pulses.some((pulse) => pulse.key === key && now - pulse.startedAt < APART_MS)) return;
    this.#pulses.push({ key, color, startedAt: now });
  }

  /** What runs now, each with how far it is (0 to 1); what has arrived is dropped. */
  at(now: number): { key: string; color: string; progress: number }[] {
    this.#pulses = this.#pulses.filter(({ startedAt }) => now - startedAt < PULSE_MS);
    return this.#pulses.map(({ key, color, startedAt }) => {
      const t = Math.max(0, (now - startedAt) / PULSE_MS);
      return { key, color, progress: t * t * (3 - 2 * t) };
    });
  }

  clear(): void {
    this.#pulses = [];
  }
}
