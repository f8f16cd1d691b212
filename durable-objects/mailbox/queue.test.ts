/** The queue against its real tables, with `now` and the log in the test's hands. A crash is a new queue on the old tables. */

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { LEASE_MS, WINDOW_BYTES, WINDOW_MESSAGES } from "../../shared/limits.ts";
import type { MessageType } from "../../shared/message.ts";
import { freshIds } from "../../test/helpers/workerd/hub.ts";
import { composeMessage, packParcel } from "../compose.ts";
import { mailboxOf } from "../env.ts";
import type { LoggedParcel } from "../parcels.ts";
import type { Verdict } from "../rpc.ts";
import { type Holder, Queue } from "./queue.ts";
import { MailboxStore, type Row } from "./store.ts";

const NOW = 1_700_000_000_000;
const BOUNDS = { maxMessages: 10_000, maxBytes: 1e9 };

interface Draft {
  content: string;
  from?: string;
  messageId?: string;
  type?: MessageType;
  ttlSeconds?: number;
}

/** A queue, the log that feeds it, and what its client saw. */
class Bench {
  readonly to: string;
  readonly storage: DurableObjectStorage;
  readonly log: LoggedParcel[] = [];
  readonly seen: Row[] = [];
  bounds = BOUNDS;
  holder: Holder | null = null;
  now = NOW;
  queue: Queue;
  #position = 0;
  #epoch = 0;

  constructor(to: string, storage: DurableObjectStorage) {
    this.to = to;
    this.storage = storage;
    this.queue = this.#open();
  }

  /** One commit of the log, and what the mailbox says to it. */
  offer(...drafts: Draft[]): Verdict[] {
    const position = ++this.#position;
    const parcels = drafts.map(({ from = "u@h:p/sender", ...draft }): LoggedParcel => {
      const message = composeMessage({ type: "task", ...draft }, { from, role: null }, this.to, this.now);
      return { ...packParcel(message, this.to, this.now), position, acceptedAt: this.now };
    });
    this.log.push(...parcels);
    return this.replay(parcels);
  }

  replay(parcels: LoggedParcel[]): Verdict[] {
    const { verdicts, writes } = this.queue.offer(parcels, this.holder, this.now);
    this.#see(writes);
    const special = new Map(verdicts.special);
    return parcels.map(
      (_, i) =>
        special.get(i) ?? {
          ok: true,
          to: this.to,
          queued: verdicts.isQueued[i] as boolean,
          duplicate: false,
          deliveredAt: verdicts.deliveredAt[i] as number,
        },
    );
  }

  offerMany(contents: string[]): void {
    for (const content of contents) this.offer({ content });
  }

  connect(version: 1 | 2 = 2): void {
    this.queue.releaseAll();
    this.holder = { epoch: ++this.#epoch, version };
    this.pump();
  }

  disconnect(): void {
    this.holder = null;
    this.queue.releaseAll();
  }

  pump(): Row[] {
    if (this.holder === null) return [];
    return this.#see(this.queue.claim(this.holder, this.now));
  }

  ackUpTo(upTo: number, state: "acked" | "seen" = "acked"): number {
    return this.queue.ack({ upTo, state }, this.holder?.epoch ?? 0, this.now);
  }

  ackIds(messageIds: string[], state: "acked" | "seen" = "acked"): number {
    return this.queue.ack({ messageIds, state }, this.holder?.epoch ?? 0, this.now);
  }

  /** Writes behind, and lets the log forget what the queue confirms. */
  flush(): void {
    const { logPosition } = this.queue.flush(this.now);
    if (logPosition === null) return;
    this.log.splice(0, this.log.length, ...this.log.filter((parcel) => parcel.position > logPosition));
  }

  /** Writes behind, but dies before the log hears of it. */
  write(): void {
    this.queue.flush(this.now);
  }

  /** Memory is gone; the log hands out again what was not confirmed. */
  crash(): void {
    this.holder = null;
    this.queue = this.#open();
    this.queue.offer(this.log, null, this.now, true);
  }

  get contents(): string[] {
    return this.seen.map((row) => (JSON.parse(row.body) as { content: string }).content);
  }

  idOf(content: string): string {
    const row = this.seen.find((row) => (JSON.parse(row.body) as { content: string }).content === content);
    return row?.messageId ?? "";
  }

  #open(): Queue {
    return new Queue(new MailboxStore(this.storage), this.to, this.bounds, this.holder);
  }

  #see(rows: Row[]): Row[] {
    // A copy: the queue goes on changing its rows.
    this.seen.push(...rows.map((row) => ({ ...row })));
    return rows;
  }
}

/** Runs a test inside an object with empty tables. */
function onBench(test: (bench: Bench) => void): Promise<void> {
  const { a } = freshIds();
  return runInDurableObject(mailboxOf(env, a), (_, { storage }) => test(new Bench(a, storage)));
}

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, i) => String(from + i));

describe("Q5 window", () => {
  it("gives 100 unacked messages, and the next as acks make room", () =>
    onBench((bench) => {
      bench.offerMany(numbers(250));
      bench.connect();
      expect(bench.contents).toEqual(numbers(WINDOW_MESSAGES));
      expect(bench.pump()).toEqual([]);
      bench.ackUpTo(30);
      expect(bench.pump()).toHaveLength(30);
      bench.ackUpTo(130);
      expect(bench.pump()).toHaveLength(100);
      expect(bench.contents).toEqual(numbers(230));
    }));

  it("holds over a reconnect: redeliveries fill it first", () =>
    onBench((bench) => {
      bench.offerMany(numbers(150));
      bench.connect();
      bench.connect();
      expect(bench.contents).toEqual([...numbers(100), ...numbers(100)]);
      bench.ackUpTo(60);
      bench.pump();
      expect(bench.contents.slice(200)).toEqual(numbers(50, 100));
    }));

  it("holds at most 1 MiB", () =>
    onBench((bench) => {
      bench.offerMany(new Array(20).fill("x".repeat(65_000)));
      bench.connect();
      expect(bench.seen).toHaveLength(16);
      expect(bench.seen.reduce((sum, row) => sum + row.bytes, 0)).toBeLessThanOrEqual(WINDOW_BYTES);
      bench.connect();
      expect(bench.seen).toHaveLength(32);
      bench.ackUpTo(1);
      expect(bench.pump()).toHaveLength(1);
    }));

  it("lets no small message overtake a large one that does not fit", () =>
    onBench((bench) => {
      bench.offerMany([...new Array(16).fill("x".repeat(65_000)), "y".repeat(65_000), "small"]);
      bench.connect();
      expect(bench.contents).not.toContain("small");
      bench.ackUpTo(16);
      bench.pump();
      expect(bench.contents.at(-1)).toBe("small");
    }));
});

describe("Q2 order", () => {
  it("holds over a crash that finds the middle of the queue on disk", () =>
    onBench((bench) => {
      bench.connect();
      bench.offerMany(numbers(105));
      // The first hundred are with the client, the rest waits; only what waits is written at once.
      bench.flush();
      bench.crash();
      bench.seen.length = 0;
      bench.connect();
      bench.ackUpTo(1_000);
      bench.pump();
      expect(bench.contents).toEqual(numbers(105));
    }));

  it("puts redeliveries before what was never delivered, in their own order", () =>
    onBench((bench) => {
      bench.connect();
      bench.offerMany(numbers(5));
      bench.ackIds([bench.idOf("1"), bench.idOf("3")]);
      bench.disconnect();
      bench.offerMany(["5", "6"]);
      bench.seen.length = 0;
      bench.connect();
      expect(bench.seen.map((row) => [JSON.parse(row.body).content, row.attempts])).toEqual([
        ["0", 2],
        ["2", 2],
        ["4", 2],
        ["5", 1],
        ["6", 1],
      ]);
    }));
});

describe("Q3 leases", () => {
  it("offers again what was not acked when its lease ran out, and not before", () =>
    onBench((bench) => {
      bench.connect();
      bench.offerMany(["a", "b"]);
      bench.ackUpTo(1);
      bench.now += LEASE_MS - 1;
      expect(bench.pump()).toEqual([]);
      bench.now += 1;
      expect(bench.queue.nextDueAt).toBe(bench.now);
      expect(bench.pump().map((row) => [row.messageId, row.attempts])).toEqual([[bench.idOf("b"), 2]]);
      expect(bench.queue.nextDueAt).toBe(bench.now + LEASE_MS);
    }));
});

describe("Q4 acks", () => {
  it("acks nothing by upTo that was not delivered on this connection", () =>
    onBench((bench) => {
      bench.offerMany(numbers(150));
      bench.connect();
      expect(bench.ackUpTo(1_000)).toBe(100);
      expect(bench.queue.depth).toBe(50);
    }));

  it("counts an ack once", () =>
    onBench((bench) => {
      bench.connect();
      bench.offerMany(["a"]);
      expect([bench.ackUpTo(1), bench.ackUpTo(1), bench.ackIds([bench.idOf("a")])]).toEqual([1, 0, 0]);
    }));

  it("has no effect by upTo from an older connection; by id from a newer one it has", () =>
    onBench((bench) => {
      bench.connect();
      const stale = bench.holder as Holder;
      bench.offerMany(["a", "b"]);
      bench.connect();
      expect(bench.queue.ack({ upTo: 2, state: "acked" }, stale.epoch, bench.now)).toBe(0);
      expect(bench.ackIds([bench.idOf("a")])).toBe(1);
      expect(bench.queue.depth).toBe(1);
    }));

  it("survives a crash once written, unlike an ack that was not", () =>
    onBench((bench) => {
      bench.connect();
      bench.offerMany(["a", "b"]);
      bench.ackUpTo(1);
      bench.flush();
      bench.ackUpTo(2);
      bench.crash();
      bench.seen.length = 0;
      bench.connect();
      expect(bench.contents).toEqual(["b"]);
    }));

  it("seen after acked changes state once; seen at once acks too", () =>
    onBench((bench) => {
      bench.connect();
      bench.offerMany(["a", "b"]);
      bench.ackUpTo(1);
      expect(bench.ackUpTo(2, "seen")).toBe(2);
      expect(bench.ackUpTo(2, "seen")).toBe(0);
      expect(bench.queue.status(bench.idOf("a"))?.status.history.map((step) => step.state)).toEqual([
        "queued",
        "delivered",
        "acked",
        "seen",
      ]);
    }));
});

describe("M3 message ids", () => {
  const messageId = "01a204f0-d0c6-7e9d-b4f0-401d13c33730";
  const sender = "u@h:p/sender";

  /** Ways in which the second message comes after the first. */
  const ways: [string, (bench: Bench, first: Draft, second: Draft) => Verdict][] = [
    ["in the same commit", (bench, first, second) => bench.offer(first, second)[1] as Verdict],
    [
      "before the first is on disk",
      (bench, first, second) => {
        bench.offer(first);
        return bench.offer(second)[0] as Verdict;
      },
    ],
    [
      "when the first is on disk",
      (bench, first, second) => {
        bench.offer(first);
        bench.flush();
        return bench.offer(second)[0] as Verdict;
      },
    ],
    [
      "after a crash",
      (bench, first, second) => {
        bench.offer(first);
        bench.crash();
        return bench.offer(second)[0] as Verdict;
      },
    ],
    [
      "when the first is acked and archived",
      (bench, first, second) => {
        bench.connect();
        bench.offer(first);
        bench.ackUpTo(1);
        bench.flush();
        return bench.offer(second)[0] as Verdict;
      },
    ],
  ];

  describe.each(ways)("%s", (_, sendBoth) => {
    it("the same message is a duplicate", () =>
      onBench((bench) => {
        const verdict = sendBoth(bench, { content: "x", messageId }, { content: "x", messageId });
        expect(verdict).toMatchObject({ ok: true, duplicate: true });
        bench.connect();
        expect(new Set(bench.contents)).toEqual(new Set(["x"]));
      }));

    it.each([
      ["other content", { content: "y", messageId }],
      ["another type", { content: "x", messageId, type: "result" as const }],
      ["another sender", { content: "x", messageId, from: "other@h:p/sender" }],
    ])("the same id with %s is a conflict", (_, second) =>
      onBench((bench) => {
        expect(sendBoth(bench, { content: "x", messageId, from: sender }, second)).toMatchObject({ code: "conflict" });
        bench.connect();
        expect(new Set(bench.contents)).toEqual(new Set(["x"]));
      }),
    );
  });

  it("the log repeating itself stores nothing twice, whether it is on disk or in memory", () =>
    onBench((bench) => {
      bench.offerMany(numbers(3));
      bench.write();
      bench.offerMany(numbers(3, 3));
      bench.crash();
      expect(bench.replay(bench.log).map((verdict) => verdict.ok)).toEqual(new Array(6).fill(true));
      expect(bench.queue.depth).toBe(6);
      bench.flush();
      bench.connect();
      expect(bench.contents).toEqual(numbers(6));
    }));

  it("a new message behind a repeated one, twice in one commit, is stored once", () =>
    onBench((bench) => {
      bench.offer({ content: "old", messageId });
      bench.flush();
      const fresh = { content: "new", messageId: crypto.randomUUID() };
      const verdicts = bench.offer(fresh, { content: "old", messageId }, fresh);
      expect(verdicts.map((verdict) => "duplicate" in verdict && verdict.duplicate)).toEqual([false, true, true]);
      bench.flush();
      bench.connect();
      expect(bench.contents).toEqual(["old", "new"]);
    }));

  it("the log repeating itself is no duplicate", () =>
    onBench((bench) => {
      bench.offer({ content: "x", messageId });
      expect(bench.replay(bench.log)).toMatchObject([{ ok: true, duplicate: false }]);
      bench.crash();
      expect(bench.replay(bench.log)).toMatchObject([{ ok: true, duplicate: false }]);
      bench.connect();
      expect(bench.contents).toEqual(["x"]);
    }));
});

describe("Q6 bounds", () => {
  it("refuses one message too many, and takes one again when there is room", () =>
    onBench((bench) => {
      bench.bounds = { maxMessages: 2, maxBytes: 1e9 };
      bench.crash();
      const verdicts = bench.offer({ content: "a" }, { content: "b" }, { content: "c" });
      expect(verdicts.map((verdict) => verdict.ok)).toEqual([true, true, false]);
      expect(verdicts[2]).toMatchObject({ code: "queue_full", details: { depth: 2, maxMessages: 2 } });
      bench.connect();
      bench.ackUpTo(1);
      expect(bench.offer({ content: "d" })).toMatchObject([{ ok: true }]);
      expect(bench.contents).toEqual(["a", "b", "d"]);
    }));

  it("counts bytes too", () =>
    onBench((bench) => {
      bench.bounds = { maxMessages: 10, maxBytes: 1_000 };
      bench.crash();
      const verdicts = bench.offer({ content: "x".repeat(600) }, { content: "y".repeat(600) }, { content: "z" });
      expect(verdicts.map((verdict) => verdict.ok)).toEqual([true, false, true]);
    }));

  it("never refuses what was accepted before a crash", () =>
    onBench((bench) => {
      bench.offerMany(numbers(5));
      bench.bounds = { maxMessages: 2, maxBytes: 1e9 };
      bench.crash();
      bench.connect();
      expect(bench.contents).toEqual(numbers(5));
    }));
});

describe("Q10 broken rows", () => {
  it("become dead letters and block nothing", () =>
    onBench((bench) => {
      bench.offerMany(["a", "b", "c"]);
      bench.flush();
      bench.storage.sql.exec("UPDATE messages SET body = substr(body, 1, 60) WHERE seq = 2");
      bench.crash();
      bench.connect();
      expect(bench.contents).toEqual(["a", "c"]);
      const dead = bench.storage.sql.exec("SELECT seq, state, reason FROM messages WHERE state = 5").toArray();
      expect(dead).toEqual([{ seq: 2, state: 5, reason: "its stored envelope cannot be read" }]);
      expect(bench.queue.depth).toBe(2);
    }));
});

describe("v1 clients cannot ack", () => {
  it("a message leaves the queue once it is written to the socket", () =>
    onBench((bench) => {
      bench.offerMany(["a", "b"]);
      bench.connect(1);
      bench.offerMany(["c"]);
      expect([bench.contents, bench.queue.depth]).toEqual([["a", "b", "c"], 0]);
      bench.flush();
      bench.crash();
      bench.connect(1);
      expect(bench.contents).toEqual(["a", "b", "c"]);
      expect(bench.queue.status(bench.idOf("c"))?.status.state).toBe("delivered");
    }));
});
