/**
 * Apart from the schemas, so that a browser gets it without all of zod. In the order a message passes through them; the
 * last three end it without an ack.
 */
export const DELIVERY_STATES = ["queued", "delivered", "acked", "seen", "expired", "dead", "removed"] as const;
