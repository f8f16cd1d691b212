/** What history answers: messages with their states, pages of them, and counts (protocol section 7). */
import { z } from "zod";
import { DeliveryState, Message } from "./message.ts";

/** One message as history knows it. */
export const MessageRecord = Message.extend({
  /** How far it got. A publication or broadcast as a whole is `delivered`; `recipients` then counts. */
  state: DeliveryState,
  history: z.array(z.object({ state: DeliveryState, at: z.iso.datetime() })),
  /** When the first answer came that is not a mere `ack`. */
  answeredAt: z.iso.datetime().optional(),
  /** Of a publication: subscribers it was written to, and those it was queued for. */
  recipients: z.object({ delivered: z.number().int(), queued: z.number().int() }).optional(),
}).meta({ id: "MessageRecord" });
export type MessageRecord = z.infer<typeof MessageRecord>;

/** Newest first. */
export const MessagePage = z.object({ items: z.array(MessageRecord), nextCursor: z.string().optional() });
export type MessagePage = z.infer<typeof MessagePage>;

/** Of `count` measured times, how long half and 95 % of them took at most; null without any. */
const Latency = z.object({
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
  })
  .meta({ id: "JournalStats" });
export type JournalStats = z.infer<typeof JournalStats>;
