/** The write-ahead log on its own tables. */

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { freshIds } from "../../test/helpers/workerd/hub.ts";
import { composeMessage, packParcel } from "../compose.ts";
import { mailboxOf } from "../env.ts";
import { copyOf, type LoggedParcel, type Parcel } from "../parcels.ts";
import { ExchangeLog } from "./log.ts";

const NOW = 1_700_000_000_000;
/** As it stood before publications were kept once. */
const SCHEMA_1 = `CREATE TABLE log (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  recipient TEXT NOT NULL,
  accepted_at INTEGER NOT NULL,
  parcels TEXT NOT NULL
) STRICT;
CREATE INDEX log_by_recipient ON log (recipient, position);`;

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

it("knows whom a message of a sender is for, until it is confirmed, and takes nothing within a message for one", () =>
  withLog((log) => {
    const [id, quoted] = [crypto.randomUUID(), crypto.randomUUID()];
    const metadata = { messageId: quoted, from: "s@h:p/1" };
    const draft = {
      type: "task" as const,
      content: `\n{"messageId":"${quoted}","from":"s@h:p/1"`,
      messageId: id,
      metadata,
    };
    const message = composeMessage(draft, { from: "s@h:p/1", role: null }, "a@h:p/1", NOW);
    log.append("a@h:p/1", [...parcelsTo("a@h:p/1", "first"), packParcel(message, "a@h:p/1", NOW)], NOW);
    const found = [
      log.recipientOf(id, "s@h:p/1"),
      log.recipientOf(id, "other@h:p/1"),
      log.recipientOf(quoted, "s@h:p/1"),
    ];
    expect(found).toEqual(["a@h:p/1", null, null]);
    log.confirm("a@h:p/1", Number.MAX_SAFE_INTEGER);
    expect(log.recipientOf(id, "s@h:p/1")).toBeNull();
  }));

it("withdraws what was refused and leaves what came in the same row", () =>
  withLog((log) => {
    const [kept, refused] = log.append("a@h:p/1", parcelsTo("a@h:p/1", "kept", "refused"), NOW);
    log.withdraw("a@h:p/1", refused?.position ?? 0, new Set([refused?.body ?? ""]));
    expect(log.unconfirmed("a@h:p/1")).toEqual([kept]);
  }));

const EVERYONE = ["a@h:p/1", "b@h:p/1", "c@h:p/1"];

function publications(...contents: string[]) {
  return parcelsTo("topic:x", ...contents);
}

/** What a recipient finds: its own copy under its own id (M3). */
function copiesOf(logged: readonly LoggedParcel[], to: string): LoggedParcel[] {
  return logged.map((parcel) => ({ ...parcel, to, body: copyOf(parcel.body, to) }));
}

it("keeps publications once until the last of their recipients has confirmed, in one order with what each has besides", () =>
  withLog((log, sql) => {
    const before = log.append("a@h:p/1", parcelsTo("a@h:p/1", "before"), NOW);
    const shared = log.appendShared(EVERYONE, publications("1", "2"), NOW);
    const after = log.append("a@h:p/1", parcelsTo("a@h:p/1", "after"), NOW);
    expect(sql.exec("SELECT 1 FROM log").toArray()).toHaveLength(3);
    expect(log.unconfirmed("a@h:p/1")).toEqual([...before, ...copiesOf(shared, "a@h:p/1"), ...after]);
    expect(log.recipients().sort()).toEqual(EVERYONE);
    log.confirm("a@h:p/1", shared[0]?.position ?? 0);
    log.confirm("b@h:p/1", Number.MAX_SAFE_INTEGER);
    expect([log.unconfirmed("a@h:p/1"), log.unconfirmed("b@h:p/1")]).toEqual([after, []]);
    expect(log.unconfirmed("c@h:p/1")).toEqual(copiesOf(shared, "c@h:p/1"));
    log.confirm("c@h:p/1", Number.MAX_SAFE_INTEGER);
    expect(log.recipients()).toEqual(["a@h:p/1"]);
    log.confirm("a@h:p/1", Number.MAX_SAFE_INTEGER);
    expect(log.isEmpty()).toBe(true);
  }));

it("withdraws what one recipient of a publication refused, for that one and across a restart", () =>
  runInDurableObject(mailboxOf(env, freshIds().a), (_, { storage }) => {
    const log = new ExchangeLog(storage);
    const [first, second] = log.appendShared(EVERYONE, publications("1", "2"), NOW) as [LoggedParcel, LoggedParcel];
    log.withdraw("a@h:p/1", first.position, new Set([copyOf(first.body, "a@h:p/1")]));
    const bothBodies = [first, second].map(({ body }) => copyOf(body, "b@h:p/1"));
    log.withdraw("b@h:p/1", first.position, new Set(bothBodies));
    for (const look of [log, new ExchangeLog(storage)]) {
      expect(look.unconfirmed("a@h:p/1")).toEqual(copiesOf([second], "a@h:p/1"));
      expect(look.unconfirmed("b@h:p/1")).toEqual([]);
      expect(look.unconfirmed("c@h:p/1")).toEqual(copiesOf([first, second], "c@h:p/1"));
      expect(look.recipients()).toEqual(["a@h:p/1", "c@h:p/1"]);
    }
    const restarted = new ExchangeLog(storage);
    restarted.confirm("a@h:p/1", first.position);
    restarted.withdraw("c@h:p/1", first.position, new Set([first, second].map(({ body }) => copyOf(body, "c@h:p/1"))));
    expect(restarted.isEmpty()).toBe(true);
  }));

it("reads what an older version has left, copies of publications among it", () =>
  runInDurableObject(mailboxOf(env, freshIds().a), (_, { storage }) => {
    storage.sql.exec(SCHEMA_1);
    storage.kv.put("schema", 1);
    const [parcel] = publications("old") as [Parcel];
    const body = copyOf(parcel.body, "a@h:p/1");
    storage.sql.exec(
      "INSERT INTO log (recipient, accepted_at, parcels) VALUES ('a@h:p/1', ?, ?)",
      NOW,
      `[[${parcel.bytes}],[${parcel.expiresAt}]]\n${body}`,
    );
    const log = new ExchangeLog(storage);
    expect(log.unconfirmed("a@h:p/1")).toEqual([{ ...parcel, to: "a@h:p/1", body, position: 1, acceptedAt: NOW }]);
    log.confirm("a@h:p/1", 1);
    expect(log.isEmpty()).toBe(true);
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
