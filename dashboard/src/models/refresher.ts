/** Where a list that is read from the hub stands. */
export type Loading = { kind: "loading" } | { kind: "ready" } | { kind: "failed"; error: string };

export const LOADING: Loading = { kind: "loading" };
export const READY: Loading = { kind: "ready" };

/** What to show of a failure: our own problems speak for people already. */
export function failed(error: unknown): Loading {
  return { kind: "failed", error: wordsOf(error) };
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export interface Refresher {
  /** Reads now, or once more after what is under way. */
  now(): Promise<void>;
  /** Reads at the end of the pause: whatever asks within it is served by the same reading. */
  soon(): void;
  stop(): void;
}

/** Reads something again when events say that it changed: one reading at a time, and at most one per pause. */
export function createRefresher(read: () => Promise<void>, pauseMs: number): Refresher {
  let underWay: Promise<void> | undefined;
  let isAskedAgain = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;

  async function run(): Promise<void> {
    do {
      isAskedAgain = false;
      await read();
    } while (isAskedAgain && !isStopped);
    underWay = undefined;
  }

  const now = () => {
    if (underWay === undefined) underWay = run();
    else isAskedAgain = true;
    return underWay;
  };

  return {
    now,
    soon() {
      if (isStopped) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        void now();
      }, pauseMs);
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
