/** Who uses this page, and what the key that signed in may do. */
import { computed, createModel, type ReadonlySignal, signal } from "@preact/signals";
import { isInPattern } from "../../../shared/key-pattern.ts";
import type { SessionInfo } from "../../../shared/keys.ts";
import type { Hub } from "../adapter/hub.ts";
import { RestProblem } from "../adapter/rest.ts";

export type SessionState =
  | { kind: "checking" }
  /** The hub could not be asked; the connection model says why and when it is tried again. */
  | { kind: "unknown" }
  /** `reason`: why a session that was there is gone. */
  | { kind: "signed-out"; reason: string | null }
  | { kind: "signed-in"; info: SessionInfo };

/** Why signing in failed, in words. */
export interface SignInFailure {
  text: string;
}

export interface Session {
  state: ReadonlySignal<SessionState>;
  info: ReadonlySignal<SessionInfo | null>;
  /** May send as this tab. */
  canSend: ReadonlySignal<boolean>;
  isAdmin: ReadonlySignal<boolean>;
  /** Whether it may remove an instance, or flush its queue. */
  canRemove: ReadonlySignal<(instanceId: string) => boolean>;
  /** Why sending is not allowed; null when it is. */
  sendRefusal: ReadonlySignal<string | null>;
  failure: ReadonlySignal<SignInFailure | null>;
  isBusy: ReadonlySignal<boolean>;
  /** Asks the hub who we are, unless there is surely no session. Resolves when it is known or cannot be. */
  check(): Promise<void>;
  signIn(key: string): Promise<void>;
  /** Trades the one-time code of a sign-in link. */
  signInWithCode(code: string): Promise<void>;
  signOut(): Promise<void>;
  /** The session is gone: someone was told 4003 or 401. */
  end(reason: string): void;
}

const ENDED = "Your session has ended. Sign in again to go on where you were.";

export const SessionModel = createModel((hub: Hub): Session => {
  const state = signal<SessionState>({ kind: "checking" });
  const failure = signal<SignInFailure | null>(null);
  const isBusy = signal(false);
  const info = computed(() => (state.value.kind === "signed-in" ? state.value.info : null));

  const sendRefusal = computed(() => {
    const { scope, pattern } = info.value ?? {};
    if (scope === "observer") return "Your key is of scope observer: it reads, and does not send.";
    if (pattern === undefined || isInPattern(pattern, hub.participant.instanceId.value)) return null;
    return `Your key is for ${pattern}: it reads here, and does not send as the dashboard.`;
  });

  const end = (reason: string) => {
    hub.sessionMark.remove();
    failure.value = null;
    if (state.peek().kind !== "signed-out") state.value = { kind: "signed-out", reason };
  };
  hub.rest.onUnauthorized(() => {
    if (state.peek().kind === "signed-in") end(ENDED);
  });

  const check = async () => {
    const wasIn = state.peek().kind === "signed-in";
    if (!wasIn && !hub.sessionMark.isThere()) {
      state.value = { kind: "signed-out", reason: null };
      return;
    }
    try {
      state.value = { kind: "signed-in", info: await hub.rest.get<SessionInfo>("/api/session") };
    } catch (error) {
      if (!(error instanceof RestProblem)) throw error;
      if (error.status === 401) hub.sessionMark.remove();
      if (error.status === 401) state.value = { kind: "signed-out", reason: wasIn ? ENDED : null };
      else if (!wasIn) state.value = { kind: "unknown" };
    }
  };

  const trade = async (credential: { key: string } | { code: string }) => {
    isBusy.value = true;
    failure.value = null;
    try {
      state.value = { kind: "signed-in", info: await hub.rest.post<SessionInfo>("/api/session", credential) };
    } catch (error) {
      failure.value = describeFailure(error, "code" in credential);
      // A link that was used already may be opened by who is signed in all the same.
      if ("code" in credential) await check();
      else if (state.peek().kind !== "signed-in") state.value = { kind: "signed-out", reason: null };
    } finally {
      isBusy.value = false;
    }
  };

  return {
    state,
    info,
    failure,
    isBusy,
    canSend: computed(() => info.value !== null && sendRefusal.value === null),
    isAdmin: computed(() => info.value?.scope === "admin"),
    canRemove: computed(() => {
      const { scope, pattern } = info.value ?? {};
      if (scope === "admin") return () => true;
      return (instanceId: string) => scope !== "observer" && pattern !== undefined && isInPattern(pattern, instanceId);
    }),
    sendRefusal,
    check,
    signIn: (key) => trade({ key }),
    signInWithCode: (code) => trade({ code }),
    async signOut() {
      await hub.rest.delete("/api/session");
      failure.value = null;
      state.value = { kind: "signed-out", reason: null };
    },
    end,
  };
});

function describeFailure(error: unknown, isCode: boolean): SignInFailure {
  if (!(error instanceof RestProblem)) throw error;
  const { status, message } = error;
  if (status !== 401 && status !== 429) return { text: message };
  const text = isCode ? "That sign-in link was used already, or is too old." : "That key is not one of this hub's.";
  // A right one signs in all the same, so there is nothing to wait for.
  return { text: status === 401 ? text : `${text} Many wrong ones were tried just now.` };
}
