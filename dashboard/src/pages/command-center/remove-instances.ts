/** Taking sessions away that are offline, after saying what goes with them. */
import type { InstanceInfo } from "../../../../shared/message.ts";
import { RestProblem } from "../../adapter/rest.ts";
import { confirm } from "../../components/confirm-dialog.tsx";
import { toast } from "../../components/toasts.tsx";

export async function removeInstances(
  chosen: readonly InstanceInfo[],
  remove: (instanceId: string) => Promise<void>,
): Promise<void> {
  const [first] = chosen;
  if (first === undefined) return;
  const who = chosen.length === 1 ? first.instanceId : `${chosen.length} offline sessions`;
  const depth = chosen.reduce((sum, { queueDepth }) => sum + queueDepth, 0);
  const whose = chosen.length === 1 ? "its" : "their";
  const waiting = depth === 1 ? "1 waiting message" : `${depth} waiting messages`;
  const isSure = await confirm({
    title: `Remove ${who}${depth === 0 ? "" : ` and ${whose} ${waiting}`}?`,
    body: describeLoss(chosen.length, depth),
    action: chosen.length === 1 ? "Remove" : `Remove ${chosen.length} sessions`,
  });
  if (!isSure) return;
  let removed = 0;
  let failure: string | undefined;
  for (const { instanceId } of chosen) {
    try {
      await remove(instanceId);
      removed++;
    } catch (error) {
      if (!(error instanceof RestProblem)) throw error;
      // Gone already is as good. One that came back stays, and the others go all the same.
      if (error.status === 404) removed++;
      else failure ??= `${instanceId} is still there: ${error.message}`;
      if (error.status !== 404 && error.status !== 409) break;
    }
  }
  if (chosen.length > 1 && removed > 0) toast(`${removed} of ${chosen.length} sessions are removed`, { tone: "good" });
  if (failure !== undefined) toast(failure, { tone: "bad" });
}

function describeLoss(count: number, depth: number): string {
  const kept = `What ${count === 1 ? "it" : "they"} sent stays in history.`;
  const freed = count === 1 ? "Its identity is free again." : "Their identities are free again.";
  if (depth === 0) return `${freed} ${kept}`;
  return `What waits for ${count === 1 ? "it" : "them"} becomes dead letters, and the senders hear of it. ${kept}`;
}
