import { computed, type ReadonlySignal } from "@preact/signals";
import type { MessageRecord } from "../../../shared/history.ts";
import type { UrlState } from "../url-state.ts";

/** What the feed shows; "" for no bound. `text` is in the language of the hub's search. */
export interface FeedFilter {
  text: string;
  type: string;
  /** From or to this instance. */
  instance: string;
  topic: string;
  /** The id of a message that is shown with what was said round it, by anybody; nothing else bounds it then. */
  at: string;
}

const EVERYTHING: FeedFilter = { text: "", type: "", instance: "", topic: "", at: "" };

/** The filter that the address names; while another page is open, the last one, since its query says nothing of the feed. */
export function filterOf(url: UrlState, isHere: ReadonlySignal<boolean>): ReadonlySignal<FeedFilter> {
  let last = EVERYTHING;
  return computed(() => {
    if (!isHere.value) return last;
    const at = url.param("at").value;
    if (at !== "") {
      last = { ...EVERYTHING, at };
      return last;
    }
    last = {
      at,
      text: url.param("q").value.trim(),
      type: url.param("type").value,
      instance: url.param("instance").value,
      topic: url.param("topic").value,
    };
    return last;
  });
}

/** The same as a query for the hub's search. */
export function queryOf({ text, type, instance, topic }: FeedFilter): string {
  const terms = [
    text,
    type === "" ? "" : `type:${type}`,
    instance === "" ? "" : `with:${instance}`,
    topic === "" ? "" : `topic:${topic}`,
  ];
  return terms.filter((term) => term !== "").join(" ");
}

/** Whether a message that just came belongs there; what `text` asks for only the hub can say. */
export function isMatch(
  { type, instance, topic }: FeedFilter,
  { from, to, topicName, ...message }: MessageRecord,
): boolean {
  if (type !== "" && message.type !== type) return false;
  if (instance !== "" && from !== instance && to !== instance) return false;
  return topic === "" || topicName === topic;
}
