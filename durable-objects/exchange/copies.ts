/** Copies of publications: each recipient's has an id of its own (M3), which is made, not stored. */
import { withMessageId, withRecipient } from "../envelope.ts";
import { fanOutId } from "../fan-out-id.ts";
import type { Delivery, DeliveryKey } from "./store/deliveries.ts";
import type { Instance, Instances } from "./store/instances.ts";
import type { Store } from "./store/store.ts";

/** Copies have ids of version 5, most other messages have 7. */
const VERSION_AT = 14;
/** How many of the newest publications are looked through for the copy that an id names. */
const PUBLICATIONS_MAX = 2_000;
/** Ids that are made to find one copy among those of all its recipients: some milliseconds. */
const MADE_MAX = 5_000;
/** A recipient's ids of this many sessions before. */
const PREDECESSORS_MAX = 20;

/** The id under which the recipient knows a delivery. */
export function idOfDelivery(
  delivery: DeliveryKey & Pick<Delivery, "wholeId" | "isPublication">,
  instances: Instances,
): string {
  if (!delivery.isPublication) return delivery.wholeId;
  return fanOutId(delivery.wholeId, instances.idOf(delivery.addressee));
}

/** The text that the recipient of a delivery reads. */
export function bodyOfDelivery(delivery: Delivery, instances: Instances): string {
  const { body, owner, addressee } = delivery;
  if (delivery.isPublication) return withMessageId(body, idOfDelivery(delivery, instances));
  // Q8: what has moved is to who has it now.
  return owner === addressee ? body : withRecipient(body, instances.idOf(owner));
}

/**
 * The delivery that an id names, of those that an instance sent or got under whatever id it had: a message's only one, or a
 * copy of a publication.
 */
export function findDelivery(messageId: string, store: Store, asker: Instance): Delivery | undefined {
  const { messages, deliveries } = store;
  const message = messages.find(messageId);
  if (message !== undefined) return message.isPublication ? undefined : deliveries.listOf(message.position)[0];
  if (messageId[VERSION_AT] !== "5") return undefined;
  return findOwnCopy(messageId, store, asker) ?? findSentCopy(messageId, store, asker);
}

/** The publication whose copy an instance got under this id; null where it is no copy's. */
export function wholeOfCopy(copyId: string, store: Store, asker: Instance): string | null {
  const { messages } = store;
  // A message of its own has such an id too, where it went to a role.
  if (copyId[VERSION_AT] !== "5" || messages.has(copyId)) return null;
  for (const { position } of ownCopies(copyId, store, asker)) return messages.at(position)?.messageId ?? null;
  return null;
}

function findOwnCopy(copyId: string, store: Store, asker: Instance): Delivery | undefined {
  for (const key of ownCopies(copyId, store, asker)) {
    const found = store.deliveries.find(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The copies with this id, under whichever id the asker got them. */
function* ownCopies(copyId: string, { copies, instances, messages }: Store, asker: Instance): Generator<DeliveryKey> {
  for (const { id, number } of instances.withPredecessors(asker).slice(-PREDECESSORS_MAX)) {
    const position = copies.find(copyId, id, messages);
    if (position !== undefined) yield { position, addressee: number };
  }
}

function findSentCopy(copyId: string, { deliveries, instances, messages }: Store, asker: Instance) {
  let made = 0;
  for (const { position, messageId: wholeId, sender } of messages.newestPublications(0, PUBLICATIONS_MAX)) {
    if (made >= MADE_MAX) break;
    if (instances.holderOf(sender) !== asker) continue;
    const addressees = deliveries.listAddressees(position);
    made += addressees.length;
    const addressee = addressees.find(
      (number) => idOfDelivery({ position, addressee: number, wholeId, isPublication: true }, instances) === copyId,
    );
    if (addressee !== undefined) return deliveries.find({ position, addressee });
  }
  return undefined;
}

/** The ids that copies of the newest publications have for one recipient. */
interface OwnCopies {
  /** Publications up to this position are in it. */
  upTo: number;
  positions: Map<string, number>;
}

/**
 * Finds copies by their ids. These are made once for each publication and recipient who asks, and kept: making them for every
 * question would let anybody keep the hub busy.
 */
export class CopyIndex {
  static readonly #RECIPIENTS_MAX = 50;
  /** By recipient's id, those that asked last behind the others. */
  readonly #byRecipient = new Map<string, OwnCopies>();

  /** The position of the publication whose copy for this recipient has this id. */
  find(copyId: string, recipient: string, messages: Store["messages"]): number | undefined {
    const own = this.#byRecipient.get(recipient) ?? { upTo: 0, positions: new Map() };
    this.#byRecipient.delete(recipient);
    this.#byRecipient.set(recipient, own);
    const fresh = messages.newestPublications(own.upTo, PUBLICATIONS_MAX);
    for (const { position, messageId } of fresh.reverse()) {
      own.positions.set(fanOutId(messageId, recipient), position);
      own.upTo = position;
    }
    this.#forgetOldest(own);
    return own.positions.get(copyId);
  }

  #forgetOldest({ positions }: OwnCopies): void {
    for (const id of positions.keys()) {
      if (positions.size <= PUBLICATIONS_MAX) break;
      positions.delete(id);
    }
    if (this.#byRecipient.size > CopyIndex.#RECIPIENTS_MAX) {
      this.#byRecipient.delete(this.#byRecipient.keys().next().value as string);
    }
  }
}
