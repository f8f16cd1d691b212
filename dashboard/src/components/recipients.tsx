import { useEffect } from "preact/hooks";
import type { MessageRecord } from "../../../shared/history.ts";
import { path } from "../adapter/rest.ts";
import { useModels } from "../models/models.ts";

/** Whom a publication was for, and, asked of the hub as it appears, how far its copies got since. */
export function Recipients({ message }: { message: MessageRecord }) {
  const { hub, messages } = useModels();
  const { messageId, recipients } = message;
  useEffect(() => {
    // Without an answer, what is known already stays.
    hub.rest.get<MessageRecord>(path`/api/messages/${messageId}`).then(messages.put, () => undefined);
  }, [hub, messages, messageId]);
  if (recipients === undefined) return null;
  const copies = (messages.get(messageId)?.value ?? message).copies;
  return (
    <>
      <p>
        Written to {recipients.delivered} connected, queued for {recipients.queued} away.
      </p>
      {copies && (
        <p>
          So far {copies.delivered} delivered, {copies.acked} acked, {copies.seen} seen
          {copies.ended > 0 && `, ${copies.ended} given up`}.
        </p>
      )}
    </>
  );
}
