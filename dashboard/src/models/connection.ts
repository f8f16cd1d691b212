/** Whether what the page shows is live, and if not, why and what happens next. */
import { computed, createModel, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { Hub } from "../adapter/hub.ts";
import { RestProblem } from "../adapter/rest.ts";
import type { Surroundings } from "../adapter/surroundings.ts";
import type { Session } from "./session.ts";

/** Why there is no connection. `retryAt` (epoch ms) is when it is tried next; null while it is being tried. */
export interface Trouble {
  cause: "offline" | "unreachable" | "refused";
  title: string;
  retryAt: number | null;
}

export interface Connection {
  /** What is shown is what is. */
  isLive: ReadonlySignal<boolean>;
  /** Something is shown that may not be true any more. */
  isStale: ReadonlySignal<boolean>;
  /** null while connected, and during the first attempt. */
  trouble: ReadonlySignal<Trouble | null>;
  /** Seconds to the next attempt; null when there is none to wait for. Ticks. */
  retrySeconds: ReadonlySignal<number | null>;
  /** Whether this tab can send at this moment. */
  canReach: ReadonlySignal<boolean>;
  /** Version of the hub; null until it is known. */
  version: ReadonlySignal<string | null>;
  retryNow(): void;
}

const TICK_MS = 500;
/** Between two questions who we are, while the hub does not answer. */
const CHECK_PAUSE_MIN_MS = 1_000;
const CHECK_PAUSE_MAX_MS = 15_000;
const REVOKED = "Your key was revoked, or you have signed out. Sign in again.";

const TITLES: Readonly<Record<Trouble["cause"], string>> = {
  offline: "This device is offline.",
  unreachable: "The hub does not answer.",
  refused: "The hub answers, but does not take the connection.",
};

export const ConnectionModel = createModel((hub: Hub, session: Session, surroundings: Surroundings): Connection => {
  const { stream, participant, rest } = hub;
  const { isOnline } = surroundings;
  const nowAt = signal(Date.now());
  /** What was shown since the sign-in came from a live connection. */
  const hasLived = signal(false);
  /** What REST said when a socket failed. */
  const isAnswering = signal(false);
  /** When it is asked again who we are; null for never. */
  const checkAt = signal<number | null>(null);
  let checks = 0;

  const isLive = computed(() => stream.state.value.kind === "open");
  const trouble = computed(() => {
    const retryAt = retryAtOf();
    if (retryAt === undefined) return null;
    const cause = !isOnline.value ? "offline" : isAnswering.value ? "refused" : "unreachable";
    return { cause, title: TITLES[cause], retryAt } satisfies Trouble;
  });
  const retrySeconds = computed(() => {
    const retryAt = trouble.value?.retryAt ?? null;
    return retryAt === null ? null : Math.max(0, Math.ceil((retryAt - nowAt.value) / 1_000));
  });

  /** undefined: there is no trouble. null: it is being tried. */
  function retryAtOf(): number | null | undefined {
    if (session.state.value.kind === "unknown") return checkAt.value;
    const state = stream.state.value;
    if (state.kind === "waiting") return state.retryAt;
    return state.kind === "connecting" && (hasLived.value || stream.hasFailed.value) ? null : undefined;
  }

  function retryNow(): void {
    stream.retryNow();
    participant.retryNow();
    if (checkAt.peek() !== null) checkNow();
  }

  function checkNow(): void {
    checkAt.value = null;
    void session.check().then(() => {
      if (session.state.peek().kind === "unknown") checkAt.value = Date.now() + checkPause(checks++);
    });
  }

  async function askWhy(): Promise<void> {
    try {
      await rest.get("/api/session");
      isAnswering.value = true;
    } catch (error) {
      isAnswering.value = error instanceof RestProblem && error.status !== 0;
    }
  }

  stream.onLost(() => void askWhy());

  effect(() => {
    if (isLive.value) hasLived.value = true;
  });
  // A clock that runs only while somebody could look at it.
  effect(() => {
    if (trouble.value === null) return;
    nowAt.value = Date.now();
    const timer = setInterval(() => {
      nowAt.value = Date.now();
    }, TICK_MS);
    return () => clearInterval(timer);
  });
  // Whoever comes back, from a tunnel or to this tab, does not want to wait.
  effect(() => {
    if (isOnline.value && surroundings.isVisible.value) untracked(retryNow);
  });
  effect(() => {
    if (session.state.value.kind !== "unknown") {
      checks = 0;
      checkAt.value = null;
    } else if (checkAt.peek() === null) checkAt.value = Date.now() + checkPause(checks++);
  });
  effect(() => {
    if (checkAt.value === null) return;
    const timer = setTimeout(checkNow, checkAt.value - Date.now());
    return () => clearTimeout(timer);
  });
  effect(() => {
    const { kind } = session.state.value;
    if (kind === "signed-in") {
      stream.start();
      if (session.canSend.value) participant.start();
    } else if (kind === "signed-out") {
      stream.stop();
      participant.stop();
      hasLived.value = false;
    }
  });
  // A key that was revoked closes the sockets with 4003 before any request could tell.
  effect(() => {
    const isEnded = [stream.state.value, participant.state.value].some(({ kind }) => kind === "ended");
    if (isEnded) untracked(() => session.end(REVOKED));
  });

  return {
    isLive,
    isStale: computed(() => hasLived.value && !isLive.value),
    trouble,
    retrySeconds,
    canReach: computed(() => participant.state.value.kind === "open"),
    version: stream.version,
    retryNow,
  };
});

function checkPause(checks: number): number {
  return Math.min(CHECK_PAUSE_MIN_MS * 2 ** checks, CHECK_PAUSE_MAX_MS);
}
