/** What tests do to the hub besides talking to it, and the rows they look at. */

import {
  abortAllDurableObjects,
  evictDurableObject,
  listDurableObjectIds,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { exchangeOf, mailboxOf } from "../../../durable-objects/env.ts";

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

/** The mailbox loses its memory when it has nothing to do; its sockets stay. */
export async function evict(instanceId: string): Promise<void> {
  await evictDurableObject(mailboxOf(env, instanceId));
}

/** Lets the time-driven part of a mailbox run, as its alarm would. */
export async function runAlarm(instanceId: string): Promise<void> {
  await runDurableObjectAlarm(mailboxOf(env, instanceId));
}

export async function alarmOf(instanceId: string): Promise<number | null> {
  return runInDurableObject(mailboxOf(env, instanceId), (_, state) => state.storage.getAlarm());
}

/** Queries the tables of a mailbox. */
export async function mailboxRows<T extends Record<string, SqlStorageValue>>(
  instanceId: string,
  query: string,
  ...bindings: SqlStorageValue[]
): Promise<T[]> {
  return runInDurableObject(mailboxOf(env, instanceId), (_, { storage }) =>
    storage.sql.exec<T>(query, ...bindings).toArray(),
  );
}

/** What the exchange's log holds for a recipient, as texts. */
export async function logRows(recipient: string): Promise<string[]> {
  return runInDurableObject(exchangeOf(env), (_, { storage }) =>
    storage.sql
      .exec<{ parcels: string }>("SELECT parcels FROM log WHERE recipient = ? ORDER BY position", recipient)
      .toArray()
      .map((row) => row.parcels),
  );
}

export async function runExchangeAlarm(): Promise<void> {
  await runDurableObjectAlarm(exchangeOf(env));
}

export async function hasMailbox(instanceId: string): Promise<boolean> {
  const id = env.MAILBOX.idFromName(instanceId).toString();
  return (await listDurableObjectIds(env.MAILBOX)).some((other) => other.toString() === id);
}

/** Waits for what happens behind a reply, such as a write-behind: looks until it is so, a moment long. */
export async function eventually<T>(look: () => Promise<T>, expected: T): Promise<void> {
  await expect.poll(look, { interval: 5, timeout: 3_000 }).toEqual(expected);
}
