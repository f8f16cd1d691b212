/** What could not be delivered (Q6): why, again, or away. */
import { z } from "@hono/zod-openapi";
import { directoryOf, type Env, mailboxOf } from "../../durable-objects/env.ts";
import type { MailboxRpc } from "../../durable-objects/rpc.ts";
import { failure, type Result } from "../../shared/errors.ts";
import { MessageId } from "../../shared/ids.ts";
import { PAGE_MAX } from "../../shared/limits.ts";
import { DeadLetter } from "../../shared/rest.ts";
import { patternRefusal } from "../guards.ts";
import { json, refuse, restRoute, resultOf } from "./declare.ts";

const tags = ["Dead letters"];
const params = z.object({ id: MessageId });

export const listDeadLetters = restRoute(
  "observer",
  {
    method: "get",
    path: "/api/dead-letters",
    tags,
    summary: "What expired, was given up or removed",
    responses: { 200: json(z.array(DeadLetter), `The newest ${PAGE_MAX}`) },
  },
  async (c) => {
    const holders = await directoryOf(c.env).instancesWithDeadLetters();
    const lists = await Promise.all(holders.map((id) => mailboxOf(c.env, id).deadLetters(PAGE_MAX)));
    const letters = lists.flat().sort((a, b) => b.endedAt.localeCompare(a.endedAt));
    return c.json(letters.slice(0, PAGE_MAX), 200);
  },
);

export const retryDeadLetter = restRoute(
  "admin",
  {
    method: "post",
    path: "/api/dead-letters/{id}/retry",
    tags,
    summary: "Back into its queue, under its id, with a new time to live",
    request: { params },
    responses: { 200: json(z.object({ retried: z.literal(true), messageId: z.string() }), "It waits again") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const refusal = patternRefusal(c.var.principal, null);
    if (refusal !== null) return refuse(refusal);
    const result = await askHolders(c.env, id, (mailbox) => mailbox.retryDeadLetter(id, Date.now()));
    return result.ok ? c.json({ retried: true as const, messageId: id }, 200) : refuse(result);
  },
);

export const dropDeadLetter = restRoute(
  "admin",
  {
    method: "delete",
    path: "/api/dead-letters/{id}",
    tags,
    summary: "Away for good",
    request: { params },
    responses: { 200: json(z.object({ dropped: z.literal(true), messageId: z.string() }), "It is gone") },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const refusal = patternRefusal(c.var.principal, null);
    if (refusal !== null) return refuse(refusal);
    const result = await askHolders(c.env, id, (mailbox) => mailbox.dropDeadLetter(id, Date.now()));
    return result.ok ? c.json({ dropped: true as const, messageId: id }, 200) : refuse(result);
  },
);

/** A message id does not say whose queue it was in: asks those that hold any dead letters until one has it. */
async function askHolders(
  env: Env,
  messageId: string,
  ask: (mailbox: DurableObjectStub<MailboxRpc>) => Promise<{ ok: true; value: null }>,
): Promise<Result<null>> {
  for (const instanceId of await directoryOf(env).instancesWithDeadLetters()) {
    const result = await resultOf(ask(mailboxOf(env, instanceId)));
    if (result.ok || result.code !== "not_found") return result;
  }
  return failure("not_found", `There is no dead letter ${messageId}.`);
}
