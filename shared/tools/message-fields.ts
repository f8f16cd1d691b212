/** Fields of a message as tools take them. */
import { z } from "zod";

export const type = z.enum(["task", "result", "question", "ack", "ping"]);
export const metadata = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional();
