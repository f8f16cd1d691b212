/** Keys that admins mint for others. */
import { z } from "@hono/zod-openapi";
import { directoryOf } from "../../durable-objects/env.ts";
import { failure } from "../../shared/errors.ts";
import { KeyInfo, KeyRequest, NewKey } from "../../shared/keys.ts";
import { body, json, refuse, restRoute } from "./declare.ts";

const tags = ["Keys"];

export const listKeys = restRoute(
  "admin",
  {
    method: "get",
    path: "/api/keys",
    tags,
    summary: "All keys, and who uses them now",
    description: "Those of CC2CC_HUB_API_KEY (`origin: environment`) are ended there. No key is ever told.",
    responses: { 200: json(z.array(KeyInfo), "Those of the environment in its order, then the minted ones by age") },
  },
  async (c) => c.json(await directoryOf(c.env).listKeys(), 200),
);

export const mintKey = restRoute(
  "admin",
  {
    method: "post",
    path: "/api/keys",
    tags,
    summary: "Make a key",
    description:
      "`observer` reads and streams; `member` also connects, sends and keeps topics; `admin` may do everything. A `pattern` " +
      "such as `alice@*` ties the key to the instances it matches: it needs no identity secret there and works nowhere else.",
    request: body(KeyRequest),
    responses: { 201: json(NewKey, "The key, shown this once") },
  },
  async (c) => {
    return c.json(await directoryOf(c.env).mintKey(c.req.valid("json"), Date.now()), 201);
  },
);

export const revokeKey = restRoute(
  "admin",
  {
    method: "delete",
    path: "/api/keys/{id}",
    tags,
    summary: "Revoke a key: its sessions end and its sockets close (4003)",
    request: { params: z.object({ id: z.string().min(1).max(64) }) },
    responses: { 200: json(z.object({ revoked: z.literal(true), id: z.string() }), "It opens nothing any more") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    if (await directoryOf(c.env).revokeKey(id)) return c.json({ revoked: true as const, id }, 200);
    return refuse(failure("not_found", `There is no key ${id}. Keys of CC2CC_HUB_API_KEY are revoked there.`));
  },
);
