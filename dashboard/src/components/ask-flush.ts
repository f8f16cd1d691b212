import { confirm } from "./confirm-dialog.tsx";
import { toast } from "./toasts.tsx";

/** Asks before what waits for an instance is given up; `flush` does it, and resolves with how many those were. */
export async function askFlush(instanceId: string, depth: number, flush: () => Promise<number>): Promise<void> {
  const isSure = await confirm({
    title: `Flush the queue of ${instanceId}?`,
    body: `${describeWaiting(depth)} will never reach it: they become dead letters, and their senders are told.`,
    action: depth === 1 ? "Flush one message" : `Flush ${depth} messages`,
  });
  if (!isSure) return;
  const count = await flush();
  toast(count === 1 ? "One message is flushed" : `${count} messages are flushed`, { tone: "good" });
}

export function describeWaiting(depth: number): string {
  return depth === 1 ? "The message that waits for it" : `The ${depth} messages that wait for it`;
}
