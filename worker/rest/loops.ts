/** Exchanges of sessions that the hub has stopped (protocol G1): a list, and the word of a person that lets one go on. */
import { z } from "@hono/zod-openapi";
import { exchangeOf } from "../../durable-objects/env.ts";
import { LoopStop } from "../../shared/loops.ts";
import { json, refuse, restRoute, resultOf } from "./declare.ts";

const tags = ["Loops"];

export const listLoops = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/loops",
    tags,
    summary: "Exchanges that are stopped, the oldest first",
    responses: { 200: json(z.array(LoopStop), "All of them") },
  },
  async (c) => c.json(await exchangeOf(c.env).listLoops(), 200),
);

export const resumeLoop = restRoute(
  "member",
  {
    method: "post",
    path: "/api/loops/{id}/resume",
    tags,
    summary: "Let a stopped exchange go on; its sessions are told",
    description: "For keys without a pattern, and for those whose pattern has one of its sessions.",
    request: { params: z.object({ id: z.uuid() }) },
    responses: { 200: json(LoopStop, "What was stopped") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const result = await resultOf(exchangeOf(c.env).resumeLoop(id, c.var.principal));
    return result.ok ? c.json(result.value, 200) : refuse(result);
  },
);
