/** A thread as a file to keep or to hand on. */
import type { MessageRecord } from "../../../shared/history.ts";
import { firstLine } from "./first-line.ts";
import { layOutThread } from "./thread-tree.ts";

/** One message a line, every field, oldest first. */
export function exportJsonLines(messages: readonly MessageRecord[]): string {
  return messages.map((message) => `${JSON.stringify(message)}\n`).join("");
}

/** For people: in the order of the tree, each message under a heading that says who, to whom, when and as an answer to what. */
export function exportMarkdown(messages: readonly MessageRecord[]): string {
  const rows = layOutThread(messages);
  const numbers = new Map(rows.map(({ message }, index) => [message.messageId, index + 1]));
  const sections = rows.map(({ message }) => {
    const { messageId, from, to, fromRole, type, timestamp, state, replyToMessageId, metadata, content } = message;
    const answered = replyToMessageId === undefined ? undefined : numbers.get(replyToMessageId);
    const facts = [
      `From \`${from}\`${fromRole === undefined ? "" : ` (${fromRole})`}`,
      `to \`${to}\``,
      timestamp,
      state,
      ...(answered === undefined ? [] : [`answers ${answered}`]),
    ];
    const extra = metadata === undefined ? "" : `\n\`\`\`json\n${JSON.stringify(metadata, null, 2)}\n\`\`\`\n`;
    return `## ${numbers.get(messageId)}. ${type}\n\n${facts.join(" · ")}\n${extra}\n${content.trimEnd()}\n`;
  });
  const [root] = rows;
  const title = root === undefined ? "Thread" : firstLine(root.message.content);
  return `# ${title}\n\n${sections.join("\n")}`;
}
