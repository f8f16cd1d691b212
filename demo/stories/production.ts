/** What goes wrong in production, and what goes out to it. */
import type { Story } from "../story.ts";
import { fence } from "./fence.ts";

export const INCIDENT: Story = [
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

export const RELEASE: Story = [
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
