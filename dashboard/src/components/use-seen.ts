import { useEffect } from "preact/hooks";
import type { StoredMessage } from "../models/message-store.ts";
import type { Models } from "../models/models.ts";

/** What is addressed to this tab counts as seen once it is on screen and somebody can look at it. */
export function useSeen(
  element: { current: Element | null },
  message: StoredMessage,
  { hub, surroundings }: Models,
): void {
  const isWanted =
    message.to === hub.participant.instanceId.value &&
    (message.state === "delivered" || message.state === "acked") &&
    hub.participant.state.value.kind === "open";
  const isVisible = surroundings.isVisible.value;
  const { messageId } = message;
  useEffect(() => {
    if (!isWanted || !isVisible || element.current === null) return;
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      hub.participant.markSeen([messageId]);
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [isWanted, isVisible, messageId]);
}
