/** M3 holds over a session change: ids that may be known under an id before are asked for there. */
import { type Env, mailboxOf } from "../env.ts";
import { type LoggedParcel, messageIdOf, toLoggedColumns } from "../parcels.ts";
import type { FinalVerdict, Predecessor } from "../rpc.ts";

/** What the mailboxes before know of these parcels, as the answer to a repeat, by index. */
export async function recallFrom(
  predecessors: readonly Predecessor[],
  parcels: readonly LoggedParcel[],
  env: Env,
): Promise<ReadonlyMap<number, FinalVerdict>> {
  const recalled = new Map<number, FinalVerdict>();
  for (const { id, highestId } of predecessors) {
    const perhaps = parcels.flatMap((parcel, index) =>
      messageIdOf(parcel.body) <= highestId && !recalled.has(index) ? [index] : [],
    );
    if (perhaps.length === 0) continue;
    const asked = perhaps.map((index) => parcels[index] as LoggedParcel);
    const known: [number, FinalVerdict][] = await mailboxOf(env, id).recall(toLoggedColumns(asked));
    for (const [at, verdict] of known) recalled.set(perhaps[at] as number, verdict);
  }
  return recalled;
}
