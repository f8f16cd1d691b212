/** What the host asks before it stops the hub. */
import { z } from "@hono/zod-openapi";
import { exchangeOf, journalOf } from "../../durable-objects/env.ts";
import { json, restRoute } from "./declare.ts";

export const closeSockets = restRoute(
  "admin",
  {
    method: "delete",
    path: "/api/sockets",
    tags: ["Hub"],
    summary: "Close every socket with 1001, as before a shutdown; clients come back by themselves",
    responses: { 200: json(z.object({ closed: z.number().int() }), "How many instances were online") },
  },
  async (c) => {
    const [closed] = await Promise.all([exchangeOf(c.env).closeSockets(), journalOf(c.env).closeSockets()]);
    return c.json({ closed }, 200);
  },
);
