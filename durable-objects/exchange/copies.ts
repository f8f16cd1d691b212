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

/** The id under which the recipient knows a delivery. */
export function idOfDelivery(
  delivery: DeliveryKey & Pick<Delivery, "wholeId" | "isPublication">,
  instances: Instances,
): string {
  if (!delivery.isPublication) return delivery.wholeId;
  return fanOutId(delivery.wholeId, instances.byNumber(delivery.addressee)?.id ?? String(delivery.addressee));
}

/** The text that the recipient of a delivery reads. */
export function bodyOfDelivery(delivery: Delivery, instances: Instances): string {
  const { body, owner, addressee } = delivery;
  if (delivery.isPublication) return withMessageId(body, idOfDelivery(delivery, instances));
  // Q8: what has moved is to who has it now.
  return owner === addressee ? body : withRecipient(body, instances.byNumber(owner)?.id ?? "");
}

/**
 * The delivery that an id names, of those that an instance sent or got under whatever id it had: a message's only one, or a
 * copy of a publication.
 */
export function findDelivery(
  messageId: string,
  { messages, deliveries, instances }: Store,
  asker: Instance,
): Delivery | undefined {
  const message = messages.find(messageId);
  if (message !== undefined) return message.isPublication ? undefined : deliveries.listOf(message.position)[0];
  if (messageId[VERSION_AT] !== "5") return undefined;
  const id = messageId.toLowerCase();
  const own = instances.withPredecessors(asker);
  for (const { position, messageId: wholeId, sender } of messages.newestPublications(PUBLICATIONS_MAX)) {
    const isSender = instances.holderOf(sender) === asker;
    const addressees = isSender ? deliveries.listAddressees(position) : own.map(({ number }) => number);
    const addressee = addressees.find(
      (number) => idOfDelivery({ position, addressee: number, wholeId, isPublication: true }, instances) === id,
    );
    const found = addressee === undefined ? undefined : deliveries.find({ position, addressee });
    if (found !== undefined) return found;
  }
  return undefined;
}
