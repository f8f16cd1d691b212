/** Pauses (protocol H3): a session, a project or everything is held up by a person. */
import { z } from "@hono/zod-openapi";
import { exchangeOf } from "../../durable-objects/env.ts";
import { Pause, PauseRequest, PauseTarget } from "../../shared/pauses.ts";
import { body, json, refuse, restRoute, resultOf } from "./declare.ts";

const tags = ["Pauses"];

export const listPauses = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/pauses",
    tags,
    summary: "What is paused, the oldest first",
    responses: { 200: json(z.array(Pause), "All of it") },
  },
  async (c) => c.json(await exchangeOf(c.env).listPauses(), 200),
);

export const setPause = restRoute(
  "member",
  {
    method: "post",
    path: "/api/pauses",
    tags,
    summary: "Pause a session, a project or everything",
    description:
      "`target` is `all`, `project:<name>` or the id of a session. Everything and projects are for admins, a session also for keys whose pattern has it. What is paused already stays so.",
    request: body(PauseRequest),
    responses: { 200: json(Pause, "It is paused") },
  },
  async (c) => {
    const { target, reason } = c.req.valid("json");
    const result = await resultOf(exchangeOf(c.env).pause(target, reason, c.var.principal));
    return result.ok ? c.json(result.value, 200) : refuse(result);
  },
);

export const liftPause = restRoute(
  "member",
  {
    method: "delete",
    path: "/api/pauses",
    tags,
    summary: "Resume what was paused: what waited is given, in order",
    request: { query: z.object({ target: PauseTarget }) },
    responses: {
      200: json(
        z.object({ resumed: z.boolean(), target: z.string() }),
        "It is not paused any more; `resumed` is false where it was not",
      ),
    },
  },
  async (c) => {
    const { target } = c.req.valid("query");
    const result = await resultOf(exchangeOf(c.env).resume(target, c.var.principal));
    return result.ok ? c.json({ resumed: result.value, target }, 200) : refuse(result);
  },
);
