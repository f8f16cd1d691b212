import { describe, expect, it } from "vitest";
import type { MessageRecord } from "../../../shared/history.ts";
import { exportJsonLines, exportMarkdown } from "./thread-export.ts";

const record = (messageId: string, content: string, more: Partial<MessageRecord> = {}): MessageRecord => ({
  messageId,
  from: "ana@desk:shop/1",
  to: "ben@desk:api/2",
  type: "question",
  content,
  timestamp: "2026-11-22T14:00:00.000Z",
  state: "seen",
  history: [{ state: "queued", at: "2026-11-22T14:00:00.000Z" }],
  ...more,
});

const THREAD = [
  record("a", "**Which** port?\n\nI see two.", { fromRole: "frontend" }),
  record("b", "`3100`", {
    type: "result",
    replyToMessageId: "a",
    metadata: { pull: 4 },
    timestamp: "2026-11-22T14:01:00.000Z",
  }),
];

describe("export of a thread", () => {
  it("as Markdown says who wrote what to whom, and what it answers", () => {
    expect(exportMarkdown(THREAD)).toBe(`# Which port?

## 1. question

From \`ana@desk:shop/1\` (frontend) · to \`ben@desk:api/2\` · 2026-11-22T14:00:00.000Z · seen

**Which** port?

I see two.

## 2. result

From \`ana@desk:shop/1\` · to \`ben@desk:api/2\` · 2026-11-22T14:01:00.000Z · seen · answers 1

\`\`\`json
{
  "pull": 4
}
\`\`\`

\`3100\`
`);
  });

  it("as JSON lines keeps every field", () => {
    const lines = exportJsonLines(THREAD).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(THREAD);
  });
});
