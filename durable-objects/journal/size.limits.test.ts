/** CC2CC_HISTORY_MAX_MB: what history holds in all, at every moment; here 6 MB (vitest.config.ts). */
import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { fanOutId } from "../fan-out-id.ts";
import type { StateGroup } from "../states.ts";
import { BOB, makeFeed, makeJournal, makeMessage, NOON, stateGroup, takeFeed } from "./test-kit.ts";

const MAX_BYTES = 6 * 1_048_576;
const TOPIC = "size/news";

/** A publication, and what its copies came to. */
function makePublication(content: string): { event: string; states: StateGroup[] } {
  const message = makeMessage({ content, to: `topic:${TOPIC}`, topicName: TOPIC });
  const { messageId, timestamp } = message;
  const event = {
    event: "topic:message",
    timestamp,
    name: TOPIC,
    message,
    persistent: true,
    delivered: 100,
    queued: 0,
  };
  const ids = Array.from({ length: 100 }, (_, n) => fanOutId(messageId, `u@h:p/s${n}`)).join("");
  const states = (["delivered", "acked"] as const).map((state) => ({ state, at: NOON, instanceId: BOB, ids }));
  return { event: JSON.stringify(event), states };
}

it("keeps below its bound while it grows, with everything that it holds, and has the newest", async () => {
  const journal = makeJournal("size");
  const bytes = () => runInDurableObject(journal, (_, { storage }) => storage.sql.databaseSize);
  const sizes: number[] = [];
  for (let n = 0; n < 24; n++) {
    const messages = Array.from({ length: 500 }, (_, i) =>
      makeMessage({ content: `${n} ${i} ${"text of words ".repeat(70)}` }),
    );
    const states = messages.map(({ messageId }) => stateGroup(messageId, "acked"));
    const publications = Array.from({ length: 20 }, () => makePublication(`publication ${n}`));
    await takeFeed(journal, [
      ...makeFeed(messages, [...states, ...publications.flatMap((publication) => publication.states)]),
      ...publications.map(({ event }) => event),
    ]);
    sizes.push(await bytes());
  }
  expect(Math.max(...sizes)).toBeLessThan(1.2 * MAX_BYTES);
  const newest = async () => {
    const found = await journal.search("", 50, null);
    return found.ok ? found.value.items.map(({ content }) => content) : [];
  };
  // 500 go at a time, of 520 that came last: how many more are left depends on where the pieces fell.
  expect((await newest()).slice(0, 20)).toEqual(Array.from({ length: 20 }, () => "publication 23"));
  expect(await bytes()).toBeLessThan(1.2 * MAX_BYTES);
});
