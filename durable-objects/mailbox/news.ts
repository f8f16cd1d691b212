/** What became of messages since the last flush: for their senders, and for the journal, which is to miss nothing. */
import type { ReceiptFrame } from "../../shared/protocol.ts";
import type { StateChanges } from "../rpc.ts";
import { pushState, type StateGroup } from "../states.ts";
import { type Row, STATE_NAMES } from "./store.ts";
import { Untold, type UntoldStore } from "./untold.ts";

type ToldState = ReceiptFrame["state"];

export class News {
  readonly #instanceId: string;
  #changes = new Map<string, StateGroup[]>();
  /** Of the states in `#changes` and of those under way: what a crash may keep from the journal. */
  readonly #untold: Untold;
  #isRepeat = false;

  constructor(store: UntoldStore, instanceId: string) {
    this.#instanceId = instanceId;
    this.#untold = new Untold(store);
  }

  get isEmpty(): boolean {
    return this.#changes.size === 0;
  }

  note(row: Row, state: ToldState, at: number): void {
    this.#untold.note(at);
    let states = this.#changes.get(row.sender);
    if (states === undefined) {
      states = [];
      this.#changes.set(row.sender, states);
    }
    pushState(states, row.messageId, state, at, this.#instanceId);
  }

  /** Some of this may have been told before a crash. */
  noteRepeat(): void {
    this.#isRepeat = true;
  }

  /** Call it in the turn that puts changes on disk. */
  save(): void {
    this.#untold.save();
  }

  /** Hands over what there is. */
  take(now: number): { changes: StateChanges; isRepeat: boolean } {
    const taken = { changes: [...this.#changes], isRepeat: this.#isRepeat };
    this.#changes = new Map();
    this.#isRepeat = false;
    if (taken.changes.length > 0) this.#untold.hand(now);
    return taken;
  }

  /** The journal has what was handed over at that time. */
  noteHeard(at: number): void {
    this.#untold.heard(at, !this.isEmpty);
  }

  /** What was handed over was lost. */
  noteLost(): void {
    this.#untold.lose();
  }

  /** Since when the journal may not have heard; null when it has heard everything. */
  get untoldSince(): number | null {
    return this.#untold.since;
  }

  /** Everything untold at that time was told again. */
  noteRepeated(at: number): void {
    this.#untold.repeat(at, !this.isEmpty);
  }

  /** Lets the disk know, after a pause, that everything was heard. False while something was not. */
  settle(): boolean {
    this.#untold.settle();
    return this.#untold.isSettled;
  }

  /** The states that messages have reached since a time. */
  statesSince(since: number, rows: readonly Row[]): StateGroup[] {
    const states: StateGroup[] = [];
    for (const row of rows) {
      const steps: [ToldState, number][] = [
        ["delivered", row.deliveredAt],
        ["acked", row.ackedAt],
        ["seen", row.seenAt],
        [STATE_NAMES[row.state] as ToldState, row.endedAt ?? 0],
      ];
      for (const [state, at] of steps) if (at >= since) pushState(states, row.messageId, state, at, this.#instanceId);
    }
    return states;
  }
}
