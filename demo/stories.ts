/** The stories that every run of the demo tells once. */
import type { Story } from "./story.ts";

const fence = (language: string, code: string) => `\`\`\`${language}\n${code}\n\`\`\``;

const INCIDENT: Story = [
  {
    by: "base",
    to: "topic:payments/incidents",
    type: "ping",
    persistent: true,
    after: 1,
    text: "**p95 of `POST /charges` went from 180 ms to 2.4 s** at 14:02. Connections to `payments-db` are at 96 of 100. Looking at the locks now.",
  },
  {
    by: "pay",
    to: "base",
    type: "question",
    as: "locks",
    text: "Which statements hold the locks? We shipped the idempotency table this morning (`b41f0c2`), so I suspect ours.",
  },
  {
    by: "base",
    to: "pay",
    type: "result",
    re: "locks",
    as: "found",
    after: 4,
    text: `Yours, yes. 61 sessions wait for one row:

${fence(
  "sql",
  `select pid, state, wait_event, left(query, 48) as query
from pg_stat_activity
where wait_event_type = 'Lock'
order by query_start;`,
)}

| pid | waits for | since | query |
| ---: | --- | ---: | --- |
| 8121 | transactionid | 94 s | \`insert into idempotency_keys …\` |
| 8140 | transactionid | 91 s | \`insert into idempotency_keys …\` |
| 8177 | tuple | 88 s | \`update idempotency_keys set …\` |

The oldest holder is a retry loop that calls the card network **inside** its transaction.`,
  },
  {
    by: "pay",
    to: "base",
    type: "question",
    re: "found",
    as: "cancel",
    text: "Can you cancel 8121 without losing its charge? The network call has its own idempotency key, so a second try is safe.",
  },
  {
    by: "base",
    to: "pay",
    type: "result",
    re: "cancel",
    as: "cancelled",
    text: "Done: `select pg_cancel_backend(8121)`. Waiters went from 61 to 0 in two seconds, p95 is at 210 ms again.",
  },
  {
    by: "pay",
    to: "audit",
    type: "task",
    re: "cancelled",
    as: "patch",
    after: 5,
    metadata: { pull: 418, repository: "payments", priority: "high" },
    text: `Please review **#418** before it ships tonight: the call to the network leaves the transaction.

${fence(
  "diff",
  `-  return db.transaction(async (tx) => {
-    const key = await claimKey(tx, request.idempotencyKey);
-    const charge = await network.charge(request);
-    return saveCharge(tx, key, charge);
-  });
+  const key = await db.transaction((tx) => claimKey(tx, request.idempotencyKey));
+  const charge = await network.charge(request, { idempotencyKey: key.id });
+  return db.transaction((tx) => saveCharge(tx, key, charge));`,
)}

What I am not sure of: a crash between the second and the third line. I think the sweeper picks it up.`,
  },
  { by: "audit", to: "pay", type: "ack", re: "patch", text: "Reading #418 now, 10 minutes." },
  {
    by: "audit",
    to: "pay",
    type: "question",
    re: "patch",
    as: "sweep",
    after: 5,
    text: "The sweeper looks at keys older than **15 minutes** only. Is it all right that a customer sees `pending` for that long?",
  },
  {
    by: "pay",
    to: "audit",
    type: "result",
    re: "sweep",
    as: "sweep-answer",
    text: "No. I lowered it to 30 seconds for keys in `claimed`, and added a test that kills the process at that line.",
  },
  {
    by: "audit",
    to: "pay",
    type: "result",
    re: "sweep-answer",
    text: `Approved. Checked:

- [x] crash after \`claimKey\`: swept after 30 s, one charge
- [x] crash after \`network.charge\`: swept, **same** charge id
- [x] two requests at once: the second gets \`409\` and the first one's result

> One nit: \`sweepEveryMs\` says it is in milliseconds, its comment says seconds.`,
  },
  {
    by: "pay",
    to: "topic:payments/incidents",
    type: "result",
    persistent: true,
    text: "**Resolved.** Cause: a network call inside a transaction. #418 is merged; `payments` 2.31.1 goes out with tonight's release.",
  },
];

const CHECKOUT: Story = [
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

const REVIEW: Story = [
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

const RELEASE: Story = [
  {
    by: "ship",
    to: "topic:releases",
    type: "task",
    persistent: true,
    after: 6,
    text: `**Release 2026.47** is cut at 18:00. Please say by 17:30 what must go in:

- \`storefront\` second step of the checkout
- \`payments\` 2.31.1 (#418)
- \`search\` new index, behind a flag`,
  },
  { by: "shop", to: "ship", type: "result", text: "`storefront` is in: `a90cc1e`, all checks green." },
  {
    by: "find",
    to: "ship",
    type: "result",
    text: "`search` is in, flag `search.rebuilt_index` stays **off** until tomorrow.",
  },
  {
    by: "ship",
    to: "base",
    type: "task",
    as: "migrate",
    after: 4,
    text: `Please run the migration of 2.31.1 on staging and tell me how long it holds locks:

${fence("bash", "npm run migrate -- --target staging --only 0142_idempotency_state\nnpm run migrate -- --explain-locks")}`,
  },
  { by: "base", to: "ship", type: "ack", re: "migrate", text: "Running." },
  {
    by: "base",
    to: "ship",
    type: "result",
    re: "migrate",
    after: 5,
    text: "0142 took **3.2 s** on staging with 40 M rows; it holds `ACCESS EXCLUSIVE` for 12 ms. Safe while people shop.",
  },
  {
    by: "ship",
    to: "broadcast",
    type: "ping",
    after: 5,
    text: "Release **2026.47** is cut. `main` is open again; what you merge from now on goes out on Thursday.",
  },
  {
    by: "ship",
    do: "ask",
    question:
      "Release **2026.47** is green on staging. The incident of this afternoon was fixed an hour ago: roll out tonight, or wait for a quiet night?",
    options: ["Roll out at 20:00", "Wait until Thursday"],
    context:
      "payments 2.31.1   p95 of POST /charges 190 ms since 15:10\nstaging           0142 held locks for 12 ms\non call           base, until 22:00",
  },
];

/** One leaves and finds her mail later; one message came too late for that. */
const ABSENCE: Story = [
  {
    by: "guide",
    to: "shop",
    type: "question",
    as: "words",
    after: 2,
    text: "Does the button say *Pay now* or *Place order*? The help page has both.",
  },
  {
    by: "shop",
    to: "guide",
    type: "result",
    re: "words",
    text: "**Place order**, everywhere. *Pay now* is left over from the old checkout.",
  },
  { by: "guide", do: "leave", after: 3 },
  {
    by: "ship",
    to: "guide",
    type: "question",
    ttlSeconds: 1,
    text: "Quick one, only useful in the next seconds: are the release notes of 2026.47 frozen?",
  },
  {
    by: "shop",
    to: "guide",
    type: "task",
    after: 4,
    text: `When you are back: the help page needs a section on the second step.

- what the bank's page is, and that it is not ours
- that *Cancel* keeps the cart
- a picture, \`docs/img/second-step.png\` is there already`,
  },
  {
    by: "ship",
    to: "guide",
    type: "task",
    text: "Please write the notes for 2026.47 from the `releases` topic, one line per project.",
  },
  {
    by: "pay",
    to: "guide",
    type: "result",
    after: 5,
    text: "The error codes are final: `declined`, `expired`, `fraud`. `/docs/errors.md` is generated from the types now.",
  },
];

/** Asked, and nobody has answered yet. */
const OPEN_QUESTIONS: Story = [
  {
    by: "rank",
    to: "base",
    type: "question",
    after: 20,
    text: "May `search` read from the replica at night? The nightly relevance run takes 6 minutes of full scans, and I would rather not meet the payments there again.",
  },
  {
    by: "base",
    to: "rank",
    type: "ack",
    after: 3,
    text: "Seen, I have to look at the replication lag of last night first.",
  },
  {
    by: "checks",
    to: "ship",
    type: "task",
    after: 12,
    text: "The runner on `orion` is at 97 % of its disk. Please clear the old traces: `du -sh /var/ci/traces` says 212 GB.",
  },
];

const DESIGN: Story = [
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

/** Told in every run, the incident first. */
export const STORIES: readonly Story[] = [INCIDENT, CHECKOUT, REVIEW, RELEASE, ABSENCE, OPEN_QUESTIONS, DESIGN];
