/** This session as the tools ask for it (`shared/tools/tool-session.ts`). */
import { uuidv7 } from "uuidv7";
import type { DeliveredMessage } from "../../../shared/protocol.ts";
import { MessageParts } from "../../../shared/tools/message-parts.ts";
import type { ToolHistory, ToolInbox, ToolSession } from "../../../shared/tools/tool-session.ts";
import type { Delivery } from "../delivery/delivery.ts";
import { isOnItsWay, isOpen, type OpenParcel } from "../delivery/parcel.ts";
import type { Session } from "../session.ts";
import { describeSession } from "./status.ts";

export function toolSessionOf(session: Session): ToolSession {
  const { client, sent, waiters, writer, receipts, host } = session;
  return {
    get instanceId() {
      return session.instanceId;
    },
    inbox: inboxOf(session),
    history: historyOf(session),
    sent,
    waiters,
    parts: new MessageParts(),
    noReplyNote: host.isOneShot
      ? "No reply yet. Wait again if you need it: this session ends with its answer."
      : "No reply yet. It comes as a message when it is there; or wait again.",
    ask: (frame) => client.ask(frame),
    newMessageId: uuidv7,
    receiptOf: (messageId) => receipts.get(messageId),
    markOf: (messageId) => writer.markOf(messageId),
    fileName: (glob) => session.fileNames.nameOf(glob, { isGlob: true }),
    paused: () => session.client.paused,
    describe: () => describeSession(session),
  };
}

function inboxOf({ delivery, client }: Session): ToolInbox {
  const { parcels } = delivery;
  return {
    get behindCount() {
      return client.behindCount;
    },
    noteCall: () => delivery.noteCall(),
    free: () => parcels.free().map(({ message }) => message),
    add(messages) {
      for (const message of messages) parcels.add(message);
    },
    take: (messages) => void delivery.take(openParcels(delivery, messages), "tool"),
    giveBack: (messages) => delivery.giveBack(openParcels(delivery, messages)),
    finish: ({ shown, listed }) =>
      delivery.finish({ shown: openParcels(delivery, shown), listed: openParcels(delivery, listed) }),
    answers: () =>
      parcels.answers().map((parcel) => {
        const { facts } = parcel;
        return { facts, message: isOnItsWay(parcel) ? undefined : parcel.message };
      }),
    noteNamed: (messageId) => delivery.noteNamed(messageId),
    senderOf: (messageId) => parcels.find(messageId)?.facts.from,
    senders: () => parcels.senders(),
  };
}

function openParcels({ parcels }: Delivery, messages: readonly DeliveredMessage[]): OpenParcel[] {
  return messages.flatMap(({ messageId }) => {
    const parcel = parcels.find(messageId);
    return parcel !== undefined && isOpen(parcel) ? [parcel] : [];
  });
}

function historyOf({ rest }: Session): ToolHistory {
  return {
    searchMessages: (query, limit) => rest.searchMessages(query, limit),
    topicMessages: (topic, limit) => rest.topicMessages(topic, limit),
    copiesOf: async (messageId) => (await rest.findMessage(messageId))?.copies,
  };
}
