import type { MessageRecord } from "../../../shared/history.ts";
import { Recipients } from "./recipients.tsx";
import { WhyWaiting } from "./why-waiting.tsx";

/** What only the hub, or a look at its recipient, can say of how far a message got. */
export function DeliveryDetails({ message }: { message: MessageRecord }) {
  return message.recipients === undefined ? <WhyWaiting message={message} /> : <Recipients message={message} />;
}
