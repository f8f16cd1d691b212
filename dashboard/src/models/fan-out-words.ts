/** What a card says of a message that went to several. */
import type { Recipient, RecipientPage } from "../../../shared/history.ts";
import type { MessageType } from "../../../shared/message.ts";
import type { StoredMessage } from "./message-store.ts";

export interface Progress {
  /** Undefined where nobody counts: broadcasts. */
  total: number | undefined;
  answered: number;
  /** Undefined while it is not known, and where nobody keeps it: of what is only written to who is there. */
  reached: Omit<RecipientPage["tally"], "answered"> | undefined;
}

/** What the page itself knows before the hub is asked: the copies that it shows, or for how many a publication was. */
export function progressOf(message: StoredMessage, copies: readonly StoredMessage[]): Progress | undefined {
  const { recipients } = message;
  if (recipients !== undefined) {
    return { total: recipients.delivered + recipients.queued, answered: 0, reached: undefined };
  }
  if (copies.length < 2) return undefined;
  const count = (isSo: (copy: StoredMessage) => boolean) => copies.filter(isSo).length;
  const reached = (...states: string[]) => count(({ history }) => history.some(({ state }) => states.includes(state)));
  return {
    total: copies.length,
    answered: count(({ answeredAt }) => answeredAt !== undefined),
    reached: {
      delivered: reached("delivered", "acked", "seen"),
      acked: reached("acked", "seen"),
      seen: reached("seen"),
      ended: count(({ state }) => state === "expired" || state === "dead" || state === "removed"),
    },
  };
}

/** The same as the hub tells it. */
export function progressOfPage({ total, tally, items }: RecipientPage): Progress {
  const { answered, ...reached } = tally;
  return { total, answered, reached: items.some(({ state }) => state !== undefined) ? reached : undefined };
}

/** `3 of 24 answered, 6 seen`; of what wants no answer how far it got. "" where there is nothing to say. */
export function describeProgress({ total, answered, reached }: Progress, type: MessageType): string {
  const isAboutAnswers = wantsAnswer(type) || answered > 0;
  if (total === undefined) return isAboutAnswers ? `${answered} answered` : "";
  if (total === 0) return "for nobody";
  const parts = isAboutAnswers ? [`${answered} of ${total} answered`] : [];
  if (reached === undefined) return parts[0] ?? `for ${total}`;
  const { delivered, acked, seen, ended } = reached;
  if (answered < total) {
    const [far, word] = seen > 0 ? [seen, "seen"] : acked > 0 ? [acked, "taken"] : [delivered, "delivered"];
    parts.push(parts.length === 0 ? `${far} of ${total} ${word}` : `${far} ${word}`);
  }
  if (ended > 0) parts.push(`${ended} given up`);
  return parts.join(", ");
}

export function wantsAnswer(type: MessageType): boolean {
  return type === "task" || type === "question";
}

/** Whether nothing is missing of this one: an answer where one is wanted, otherwise a look. */
export function isDone({ answeredAt, state }: Recipient, type: MessageType): boolean {
  if (answeredAt !== undefined) return true;
  return !wantsAnswer(type) && (state === "seen" || state === "acked");
}
