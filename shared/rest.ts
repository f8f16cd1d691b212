/** What REST answers with besides messages and instances (protocol section 7). Each name is one of `GET /openapi.json`. */
import { z } from "zod";
import { Claim, ClaimMode } from "./claims.ts";
import { InstanceId, MessageId } from "./ids.ts";
import { DeliveryState, Message, MessageType } from "./message.ts";

export const Topic = z
  .object({
    name: z.string(),
    createdAt: z.iso.datetime(),
    createdBy: z.string(),
    subscriberCount: z.number().int(),
    autoExpire: z.boolean(),
    subscribers: z.array(z.string()).optional(),
  })
  .meta({ id: "Topic" });
export type Topic = z.infer<typeof Topic>;

/** The answer to `ping`, by socket and by REST. */
export const PingAnswer = z
  .object({
    online: z.boolean(),
    /** The id that the address stands for, or the address itself where it stands for none or for several. */
    instanceId: z.string(),
    matches: z.array(z.string()).optional(),
  })
  .meta({ id: "PingAnswer" });
export type PingAnswer = z.infer<typeof PingAnswer>;

/** A message that its queue gave up (Q6): why, and what it was. */
export const DeadLetter = z
  .object({
    messageId: MessageId,
    /** Whose queue it was in. */
    instanceId: InstanceId,
    from: z.string(),
    type: MessageType.optional(),
    state: DeliveryState.extract(["expired", "dead", "removed"]),
    reason: z.string(),
    attempts: z.number().int(),
    queuedAt: z.iso.datetime(),
    endedAt: z.iso.datetime(),
    /** Left out where it cannot be read any more (Q10). */
    message: Message.optional(),
  })
  .meta({ id: "DeadLetter" });
export type DeadLetter = z.infer<typeof DeadLetter>;

/** Claims, the oldest first. */
export const ClaimPage = z
  .object({ items: z.array(Claim), nextCursor: z.string().nullable() })
  .meta({ id: "ClaimPage" });
export type ClaimPage = z.infer<typeof ClaimPage>;

/** A request that waits in line for claims. */
export const ClaimWait = z
  .object({
    instanceId: InstanceId,
    /** The first of them. */
    names: z.array(z.string()),
    /** How many more names it waits for. */
    more: z.number().int().optional(),
    mode: ClaimMode,
    since: z.iso.datetime(),
    reason: z.string().optional(),
    /** Who holds what it wants, each with one name; where nobody does, who is before it in line (`isHeld: false`). */
    waitsFor: z.array(z.object({ instanceId: InstanceId, name: z.string(), isHeld: z.boolean() })),
  })
  .meta({ id: "ClaimWait" });
export type ClaimWait = z.infer<typeof ClaimWait>;

/** Those who wait, the first in line first. */
export const ClaimWaitPage = z
  .object({ items: z.array(ClaimWait), nextCursor: z.string().nullable() })
  .meta({ id: "ClaimWaitPage" });
export type ClaimWaitPage = z.infer<typeof ClaimWaitPage>;

/** A message that its queue owes an ack. */
export const QueuedMessage = z.object({
  message: Message,
  /** `queued`: never written to a socket; `delivered`: written, not acked. */
  state: DeliveryState.extract(["queued", "delivered"]),
  attempts: z.number().int(),
  queuedAt: z.iso.datetime(),
});
export type QueuedMessage = z.infer<typeof QueuedMessage>;

/** A look into a queue, which changes nothing. */
export const QueuePage = z
  .object({
    /** Whose queue it is: the successor of an id that is retired (A4). */
    instanceId: z.string(),
    /** Everything in it. */
    depth: z.number().int(),
    /** In the order in which they will be delivered. */
    items: z.array(QueuedMessage),
    nextCursor: z.string().optional(),
  })
  .meta({ id: "QueuePage" });
export type QueuePage = z.infer<typeof QueuePage>;

/** How other machines reach this hub. */
export const JoinInfo = z.object({ hubUrl: z.string() }).meta({ id: "JoinInfo" });
export type JoinInfo = z.infer<typeof JoinInfo>;
