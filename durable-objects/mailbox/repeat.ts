/** M3: what a message is told that has an id which is known already. */
import { failure } from "../../shared/errors.ts";
import { partialOf } from "../../shared/ids.ts";
import { type LoggedParcel, senderOf } from "../parcels.ts";
import type { Verdict } from "../rpc.ts";
import { digestOf } from "./digest.ts";
import type { Row } from "./store.ts";

/** What the mailbox knows besides. */
interface Circumstances {
  instanceId: string;
  /** Whether the known one waits, since its recipient is away. */
  isQueued: boolean;
  /** Whether the exchange repeats itself, as after a crash: then the sender does not. */
  isReplay: boolean;
}

/** The same again is a retry; anything else is a conflict. */
export function repeatVerdict(
  known: Row,
  parcel: LoggedParcel,
  { instanceId, isQueued, isReplay }: Circumstances,
): Verdict {
  if (!isSameMessage(known, parcel)) {
    return failure("conflict", `The messageId ${known.messageId} is already used for another message; take a new one.`);
  }
  return { ok: true, to: instanceId, queued: isQueued, duplicate: !isReplay, deliveredAt: known.deliveredAt };
}

/** A sender that changed its session between the tries has another session segment: that is the same sender. */
function isSameMessage(known: Row, parcel: LoggedParcel): boolean {
  if (known.body === parcel.body) return true;
  const sender = senderOf(parcel.body);
  if (known.sender !== sender && partialOf(known.sender) !== partialOf(sender)) return false;
  return (known.digest ?? digestOf(known.body)) === digestOf(parcel.body);
}
