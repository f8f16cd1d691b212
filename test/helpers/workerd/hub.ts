/** What tests do to the hub besides talking to it, and the rows they look at. */

import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { exchangeOf, mailboxOf } from "../../../durable-objects/env.ts";
import type { InstanceMailbox } from "../../../durable-objects/mailbox/mailbox.ts";
import type { Principal } from "../../../durable-objects/principal.ts";

/** Who may do everything. */
export const ADMIN: Principal = { keyId: "test", scope: "admin", name: null, pattern: null };

let lastId = 0;

/** Instance ids nobody has used yet, all of one project. */
export function freshIds(): { a: string; b: string; c: string; partial: string } {
  const partial = `u@h:p${++lastId}`;
  return { a: `${partial}/a`, b: `${partial}/b`, c: `${partial}/c`, partial };
}

/** Every object loses its memory at once and without warning; what was on disk stays. In-workerd stand-in for kill -9. */
export async function crash(): Promise<void> {
  await abortAllDurableObjects();
}

/** The exchange alone loses its memory; clients stay on their sockets, and their mailboxes link up again. */
export async function crashExchange(): Promise<void> {
  await runInDurableObject(exchangeOf(env), (_, state) => state.abort("as in a crash")).catch(() => undefined);
}

/** Lets the time-driven part of the hub run, as the exchange's alarm would. */
export async function runAlarm(): Promise<void> {
  await runDurableObjectAlarm(exchangeOf(env));
}

/** When the hub's alarm rings, epoch ms. */
export async function alarmAt(): Promise<number | null> {
  return runInDurableObject(exchangeOf(env), (_, { storage }) => storage.getAlarm());
}

/** C6: lets the mailbox of an instance look whether its client was silent too long. */
export async function lookForSilence(instanceId: string): Promise<void> {
  await runInDurableObject(mailboxOf(env, instanceId), (mailbox) =>
    (mailbox as InstanceMailbox).closeSilent(Date.now()),
  );
}

/** Queries the tables of the store. */
export async function storeRows<T extends Record<string, SqlStorageValue>>(
  query: string,
  ...bindings: SqlStorageValue[]
): Promise<T[]> {
  return runInDurableObject(exchangeOf(env), (_, { storage }) => storage.sql.exec<T>(query, ...bindings).toArray());
}

/** What the store holds for an instance, in order. */
export async function queueRows(
  instanceId: string,
): Promise<{ seq: number; id: string; state: number; attempts: number }[]> {
  return storeRows(
    `SELECT position AS seq, message_id AS id, state, attempts FROM deliveries JOIN messages USING (position)
     JOIN instances ON number = owner WHERE instance_id = ? ORDER BY position`,
    instanceId,
  );
}

/** Whether the hub has ever let an instance of this id in, and not removed it since. */
export async function isKnown(instanceId: string): Promise<boolean> {
  return (await storeRows("SELECT 1 FROM instances WHERE instance_id = ?", instanceId)).length > 0;
}

/** Waits for what happens behind a reply, such as a write-behind: looks until it is so, a moment long. */
export async function eventually<T>(look: () => Promise<T>, expected: T): Promise<void> {
  await expect.poll(look, { interval: 5, timeout: 3_000 }).toEqual(expected);
}
