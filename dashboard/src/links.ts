/** Where things of the hub are shown. */

/** An instance's drawer. */
export function instanceHref(instanceId: string): string {
  return `/?instance=${encodeURIComponent(instanceId)}&drawer=open`;
}

/** What it did, on lanes. */
export function timelineHref(instanceId: string): string {
  return `/sessions/${encodeURIComponent(instanceId)}`;
}

export function topicHref(name: string): string {
  return `/topics?topic=${encodeURIComponent(name)}`;
}

/** The conversation that a message is in. */
export function threadHref(messageId: string): string {
  return `/conversations?thread=${messageId}`;
}

/** What a schedule says, and what became of its last times. */
export function scheduleHref(scheduleId: string): string {
  return `/schedules?schedule=${encodeURIComponent(scheduleId)}`;
}

/** A message in the feed, with what was said round it. */
export function contextHref(messageId: string): string {
  return `/?at=${messageId}`;
}

/** What two said to each other, as messages. */
export function messagesBetweenHref(one: string, other: string): string {
  return `/?${new URLSearchParams({ q: `with:${one} with:${other}` })}`;
}

/** What can be sent to a colleague, who has a key of their own. */
export function absoluteHref(href: string): string {
  return new URL(href, location.origin).href;
}
