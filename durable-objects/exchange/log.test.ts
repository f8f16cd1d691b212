/** The write-ahead log on its own tables. */

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { freshIds } from "../../test/helpers/workerd/hub.ts";
import { composeMessage, packParcel } from "../compose.ts";
import { mailboxOf } from "../env.ts";
import { ExchangeLog } from "./log.ts";

const NOW = 1_700_000_000_000;

/** A log of its own, in the storage of an object that nobody else uses. */
function withLog(work: (log: ExchangeLog, sql: SqlStorage) => void): Promise<void> {
  return runInDurableObject(mailboxOf(env, freshIds().a), (_, { storage }) => {
    work(new ExchangeLog(storage), storage.sql);
  });
}

function parcelsTo(to: string, ...contents: string[]) {
  const draft = (content: string) => ({ type: "task" as const, content, ttlSeconds: 60 });
  return contents.map((content) =>
    packParcel(composeMessage(draft(content), { from: "s@h:p/1", role: null }, to, NOW), to, NOW),
  );
}

it("keeps each recipient's parcels in order until they are confirmed, at positions that never come again", () =>
  withLog((log) => {
    const first = log.append("a@h:p/1", parcelsTo("a@h:p/1", "1", "2"), NOW);
    log.append("b@h:p/1", parcelsTo("b@h:p/1", "other"), NOW);
    const second = log.append("a@h:p/1", parcelsTo("a@h:p/1", "3"), NOW);
    expect(log.unconfirmed("a@h:p/1")).toEqual([...first, ...second]);
    log.confirm("a@h:p/1", first[0]?.position ?? 0);
    expect(log.unconfirmed("a@h:p/1")).toEqual(second);
    log.confirm("a@h:p/1", second[0]?.position ?? 0);
    expect(log.recipients()).toEqual(["b@h:p/1"]);
    log.confirm("b@h:p/1", Number.MAX_SAFE_INTEGER);
    expect(log.isEmpty()).toBe(true);
    const third = log.append("a@h:p/1", parcelsTo("a@h:p/1", "4"), NOW);
    expect(third[0]?.position).toBeGreaterThan(second[0]?.position ?? 0);
  }));

it("withdraws what was refused and leaves what came in the same row", () =>
  withLog((log) => {
    const [kept, refused] = log.append("a@h:p/1", parcelsTo("a@h:p/1", "kept", "refused"), NOW);
    log.withdraw(refused?.position ?? 0, new Set([refused?.body ?? ""]));
    expect(log.unconfirmed("a@h:p/1")).toEqual([kept]);
  }));

it("divides what is too large for one row", () =>
  withLog((log, sql) => {
    const large = parcelsTo("a@h:p/1", ...Array.from({ length: 20 }, (_, i) => `${i}`.repeat(60_000)));
    expect(log.append("a@h:p/1", large, NOW)).toHaveLength(20);
    expect(sql.exec("SELECT max(length(parcels)) AS n FROM log").one().n).toBeLessThan(2_000_000);
    expect(log.unconfirmed("a@h:p/1").map((parcel) => parcel.body)).toEqual(large.map((parcel) => parcel.body));
  }));

it("[Q10] reads on past a damaged row, and keeps what can be read of it", () =>
  withLog((log, sql) => {
    const [whole, ...damaged] = log.append("a@h:p/1", parcelsTo("a@h:p/1", "head lost", "body lost"), NOW);
    const after = log.append("a@h:p/1", parcelsTo("a@h:p/1", "after"), NOW);
    sql.exec(
      "UPDATE log SET parcels = ? WHERE position = ?",
      `[[1,\n${whole?.body}\n${damaged[0]?.body.slice(9)}`,
      whole?.position ?? 0,
    );
    expect(log.unconfirmed("a@h:p/1")).toEqual([whole, ...after]);
  }));
