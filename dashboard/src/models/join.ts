/** How another machine joins this hub: the address it takes, a key made for it, and who has come since. */
import { computed, createModel, type ReadonlySignal, signal } from "@preact/signals";
import { joinByCommandLine, joinByNode, joinCommand } from "../../../shared/join-command.ts";
import type { NewKey } from "../../../shared/keys.ts";
import type { InstanceInfo } from "../../../shared/message.ts";
import type { JoinInfo } from "../../../shared/rest.ts";
import type { Hub } from "../adapter/hub.ts";
import { RestProblem } from "../adapter/rest.ts";
import type { Instances } from "./instances.ts";

/** What stands in the command where the key goes while there is none to show. */
export const KEY_PLACEHOLDER = "KEY";

export interface Join {
  /** What does it where cc2cc is installed, and asks for the key; null as long as `command` is. */
  short: ReadonlySignal<string | null>;
  /** The same where only Node is; null as long as `command` is. */
  byNode: ReadonlySignal<string | null>;
  /** The whole command; null until the hub has said under which address others reach it. */
  command: ReadonlySignal<string | null>;
  /** The name of the key that is in the command; null while a placeholder is. */
  keyName: ReadonlySignal<string | null>;
  isMinting: ReadonlySignal<boolean>;
  /** What the hub refused, or that it does not answer. */
  failure: ReadonlySignal<string | null>;
  /** Who has connected since this model was made, the newest last; pages like this one do not count. */
  joined: ReadonlySignal<readonly string[]>;
  load(): Promise<void>;
  /** Makes a key that may send, and puts it into the command. It is held nowhere else. */
  mint(name: string): Promise<void>;
}

export const JoinModel = createModel((hub: Hub, instances: Instances): Join => {
  const hubUrl = signal<string | null>(null);
  const minted = signal<NewKey | null>(null);
  const isMinting = signal(false);
  const failure = signal<string | null>(null);
  // Before the snapshot nobody is known, and everybody in it would count as new.
  const before = computed(() => (instances.isLoaded.value ? new Set(listSessions(instances.online.peek())) : null));

  const attempt = async (work: () => Promise<void>) => {
    failure.value = null;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof RestProblem)) throw error;
      failure.value = error.message;
    }
  };

  return {
    short: computed(() => (hubUrl.value === null ? null : joinByCommandLine(hubUrl.value))),
    byNode: computed(() => (hubUrl.value === null ? null : joinByNode(hubUrl.value))),
    command: computed(() =>
      hubUrl.value === null ? null : joinCommand(hubUrl.value, minted.value?.key ?? KEY_PLACEHOLDER),
    ),
    keyName: computed(() => minted.value?.name ?? null),
    isMinting,
    failure,
    joined: computed(() => {
      const known = before.value;
      return known === null ? [] : listSessions(instances.online.value).filter((id) => !known.has(id));
    }),
    load: () =>
      attempt(async () => {
        hubUrl.value = (await hub.rest.get<JoinInfo>("/api/join")).hubUrl;
      }),
    async mint(name) {
      isMinting.value = true;
      await attempt(async () => {
        minted.value = await hub.rest.post<NewKey>("/api/keys", { name, scope: "member" });
      });
      isMinting.value = false;
    },
  };
});

function listSessions(online: readonly InstanceInfo[]): string[] {
  return online.map(({ instanceId }) => instanceId).filter((id) => !id.startsWith("dashboard@"));
}
