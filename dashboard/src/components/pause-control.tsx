import type { InstanceInfo } from "../../../shared/message.ts";
import { useModels } from "../models/models.ts";
import { resume, wordsForTarget } from "../models/pauses.ts";
import { Button } from "./button.tsx";
import { showPause } from "./open-overlay.ts";
import { RelativeTime } from "./relative-time.tsx";

/** Pauses a session, or ends what holds it; `attempt` shows what the hub refuses. */
export function PauseControl({
  instance,
  attempt,
}: {
  instance: InstanceInfo;
  attempt(run: () => Promise<void>): Promise<void>;
}) {
  const { hub, session } = useModels();
  const { instanceId, paused } = instance;
  const isOwn = paused === undefined || paused.target === instanceId;
  const mayDo = isOwn ? session.canRemove.value(instanceId) : session.isAdmin.value;
  if (!mayDo) return null;
  if (paused === undefined) {
    return <Button onClick={() => showPause(instanceId)}>Pause</Button>;
  }
  const what = isOwn ? "" : ` ${wordsForTarget(paused.target)}`;
  return <Button onClick={() => void attempt(() => resume(hub, paused.target))}>Resume{what}</Button>;
}

/** By whom, since when and why it is held. */
export function PauseFact({ paused }: { paused: NonNullable<InstanceInfo["paused"]> }) {
  const what = paused.target.includes("@") ? "" : ` with ${wordsForTarget(paused.target)}`;
  return (
    <>
      by {paused.by}
      {what}{" "}
      <span class="quiet">
        <RelativeTime at={paused.at} />
      </span>
      {paused.reason !== undefined && `: ${paused.reason}`}
    </>
  );
}
