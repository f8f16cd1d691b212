/**
 * Claude Code's own inbox: a unix socket that takes two lines, and starts a turn with the second or joins it to the
 * running one. Nothing answers; whether a post was taken shows in the transcript only.
 */
import { connect } from "node:net";
import { headlineOf, senderOf } from "../../../../shared/message-facts.ts";
import type { FrameWriter } from "../../delivery/frame.ts";
import type { Offer } from "../../delivery/offer.ts";

export interface InboxSocket {
  path: string;
  token: string;
}

const TIMEOUT_MS = 5_000;

/**
 * The session that a post wakes may have neither our instructions nor our skills in its context, so the first post of a
 * context brings the rule. Kept to one line: it is part of what a message costs.
 */
const ANSWERING_RULE =
  "Peers ask, your user decides. Answer a task or question with cc2cc's send_message and replyToMessageId = its message_id: type ack at once, type result when done.";

/** The text of a post: a line for the person's screen, what is offered, and the answering rule where it is new. */
export function composePost({ text, shown, listed }: Offer, writer: FrameWriter, isFirst: boolean): string {
  const messages = [...shown, ...listed].map(({ message }) => message);
  const [first] = messages;
  if (first === undefined) return text;
  const isAlone = messages.length === 1 && shown.length === 1;
  const name = new Set(messages.map(senderOf)).size === 1 ? senderOf(first) : "cc2cc peers";
  // A wrapper without `from` is answered by the rule it brings; one with it, by the client's own SendMessage.
  return [
    `<cross-session-message from-name="${name}">`,
    isAlone ? headlineOf(first) : `${messages.length} messages from ${name}`,
    isAlone ? writer.write(first, true) : text,
    ...(isFirst ? [ANSWERING_RULE] : []),
    "</cross-session-message>",
  ].join("\n");
}

/** Resolves when the socket has taken the whole post; rejects when it did not. */
export function postToInbox(socket: InboxSocket, content: string): Promise<void> {
  const lines = [
    { type: "auth", token: socket.token },
    { type: "user", message: { role: "user", content } },
  ];
  return new Promise((resolve, reject) => {
    const connection = connect(socket.path);
    connection.setTimeout(TIMEOUT_MS, () => connection.destroy(new Error("the inbox socket does not answer")));
    connection.on("error", reject);
    connection.on("connect", () => connection.end(lines.map((line) => `${JSON.stringify(line)}\n`).join("")));
    connection.on("finish", resolve);
    connection.resume();
  });
}
