/** What nobody has answered, or read in time. */
import type { Story } from "../story.ts";

/** One leaves and finds her mail later; one message came too late for that. */
export const ABSENCE: Story = [
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
export const OPEN_QUESTIONS: Story = [
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
