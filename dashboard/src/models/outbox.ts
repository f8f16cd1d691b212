/** What this tab sends: shown at once, confirmed by the hub, and safe to send again (M3). */
import { createModel, type ReadonlySignal, signal } from "@preact/signals";
import { uuidv7 } from "uuidv7";
import type { MessageType } from "../../../shared/message.ts";
import type { ClientFrameInput } from "../../../shared/protocol.ts";
import type { Hub } from "../adapter/hub.ts";
import type { Answer } from "../adapter/participant.ts";
import { type MessageSignal, type MessageStore, messageIdOf } from "./message-store.ts";

export interface Draft {
  /** A full instance id, `role:<name>`, `topic:<name>` or `broadcast`. */
  to: string;
  type: MessageType;
  content: string;
  replyToMessageId?: string;
  /** For topics: also for who is not online now. */
  persistent?: boolean;
}

export interface Outbox {
  /** Who this tab is. */
  sender: ReadonlySignal<string>;
  /** Sent by this tab and not told back by the event stream yet, oldest first. */
  underWay: ReadonlySignal<readonly MessageSignal[]>;
  /** Shows it as pending at once; `done` never rejects. */
  send(draft: Draft): { messageId: string; done: Promise<Answer> };
  /** Sends one that failed again, with the same id. */
  retry(messageId: string): Promise<Answer> | undefined;
  /** Gives one up that failed. */
  discard(messageId: string): void;
}

export const OutboxModel = createModel((hub: Hub, messages: MessageStore): Outbox => {
  const underWay = signal<readonly MessageSignal[]>([]);
  const drafts = new Map<string, Draft>();

  const drop = (isDropped: (messageId: string) => boolean) => {
    const left = underWay.peek().filter((message) => !isDropped(message.peek().messageId));
    if (left.length < underWay.peek().length) underWay.value = left;
  };

  hub.stream.onEvents((events) => {
    if (underWay.peek().length === 0) return;
    const told = new Set(events.map(messageIdOf));
    drop((messageId) => told.has(messageId));
  });

  async function transmit(messageId: string, draft: Draft): Promise<Answer> {
    const answer = await hub.participant.request(frameOf(messageId, draft));
    if (!answer.ok) {
      messages.setLocal(messageId, { kind: "failed", error: answer.error });
      return answer;
    }
    drafts.delete(messageId);
    messages.setLocal(messageId, undefined);
    // The copies to those who have the role have ids of their own, and come by the stream.
    if (draft.to.startsWith("role:")) {
      drop((id) => id === messageId);
      messages.forget(messageId);
    }
    return answer;
  }

  return {
    sender: hub.participant.instanceId,
    underWay,
    send(draft) {
      const messageId = uuidv7();
      const { to, type, content, replyToMessageId } = draft;
      const record = messages.put({
        messageId,
        from: hub.participant.instanceId.peek(),
        to,
        type,
        content,
        ...(replyToMessageId === undefined ? {} : { replyToMessageId }),
        ...(to.startsWith("topic:") ? { topicName: to.slice("topic:".length) } : {}),
        ...(to.startsWith("role:") ? { role: to.slice("role:".length) } : {}),
        timestamp: new Date().toISOString(),
        state: "queued",
        history: [],
        local: { kind: "pending" },
      });
      drafts.set(messageId, draft);
      underWay.value = [...underWay.peek(), record];
      return { messageId, done: transmit(messageId, draft) };
    },
    retry(messageId) {
      const draft = drafts.get(messageId);
      if (draft === undefined) return undefined;
      messages.setLocal(messageId, { kind: "pending" });
      return transmit(messageId, draft);
    },
    discard(messageId) {
      drafts.delete(messageId);
      drop((id) => id === messageId);
      messages.forget(messageId);
    },
  };
});

function frameOf(messageId: string, { to, type, content, replyToMessageId, persistent }: Draft): ClientFrameInput {
  if (to === "broadcast") return { action: "broadcast", type, content, messageId };
  return {
    action: "send_message",
    to,
    type,
    content,
    messageId,
    ...(replyToMessageId === undefined ? {} : { replyToMessageId }),
    ...(persistent === undefined || !to.startsWith("topic:") ? {} : { persistent }),
  };
}
