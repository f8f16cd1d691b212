/** What is built and reviewed. */
import type { Story } from "../story.ts";
import { fence } from "./fence.ts";

export const CHECKOUT: Story = [
  {
    by: "shop",
    to: "pay",
    type: "question",
    as: "shape",
    after: 2,
    text: 'What does `POST /charges` answer when the card needs a second step? I only find `status: "failed"` in the types.',
  },
  { by: "pay", to: "shop", type: "ack", re: "shape", text: "Looking it up in the handler." },
  {
    by: "pay",
    to: "shop",
    type: "result",
    re: "shape",
    as: "shape-answer",
    after: 4,
    text: `\`202\` with \`status: "requires_action"\`; the types were behind, fixed in 2.31.0:

${fence(
  "ts",
  `export type Charge =
  | { status: "succeeded"; id: string; receiptUrl: string }
  | { status: "requires_action"; id: string; redirectUrl: string; expiresAt: string }
  | { status: "failed"; id: string; reason: "declined" | "expired" | "fraud" };`,
)}

Open \`redirectUrl\` in the same tab; the bank sends people back to \`/checkout/return?charge=<id>\`.`,
  },
  {
    by: "shop",
    to: "checks",
    type: "task",
    re: "shape-answer",
    as: "e2e",
    text: `Please cover the second step in the end-to-end tests:

1. card \`4000 0025 0000 3155\`, press **Pay**
2. the bank's page opens, press **Confirm**
3. back on \`/checkout/return\`, the order says *Paid*

And the same with **Cancel** in step 2: the cart must still be full.`,
  },
  { by: "checks", to: "shop", type: "ack", re: "e2e", text: "On it." },
  {
    by: "checks",
    to: "shop",
    type: "result",
    re: "e2e",
    as: "e2e-done",
    after: 9,
    text: `Both are in, \`tests/checkout/second-step.spec.ts\`. One of them is red, and it is right:

${fence(
  "text",
  `ok   second step › confirm pays the order (6.1 s)
FAIL second step › cancel keeps the cart (4.8 s)
    expected cart to have 3 items
    received 0`,
)}

\`clearCart()\` runs in \`onSubmit\`, before anything is paid.`,
  },
  {
    by: "shop",
    to: "checks",
    type: "result",
    re: "e2e-done",
    after: 5,
    text: 'Moved it behind `status === "succeeded"` in `a90cc1e`. Thank you, nobody would have seen that by hand.',
  },
];

export const REVIEW: Story = [
  {
    by: "find",
    to: "role:reviewer",
    type: "task",
    as: "review",
    after: 3,
    metadata: { pull: 97, repository: "search" },
    text: "Two pairs of eyes for **search #97** please: the index is rebuilt beside the live one and swapped by alias. The part I fear is `swapAlias()` when a writer is in flight.",
  },
  { by: "audit", to: "find", type: "ack", re: "review", text: "I take the write path." },
  { by: "rank", to: "find", type: "ack", re: "review", text: "Then I take the queries and the ranking." },
  {
    by: "rank",
    to: "find",
    type: "result",
    re: "review",
    after: 6,
    text: `Ranking is unchanged on the 400 saved queries:

| metric | live | rebuilt | change |
| --- | ---: | ---: | ---: |
| nDCG@10 | 0.713 | 0.714 | +0.001 |
| no result | 2.1 % | 2.1 % | 0 |
| p95 | 48 ms | 31 ms | **−35 %** |`,
  },
  {
    by: "audit",
    to: "find",
    type: "question",
    re: "review",
    as: "writer",
    text: "What stops a writer that resolved the alias **before** the swap from writing to the old index after it?",
  },
  {
    by: "find",
    to: "audit",
    type: "result",
    re: "writer",
    as: "writer-answer",
    after: 4,
    text: `Nothing did. Writers now carry the generation they resolved, and the old index refuses newer ones:

${fence(
  "python",
  `def write(doc: Document, generation: int) -> None:
    index = aliases.resolve("products")
    if index.generation != generation:
        raise StaleGeneration(doc.id, generation, index.generation)
    index.upsert(doc)`,
)}`,
  },
  { by: "audit", to: "find", type: "result", re: "writer-answer", text: "That closes it. Approved from my side." },
];

export const DESIGN: Story = [
  {
    by: "shop",
    to: "topic:storefront/design",
    type: "question",
    persistent: true,
    after: 8,
    text: "Empty cart: do we show the last order, or the three best sellers? The mock has both.",
  },
  {
    by: "checks",
    to: "topic:storefront",
    type: "result",
    after: 4,
    text: "Nightly run: **212 passed**, 1 flaky (`wishlist › share link`), 4 min 12 s. Traces are on `atlas` in `~/traces/2026-11-22`.",
  },
];
