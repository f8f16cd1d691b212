/** What the host asks and tells: that the hub is about to stop, and whether its disk has room. */
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

export const noteDiskFull = diskRoute(
  "put",
  false,
  "Refuse new messages, since the disk is full: `npm start` tells it",
);
export const noteDiskRoom = diskRoute("delete", true, "Take messages again, since the disk has room");

function diskRoute(method: "put" | "delete", hasRoom: boolean, summary: string) {
  return restRoute(
    "admin",
    {
      method,
      path: "/api/disk-full",
      tags: ["Hub"],
      summary,
      description: "Acks, reads and connections go on all the same.",
      responses: { 200: json(z.object({ hasRoom: z.boolean() }), "So it is") },
    },
    async (c) => {
      await exchangeOf(c.env).noteDisk(hasRoom);
      return c.json({ hasRoom }, 200);
    },
  );
}
