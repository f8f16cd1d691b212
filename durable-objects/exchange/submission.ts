/** What one caller hands over, until it is known what became of all of it. */
import type { FanOutColumns, Parcel } from "../parcels.ts";
import type { FanOutCounts, FinalVerdict, VerdictColumns } from "../rpc.ts";
import type { Waiter } from "./lane.ts";

/** The parcels of one `submit`. */
export class Submission {
  readonly done: Promise<VerdictColumns>;
  readonly #verdicts: VerdictColumns;
  #open: number;
  #resolve!: (verdicts: VerdictColumns) => void;

  constructor(size: number) {
    this.#verdicts = { deliveredAt: new Array(size).fill(0), isQueued: new Array(size).fill(false), special: [] };
    this.#open = size;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    if (size === 0) this.#resolve(this.#verdicts);
  }

  /** `asked` is the id that the sender named; another one took it where that is retired (A4). */
  waiter(index: number, asked: string): Waiter {
    return {
      stored: (to, deliveredAt, isQueued) => {
        if (to !== asked) {
          this.#verdicts.special.push([index, { ok: true, to, queued: isQueued, duplicate: false, deliveredAt }]);
        }
        this.#verdicts.deliveredAt[index] = deliveredAt;
        this.#verdicts.isQueued[index] = isQueued;
        this.#close();
      },
      special: (_, verdict) => {
        this.#verdicts.special.push([index, verdict]);
        this.#close();
      },
    };
  }

  #close(): void {
    if (--this.#open === 0) this.#resolve(this.#verdicts);
  }
}

/** Publications that go to the same recipients. */
export class FanOut {
  readonly recipients: readonly string[];
  /** Their `to` is empty. */
  readonly parcels: readonly Parcel[];
  readonly waiters: readonly Waiter[];
  readonly done: Promise<FanOutCounts>;
  readonly #counts: FanOutCounts;
  readonly #unknown = new Set<string>();
  #open: number;
  #resolve!: (counts: FanOutCounts) => void;
  #reject!: (error: unknown) => void;

  constructor({ recipients, bodies, bytes, expiresAt }: FanOutColumns) {
    this.recipients = recipients;
    this.parcels = bodies.map((body, i) => ({
      to: "",
      body,
      bytes: bytes[i] as number,
      expiresAt: expiresAt[i] as number,
    }));
    const zeros = () => bodies.map(() => 0);
    this.#counts = { delivered: zeros(), queued: zeros(), refused: zeros(), unknown: [] };
    this.waiters = bodies.map((_, index) => this.#waiter(index));
    this.#open = recipients.length * bodies.length;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (this.#open === 0) this.#resolve(this.#counts);
  }

  /** None of it is accepted. */
  fail(error: unknown): void {
    this.#reject(error);
  }

  #waiter(index: number): Waiter {
    const count = (of: number[]) => {
      of[index] = (of[index] as number) + 1;
      if (--this.#open === 0) this.#resolve({ ...this.#counts, unknown: [...this.#unknown] });
    };
    const { delivered, queued, refused } = this.#counts;
    return {
      stored: (_to, _deliveredAt, isQueued) => count(isQueued ? queued : delivered),
      special: (to, verdict) => {
        if (verdict.ok) count(verdict.queued ? queued : delivered);
        else {
          if (isUnknown(verdict)) this.#unknown.add(to);
          count(refused);
        }
      },
    };
  }
}

function isUnknown(verdict: FinalVerdict): boolean {
  return !verdict.ok && verdict.code === "unknown_instance";
}
