/** Schedules (protocol SC1 to SC6): messages that the hub sends when their time comes. */
import { z } from "@hono/zod-openapi";
import { exchangeOf } from "../../durable-objects/env.ts";
import { nextTimes, readTimes } from "../../durable-objects/schedule-times.ts";
import { failure } from "../../shared/errors.ts";
import { MessageId } from "../../shared/ids.ts";
import { SCHEDULE_PREVIEW, TEXT_MAX_BYTES } from "../../shared/limits.ts";
import {
  Expression,
  Schedule,
  ScheduleChanges,
  ScheduleDetail,
  ScheduleFiring,
  SchedulePage,
  SchedulePreview,
  ScheduleRequest,
  TimeZone,
} from "../../shared/schedules.ts";
import { patternRefusal } from "../guards.ts";
import { body, json, refuse, restRoute, resultOf } from "./declare.ts";
import { positionQuery } from "./messages.ts";

const tags = ["Schedules"];
const params = z.object({ id: MessageId });
const WHO =
  "For who made it: the key, or a key whose pattern has the instance. For admins; a key with a pattern changes nothing else.";

export const listSchedules = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/schedules",
    tags,
    summary: "Schedules, the newest first",
    description: "Of a long `content` it has the beginning, with `isContentCut`.",
    request: {
      query: positionQuery.extend({
        instance: z.string().min(1).max(400).optional().meta({
          description:
            "Only what this instance made, and what sends to it: by its id, as its address finds it, or by its role",
        }),
      }),
    },
    responses: { 200: json(SchedulePage, "A page; without `nextCursor` it is the last") },
  },
  async (c) => {
    const { instance = null, limit, cursor = null } = c.req.valid("query");
    return c.json(await exchangeOf(c.env).schedules({ instance, limit, cursor }), 200);
  },
);

export const createSchedule = restRoute(
  "member",
  {
    method: "post",
    path: "/api/schedules",
    tags,
    summary: "Make a schedule",
    description:
      "`expression` is cron with five fields, `every 45m`, or `at 2026-12-24T18:00`. What it sends comes from `system@hub:cc2cc/schedules`. A full id or a topic as `target` must be known.",
    request: body(ScheduleRequest),
    responses: { 201: json(Schedule, "It is made, and has its first time") },
  },
  async (c) => {
    const { principal } = c.var;
    const refusal = patternRefusal(principal, null);
    if (refusal !== null) return refuse(refusal);
    const created = await resultOf(exchangeOf(c.env).createSchedule(c.req.valid("json"), principal));
    return created.ok ? c.json(created.value, 201) : refuse(created);
  },
  TEXT_MAX_BYTES,
);

export const previewSchedule = restRoute(
  "observer",
  {
    method: "post",
    path: "/api/schedules/preview",
    tags,
    summary: "The next times of an expression, without a schedule",
    request: body(z.object({ expression: Expression, timeZone: TimeZone.default("UTC") })),
    responses: { 200: json(SchedulePreview, `The next ${SCHEDULE_PREVIEW}, or what is wrong with it`) },
  },
  (c) => {
    const { expression, timeZone } = c.req.valid("json");
    const now = Date.now();
    const times = readTimes(expression, timeZone, now);
    if (!times.ok) return c.json({ next: [], problem: times.error.replace(/^\w+: /, "") }, 200);
    const next = nextTimes(times.value, now, SCHEDULE_PREVIEW).map((at) => new Date(at).toISOString());
    return c.json(next.length === 0 ? { next, problem: "It has no time in the next ten years." } : { next }, 200);
  },
);

export const getSchedule = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/schedules/{id}",
    tags,
    summary: "One schedule, with its last firings",
    request: { params },
    responses: {
      200: json(
        ScheduleDetail,
        "The schedule; `firings` has the last 15 that were sent and the last 5 times for which nothing was, the newest first",
      ),
    },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const schedule = await exchangeOf(c.env).schedule(id);
    return schedule === null ? refuse(failure("not_found", `There is no schedule ${id}.`)) : c.json(schedule, 200);
  },
);

export const updateSchedule = restRoute(
  "member",
  {
    method: "patch",
    path: "/api/schedules/{id}",
    tags,
    summary: "Change a schedule, pause it or let it go on",
    description: `What is left out stays; null clears \`metadata\`, \`maxFireCount\` and \`expiresAt\`. ${WHO}`,
    request: { params, ...body(ScheduleChanges) },
    responses: { 200: json(Schedule, "As it is then") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const updated = await resultOf(exchangeOf(c.env).updateSchedule(id, c.req.valid("json"), c.var.principal));
    return updated.ok ? c.json(updated.value, 200) : refuse(updated);
  },
  TEXT_MAX_BYTES,
);

export const deleteSchedule = restRoute(
  "member",
  {
    method: "delete",
    path: "/api/schedules/{id}",
    tags,
    summary: "Delete a schedule; what it has sent stays",
    description: WHO,
    request: { params },
    responses: { 200: json(z.object({ deleted: z.literal(true), scheduleId: z.string() }), "It is gone") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const deleted = await resultOf(exchangeOf(c.env).deleteSchedule(id, c.var.principal));
    return deleted.ok ? c.json({ deleted: true as const, scheduleId: id }, 200) : refuse(deleted);
  },
);

export const runSchedule = restRoute(
  "member",
  {
    method: "post",
    path: "/api/schedules/{id}/run",
    tags,
    summary: "Send it once now, besides its times",
    description: `Neither its next time nor \`fireCount\` changes. ${WHO}`,
    request: { params },
    responses: { 200: json(ScheduleFiring, "What was sent") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const fired = await resultOf(exchangeOf(c.env).runSchedule(id, c.var.principal));
    return fired.ok ? c.json(fired.value, 200) : refuse(fired);
  },
);
