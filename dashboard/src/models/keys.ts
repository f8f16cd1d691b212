/** Who may use this hub: its keys, and who uses them. */
import { createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { KeyInfo, NewKey, Scope } from "../../../shared/keys.ts";
import type { Hub } from "../adapter/hub.ts";
import { path } from "../adapter/rest.ts";
import { keepRead } from "./keep-read.ts";
import type { Loading } from "./refresher.ts";

/** Connections come and go in bursts. */
const REFRESH_PAUSE_MS = 1_000;

export interface KeyRequest {
  name: string;
  scope: Scope;
  pattern?: string;
}

export interface Keys {
  /** Those of the environment first, then by age. */
  keys: ReadonlySignal<readonly KeyInfo[]>;
  loading: ReadonlySignal<Loading>;
  /** Resolves with the key itself, which nothing can show again. Rejects with a `RestProblem`. */
  mint(request: KeyRequest): Promise<NewKey>;
  /** Rejects with a `RestProblem`. */
  revoke(id: string): Promise<void>;
}

export const KeysModel = createModel((hub: Hub): Keys => {
  const keys = signal<readonly KeyInfo[]>([]);
  const { loading, refresher } = keepRead(hub, {
    async read() {
      const all = await hub.rest.get<KeyInfo[]>("/api/keys");
      keys.value = all.toSorted((a, b) => Number(a.origin === "minted") - Number(b.origin === "minted"));
    },
    isAbout: ({ event }) => event === "instance:joined" || event === "instance:left",
    pauseMs: REFRESH_PAUSE_MS,
  });

  return {
    keys,
    loading,
    async mint(request) {
      const made = await hub.rest.post<NewKey>("/api/keys", request);
      await refresher.now();
      return made;
    },
    async revoke(id) {
      await hub.rest.delete(path`/api/keys/${id}`);
      await refresher.now();
    },
  };
});
