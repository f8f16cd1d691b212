import { useSignal } from "@preact/signals";
import { Activity, Eraser, UserX } from "lucide";
import type { InstanceInfo } from "../../../../shared/message.ts";
import { askFlush, describeWaiting } from "../../components/ask-flush.ts";
import { Button } from "../../components/button.tsx";
import { confirm } from "../../components/confirm-dialog.tsx";
import { PauseControl } from "../../components/pause-control.tsx";
import type { InstanceDetails, PingState } from "../../models/instance-details.ts";
import { useModels } from "../../models/models.ts";
import { wordsOf } from "../../models/refresher.ts";

interface ActionsProps {
  instanceId: string;
  /** Undefined when the hub does not know it. */
  instance: InstanceInfo | undefined;
  model: InstanceDetails;
}

/** Ping, pause, flush, remove; a refusal stands below in the hub's words. */
export function InstanceActions({ instanceId, instance, model }: ActionsProps) {
  const { instances, session } = useModels();
  const refusal = useSignal<string | undefined>(undefined);
  const depth = model.queue.value.depth;
  const attempt = async (run: () => Promise<void>) => {
    refusal.value = undefined;
    try {
      await run();
    } catch (error) {
      refusal.value = wordsOf(error);
    }
  };
  const flush = () => attempt(() => askFlush(instanceId, depth, model.flush));
  const remove = async () => {
    refusal.value = undefined;
    if (instance?.status === "online") {
      refusal.value = "It is online: only an instance that is offline can be removed. Close its session first.";
      return;
    }
    const isSure = await confirm({
      title: `Remove ${instanceId}?`,
      body: `It leaves the list, its topics and its role.${depth === 0 ? "" : ` ${describeWaiting(depth)} become dead letters.`} A session that comes back under this id begins anew.`,
      action: depth === 0 ? "Remove" : `Remove it and ${depth === 1 ? "its message" : `its ${depth} messages`}`,
    });
    if (isSure) await attempt(() => instances.remove(instanceId));
  };
  return (
    <div class="drawer-part">
      <div class="drawer-actions">
        <Button icon={Activity} isBusy={model.ping.value.kind === "asking"} onClick={() => void model.askPing()}>
          Ping
        </Button>
        {instance !== undefined && <PauseControl instance={instance} attempt={attempt} />}
        <Button
          icon={Eraser}
          disabled={depth === 0 || !session.canSend.value}
          title={session.sendRefusal.value ?? undefined}
          onClick={() => void flush()}
        >
          Flush queue
        </Button>
        <Button
          icon={UserX}
          disabled={instance === undefined || !session.canSend.value}
          title={session.sendRefusal.value ?? undefined}
          onClick={() => void remove()}
        >
          Remove
        </Button>
      </div>
      <p class="quiet" role="status">
        {describePing(model.ping.value)}
      </p>
      {refusal.value !== undefined && (
        <p class="field-error" role="alert">
          {refusal.value}
        </p>
      )}
    </div>
  );
}

function describePing(ping: PingState): string {
  if (ping.kind === "failed") return ping.error;
  if (ping.kind !== "told") return "";
  return ping.answer.online
    ? `It is connected; the hub answered in ${ping.tookMs} ms.`
    : "It is not connected. What is sent to it waits in its queue.";
}
