/** Tasks (protocol T1 to T6): who was asked for what, and how far it is. */
import { z } from "@hono/zod-openapi";
import { exchangeOf, journalOf } from "../../durable-objects/env.ts";
import { failure } from "../../shared/errors.ts";
import { InstanceId, MessageId, RoleName } from "../../shared/ids.ts";
import { Message } from "../../shared/message.ts";
import { TaskFilterState, TaskNote } from "../../shared/task-move.ts";
import { Task, TaskDetail, TaskPage } from "../../shared/tasks.ts";
import { body, json, refuse, restRoute, resultOf } from "./declare.ts";
import { positionQuery } from "./messages.ts";
import { moment } from "./span.ts";

const tags = ["Tasks"];
const params = z.object({ id: MessageId });
const someone = z.string().min(1).max(400).optional();

export const listTasks = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/tasks",
    tags,
    summary: "Tasks, the newest first; with `changedFrom` or `changedTo` by their last change, the last first",
    request: {
      query: positionQuery.extend({
        cursor: z
          .string()
          .regex(/^\d{1,15}(\.\d{1,15})?$/, "must be the nextCursor of the page before")
          .optional(),
        owner: someone.meta({ description: "Who has it: an instance id, under any of the ids it had" }),
        requester: someone.meta({ description: "Who asked for it" }),
        role: RoleName.optional().meta({ description: "That it was for any of" }),
        state: TaskFilterState.default("any"),
        changedFrom: moment.optional().meta({
          description: "That took their last step then or later, as those that ended since; a time, or a day in UTC",
        }),
        changedTo: moment.optional().meta({ description: "That took it before" }),
      }),
    },
    responses: { 200: json(TaskPage, "A page; without `nextCursor` it is the last") },
  },
  async (c) => {
    const { owner = null, requester = null, role = null, cursor = null, ...query } = c.req.valid("query");
    const { state, limit, changedFrom, changedTo } = query;
    const changed =
      changedFrom === undefined && changedTo === undefined
        ? null
        : { from: Date.parse(changedFrom ?? "") || 0, to: Date.parse(changedTo ?? "") || Number.MAX_SAFE_INTEGER };
    if (cursor !== null && cursor.includes(".") !== (changed !== null)) {
      return refuse(
        failure("invalid_payload", "cursor: must be the nextCursor of a page that was asked for likewise."),
      );
    }
    return c.json(await exchangeOf(c.env).tasks({ owner, requester, role, state, changed, limit, cursor }), 200);
  },
);

export const getTask = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/tasks/{id}",
    tags,
    summary: "One task, with its course",
    request: { params },
    responses: { 200: json(TaskDetail, "The task; `course` has its steps, the oldest first") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const task = await exchangeOf(c.env).task(id);
    return task === null ? refuse(failure("not_found", `There is no task ${id}.`)) : c.json(task, 200);
  },
);

export const cancelTask = restRoute(
  "member",
  {
    method: "post",
    path: "/api/tasks/{id}/cancel",
    tags,
    summary: "Cancel a task",
    description:
      "Its owner and its requester are told. For admins, and for keys whose pattern has either. An ended task is a `conflict`.",
    request: { params, ...body(z.object({ note: TaskNote.optional() })) },
    responses: { 200: json(Task, "It is canceled") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const { note } = c.req.valid("json");
    const result = await resultOf(exchangeOf(c.env).cancelTask(id, note, c.var.principal));
    return result.ok ? c.json(result.value, 200) : refuse(result);
  },
);

export const reassignTask = restRoute(
  "member",
  {
    method: "post",
    path: "/api/tasks/{id}/reassign",
    tags,
    summary: "Give a task to another instance",
    description:
      "It begins anew there, under the same id; who had it and who asked for it are told. For admins, and for keys whose pattern " +
      "has either. A `conflict` where the task has ended, or where neither the hub nor history has its text any more.",
    request: { params, ...body(z.object({ to: InstanceId, note: TaskNote.optional() })) },
    responses: { 200: json(Task, "It is the other's") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const { to, note } = c.req.valid("json");
    const exchange = exchangeOf(c.env);
    const found = await journalOf(c.env).message(id);
    // Without what history adds, such as states: it goes into a queue.
    const told = found === null ? null : Message.parse(found);
    const result = await resultOf(exchange.reassignTask(id, to, note, c.var.principal, told));
    return result.ok ? c.json(result.value, 200) : refuse(result);
  },
);
