/** What history answers: messages with their states, pages of them, and counts (protocol section 7). */
import { z } from "zod";
import { DeliveryState, Message, MessageType } from "./message.ts";

/** How many copies of a publication got so far; what got further counts in every step before. */
export const CopyCounts = z.object({
  delivered: z.number().int(),
  acked: z.number().int(),
  seen: z.number().int(),
  /** Expired, dead or removed. */
  ended: z.number().int(),
});
export type CopyCounts = z.infer<typeof CopyCounts>;

/** One message as history knows it. */
export const MessageRecord = Message.extend({
  /** How far it got. A publication or broadcast as a whole is `delivered`; `recipients` then counts. */
  state: DeliveryState,
  history: z.array(z.object({ state: DeliveryState, at: z.iso.datetime() })),
  /** When the first answer came that is not a mere `ack`. */
  answeredAt: z.iso.datetime().optional(),
  /** Of a publication: subscribers it was written to, and those it was queued for. */
  recipients: z.object({ delivered: z.number().int(), queued: z.number().int() }).optional(),
  /** Of a persistent publication, where it is asked for alone: its copies for the instances that the hub still knows. */
  copies: CopyCounts.optional(),
}).meta({ id: "MessageRecord" });
export type MessageRecord = z.infer<typeof MessageRecord>;

/** A message that was asked for by its id, with the others that came under the same one. */
export const FoundMessage = MessageRecord.extend({
  /** From other senders, to other recipients, or with another content; the oldest first. */
  twins: z.array(MessageRecord).optional(),
}).meta({ id: "FoundMessage" });
export type FoundMessage = z.infer<typeof FoundMessage>;

/** One of those whom a message was for, and how far it got there. */
export const Recipient = z
  .object({
    instanceId: z.string(),
    /** The id under which it has the message: a copy has one of its own (M3). */
    messageId: z.string(),
    /** Left out where nobody keeps it: of broadcasts, and of publications that are not persistent. */
    state: DeliveryState.optional(),
    /** Since when it is in that state. */
    at: z.iso.datetime().optional(),
    /** Its first answer that is more than an `ack`. */
    answeredAt: z.iso.datetime().optional(),
    answerId: z.string().optional(),
  })
  .meta({ id: "Recipient" });
export type Recipient = z.infer<typeof Recipient>;

/** The answer to `GET /api/messages/:id/recipients`: the whole that the message is of, and a page of those it was for. */
export const RecipientPage = z
  .object({
    messageId: z.string(),
    /** For how many it was; left out of broadcasts, for which nobody counts. */
    total: z.number().int().optional(),
    /** Of all of them, not of the page only. */
    tally: CopyCounts.extend({ answered: z.number().int() }),
    /** By name. */
    items: z.array(Recipient),
    nextCursor: z.string().optional(),
  })
  .meta({ id: "RecipientPage" });
export type RecipientPage = z.infer<typeof RecipientPage>;

/** Newest first. */
export const MessagePage = z.object({
  items: z.array(MessageRecord),
  nextCursor: z.string().optional(),
  /** The newest messages are missing: there was so much traffic that history is still catching up. */
  isBehind: z.boolean().optional(),
});
export type MessagePage = z.infer<typeof MessagePage>;

/** Of `count` measured times, how long half and 95 % of them took at most; null without any. */
export const Latency = z.object({
  count: z.number().int(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
});
export type Latency = z.infer<typeof Latency>;

/** Counts are of the last 24 hours, the present one included, unless the name says otherwise. */
export const JournalStats = z
  .object({
    /** Since midnight UTC. */
    messagesToday: z.number().int(),
    /** Not acked yet, over all instances. */
    queuedTotal: z.number().int(),
    /** Of each of the 24 hours, oldest first; messages of publications count once. */
    hours: z.array(z.object({ at: z.iso.datetime(), messages: z.number().int() })),
    types: z.record(z.string(), z.number().int()),
    topics: z.record(z.string(), z.number().int()),
    instances: z.array(z.object({ instanceId: z.string(), sent: z.number().int(), received: z.number().int() })),
    /** From acceptance to the recipient's socket, of the newest messages. */
    delivery: Latency,
    /** From a task or question to its first answer, of the newest answers. */
    answers: Latency,
    /** Tasks and questions of all of history that nobody answered; publications are not among them. */
    unanswered: z.number().int(),
  })
  .meta({ id: "JournalStats" });
export type JournalStats = z.infer<typeof JournalStats>;

/** One stretch of a series. */
export const SeriesPoint = z.object({
  /** Its beginning; it lasts `stepMs` of the series. */
  at: z.iso.datetime(),
  /** Messages sent; a publication counts once. */
  messages: z.number().int(),
  types: z.record(MessageType, z.number().int()),
  /** The most that waited at any moment of it, over all instances or for the one asked for; null where that is not known. */
  queueDepth: z.number().int().nullable(),
  /** Of the deliveries and answers that happened in it; percentiles to about 5 %. */
  delivery: Latency,
  answers: Latency,
});
export type SeriesPoint = z.infer<typeof SeriesPoint>;

/** The answer to `GET /api/stats/series`. Whole minutes for the last two days, whole hours before. */
export const StatsSeries = z
  .object({
    /** What was asked for, in whole minutes or hours. */
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    stepMs: z.number().int(),
    /** Oldest first, without gaps. */
    points: z.array(SeriesPoint),
    /** Totals of the whole span, the largest 50 first. */
    topics: z.array(z.object({ name: z.string(), count: z.number().int() })),
    instances: z.array(z.object({ instanceId: z.string(), sent: z.number().int(), received: z.number().int() })),
  })
  .meta({ id: "StatsSeries" });
export type StatsSeries = z.infer<typeof StatsSeries>;

/** The answer to `GET /api/traffic`: who wrote to whom, the busiest first. */
export const Traffic = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    /** `to` is an instance id, `topic:<name>` (a publication counts once) or `broadcast`. */
    edges: z.array(z.object({ from: z.string(), to: z.string(), messages: z.number().int() })),
    /** Whether there were more edges than these. */
    truncated: z.boolean(),
  })
  .meta({ id: "Traffic" });
export type Traffic = z.infer<typeof Traffic>;

/** The answer to `GET /api/instances/:id/presence`: when it was online. */
export const Presence = z
  .object({
    instanceId: z.string(),
    /** Those that have a part in the time asked for, whole, and the last one before it, the oldest first; `to` is null for one that lasts. */
    spans: z.array(z.object({ from: z.iso.datetime(), to: z.iso.datetime().nullable() })),
    /** Whether it was online before this, the hub does not know; null where it knows nothing. */
    knownSince: z.iso.datetime().nullable(),
    /** Whether there were more spans than these, which are the newest. */
    truncated: z.boolean(),
  })
  .meta({ id: "Presence" });
export type Presence = z.infer<typeof Presence>;

/** A message and all that answers it, in short. */
export const ThreadSummary = z
  .object({
    /** The message that all others answer, or the oldest that history still has. */
    rootId: z.string(),
    root: MessageRecord,
    last: MessageRecord,
    messages: z.number().int(),
    /** Who sent or received any of it, the first 20. */
    participants: z.array(z.string()),
    /** Whether a task or question in it has no answer yet. */
    isUnanswered: z.boolean(),
  })
  .meta({ id: "ThreadSummary" });
export type ThreadSummary = z.infer<typeof ThreadSummary>;

/** Newest activity first; with a query, newest match first. */
export const ThreadPage = z.object({
  items: z.array(ThreadSummary),
  nextCursor: z.string().optional(),
  /** As of a page of messages. */
  isBehind: z.boolean().optional(),
});
export type ThreadPage = z.infer<typeof ThreadPage>;

/** The whole tree that a message is in. */
export const Thread = z
  .object({
    rootId: z.string(),
    /** Oldest first. */
    items: z.array(MessageRecord),
    /** Whether some are left out, because there are more than 500 or they are too long: then these are around the message. */
    truncated: z.boolean(),
  })
  .meta({ id: "Thread" });
export type Thread = z.infer<typeof Thread>;
