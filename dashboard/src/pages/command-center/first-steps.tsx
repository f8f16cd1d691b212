import { useSignal } from "@preact/signals";
import { Inbox } from "lucide";
import { useEffect } from "preact/hooks";
import { EmptyState } from "../../components/empty-state.tsx";
import { Later } from "../../components/later.tsx";
import { useModels } from "../../models/models.ts";

const loadJoinCommand = async () => (await import("../../components/join-command.tsx")).JoinCommand;

/** The feed of a hub where nothing was said yet: to whoever is alone here, how others come. */
export function FirstSteps() {
  const { instances } = useModels();
  const hasSessions = [...instances.byId.value.keys()].some((id) => !id.startsWith("dashboard@"));
  // Stays once it was shown, so that it can say who has come.
  const isShown = useSignal(false);
  useEffect(() => {
    if (instances.isLoaded.value && !hasSessions) isShown.value = true;
  }, [instances.isLoaded.value, hasSessions]);
  return (
    <EmptyState
      icon={Inbox}
      title={hasSessions || !isShown.value ? "Nothing was said yet" : "No session has joined yet"}
    >
      {(hasSessions || !isShown.value) && <p>Messages appear here as soon as a session, or you, sends one.</p>}
      <Later isWanted={isShown.value} load={loadJoinCommand} props={{}} />
    </EmptyState>
  );
}
