import { h } from "preact";

let isLoading = false;

function loadElement(): void {
  if (isLoading) return;
  isLoading = true;
  void import("@github/relative-time-element");
}

const ABSOLUTE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const SHORT = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "short" });

/** A moment, to the second, as the reader's own clock and calendar have it. */
export function formatMoment(at: string | number): string {
  return ABSOLUTE.format(new Date(at));
}

/**
 * `3m ago`, kept right by itself, or `in 3 minutes` of what is to come; its title has the moment to the second. Until its chunk is
 * there, the moment itself.
 */
export function RelativeTime(props: { at: string | number; tense?: "past" | "future"; class?: string }) {
  const { at, tense = "past", class: className } = props;
  loadElement();
  const date = new Date(at);
  return h(
    "relative-time",
    {
      datetime: date.toISOString(),
      title: ABSOLUTE.format(date),
      "no-title": true,
      tense,
      threshold: "P30D",
      "format-style": tense === "past" ? "narrow" : "long",
      class: className === undefined ? "nowrap" : `nowrap ${className}`,
    },
    SHORT.format(date),
  );
}
