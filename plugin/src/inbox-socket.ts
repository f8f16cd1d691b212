/** Claude Code's own inbox: a unix socket that takes two lines and starts, or joins, a turn with the second. */
import { connect } from "node:net";
import type { DeliveredMessage } from "../../shared/protocol.ts";
import { wrapMessage } from "./wrap-message.ts";

export interface InboxSocket {
  path: string;
  token: string;
}

const TIMEOUT_MS = 5_000;
/** One post: large enough that a backlog is few of them, small enough to be read in one turn. */
const POST_MAX_LENGTH = 48_000;

/** As many messages, from the first, as one post takes; at least one. */
export function takePost<T extends { message: DeliveredMessage }>(entries: readonly T[]): T[] {
  let length = 0;
  const count = entries.findIndex(({ message }) => {
    length += message.content.length + 300;
    return length > POST_MAX_LENGTH;
  });
  return entries.slice(0, count === -1 ? entries.length : Math.max(1, count));
}

/** Resolves when the client has taken the whole post; rejects when it did not. */
export function postToInbox(socket: InboxSocket, messages: readonly DeliveredMessage[]): Promise<void> {
  const body = messages.map(wrapMessage).join("\n");
  const content = `<cross-session-message from="cc2cc" from-name="cc2cc">\n${body}\n</cross-session-message>`;
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
