/** Counts, and numbers over time. */
import { z } from "@hono/zod-openapi";
import { exchangeOf, journalOf } from "../../durable-objects/env.ts";
import { JournalStats, StatsSeries, Traffic } from "../../shared/history.ts";
import { InstanceId, TopicName } from "../../shared/ids.ts";
import { EDGES_MAX, SERIES_POINTS_DEFAULT, SERIES_POINTS_MAX } from "../../shared/limits.ts";
import { MessageType } from "../../shared/message.ts";
import { json, refuse, restRoute } from "./declare.ts";
import { spanOf, spanQuery } from "./span.ts";

const tags = ["Hub"];

export const getStats = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/stats",
    tags,
    summary: "Counts of what happens here",
    responses: {
      200: json(
        JournalStats.extend({ activeInstances: z.number().int() }).meta({ id: "Stats" }),
        "Of the last 24 hours",
      ),
    },
  },
  async (c) => {
    const [stats, { online }] = await Promise.all([journalOf(c.env).stats(Date.now()), exchangeOf(c.env).health()]);
    return c.json({ ...stats, activeInstances: online }, 200);
  },
);

export const getSeries = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/stats/series",
    tags,
    summary: "Messages, queues and latencies over time",
    description:
      "In steps of whole minutes; of whole hours where the span begins more than two days ago. Narrowed to an instance, it " +
      "counts what that sent and got, and how long it took to deliver to it and for it to answer. Publications are in no latency, and " +
      "a queue does not tell its depth by type or topic.",
    request: {
      query: spanQuery.extend({
        buckets: z.coerce.number().int().min(1).max(SERIES_POINTS_MAX).default(SERIES_POINTS_DEFAULT),
        type: MessageType.optional(),
        topic: TopicName.optional(),
        instance: InstanceId.optional(),
      }),
    },
    responses: { 200: json(StatsSeries, "At most as many points as `buckets`") },
  },
  async (c) => {
    const { buckets, type = null, topic = null, instance = null, ...asked } = c.req.valid("query");
    const now = Date.now();
    const span = spanOf(asked, now);
    if ("ok" in span) return refuse(span);
    return c.json(await journalOf(c.env).series({ ...span, buckets, type, topic, instance }, now), 200);
  },
);

export const getTraffic = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/traffic",
    tags,
    summary: "Who wrote to whom",
    description: `The busiest ${EDGES_MAX} pairs. A publication counts once, to \`topic:<name>\`.`,
    request: { query: spanQuery },
    responses: { 200: json(Traffic, "The most messages first") },
  },
  async (c) => {
    const span = spanOf(c.req.valid("query"), Date.now());
    if ("ok" in span) return refuse(span);
    return c.json(await journalOf(c.env).traffic(span.from, span.to), 200);
  },
);
