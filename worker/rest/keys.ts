/** Keys that admins mint for others. */
import { z } from "@hono/zod-openapi";
import { directoryOf } from "../../durable-objects/env.ts";
import { failure } from "../../shared/errors.ts";
import { KeyInfo, KeyRequest, NewKey } from "../../shared/keys.ts";
import { body, json, refuse, restRoute, resultOf } from "./declare.ts";

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
      "`observer` reads and streams; `member` also connects, sends and keeps topics; `approver` is a person who answers approvals, " +
      "too; `admin` may do everything but that. A `pattern` " +
      "such as `alice@*` ties the key to the instances it matches: it needs no identity secret there and works nowhere else.",
    request: body(KeyRequest),
    responses: { 201: json(NewKey, "The key, shown this once") },
  },
  async (c) => {
    const { keyId } = c.var.principal;
    const minted = await resultOf(directoryOf(c.env).mintKey(c.req.valid("json"), keyId, Date.now()));
    return minted.ok ? c.json(minted.value, 201) : refuse(minted);
  },
);

export const revokeKey = restRoute(
  "admin",
  {
    method: "delete",
    path: "/api/keys/{id}",
    tags,
    summary: "Revoke a key: its sessions end and its sockets close (4003)",
    description:
      "The keys that it minted are revoked with it, and those that they did: whoever stole an admin's key has made others. " +
      "`keepMinted=true` keeps them.",
    request: {
      params: z.object({ id: z.string().min(1).max(64) }),
      query: z.object({ keepMinted: z.enum(["true", "false"]).default("false") }),
    },
    responses: {
      200: json(
        z.object({ revoked: z.literal(true), id: z.string(), minted: z.array(z.string()) }),
        "It opens nothing any more, nor do those of `minted`",
      ),
    },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const keepsMinted = c.req.valid("query").keepMinted === "true";
    const [own, ...minted] = await directoryOf(c.env).revokeKey(id, keepsMinted);
    if (own !== undefined) return c.json({ revoked: true as const, id, minted }, 200);
    return refuse(failure("not_found", `There is no key ${id}. Keys of CC2CC_HUB_API_KEY are revoked there.`));
  },
);
