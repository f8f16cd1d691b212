/** Whether what the page shows is live, and if not, why and what happens next. */
import { computed, createModel, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { Hub } from "../adapter/hub.ts";
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

export const ConnectionModel = createModel((hub: Hub, session: Session, surroundings: Surroundings): Connection => {
  const { stream, participant, rest } = hub;
  const { isOnline } = surroundings;
  const hasLived = signal(false);
  const nowAt = signal(Date.now());
  /** What REST said when a socket failed. */
  const isHubThere = signal(false);

  effect(() => {
    if (isOnline.value) untracked(retryNow);
  });
  stream.onLost(() => void askWhy());

  const isLive = computed(() => stream.state.value.kind === "open");
  const trouble = computed(() => troubleOf());
  const retrySeconds = computed(() => {
    const retryAt = trouble.value?.retryAt ?? null;
    return retryAt === null ? null : Math.max(0, Math.ceil((retryAt - nowAt.value) / 1_000));
  });

  effect(() => {
    if (isLive.value) hasLived.value = true;
  });
  // A clock that runs only while somebody could look at it.
  effect(() => {
    if (trouble.value === null) return;
    nowAt.value = Date.now();
    const timer = setInterval(() => {
      nowAt.value = Date.now();
    }, 500);
    return () => clearInterval(timer);
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
  // A key that was revoked closes sockets with 4003 before any request could tell.
  effect(() => {
    const ended = [stream.state.value, participant.state.value].find(({ kind }) => kind === "ended");
    if (ended?.kind === "ended")
      void session.check().then(() => session.end("Your key was revoked. Sign in with another one."));
  });

  async function askWhy(): Promise<void> {
    try {
      await rest.get("/api/session");
      isHubThere.value = true;
    } catch {
      isHubThere.value = false;
    }
  }

  function troubleOf(): Trouble | null {
    const state = stream.state.value;
    if (session.state.value.kind === "signed-out" || state.kind === "open" || state.kind === "off") return null;
    if (!hasLived.value && state.kind === "connecting") return null;
    const retryAt = state.kind === "waiting" ? state.retryAt : null;
    if (!isOnline.value) return { cause: "offline", title: "This device is offline.", retryAt };
    if (isHubThere.value) return { cause: "refused", title: "The hub does not take the connection.", retryAt };
    return { cause: "unreachable", title: "The hub does not answer.", retryAt };
  }

  function retryNow(): void {
    stream.retryNow();
    participant.retryNow();
  }

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
