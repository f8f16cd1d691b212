import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { HubEvent } from "../shared/events.ts";
import { Outbox } from "./outbox.ts";
import type { OutboxEvents } from "./rpc.ts";

const event = (instanceId: string): HubEvent => ({
  event: "instance:joined",
  timestamp: "2026-11-22T12:00:00.000Z",
  instanceId,
});

/** A journal that takes each event once by (source, seq), and fails as often as it is told to, before or after. */
class FakeJournal {
  readonly taken: string[] = [];
  readonly calls: number[] = [];
  failBefore = 0;
  failAfter = 0;
  readonly #seqs = new Map<string, number>();

  async takeEvents(source: string, { seqs, events }: OutboxEvents): Promise<void> {
    this.calls.push(events.length);
    if (this.failBefore-- > 0) throw new Error("not reached");
    for (const [index, seq] of seqs.entries()) {
      if (seq <= (this.#seqs.get(source) ?? 0)) continue;
      this.#seqs.set(source, seq);
      this.taken.push((JSON.parse(events[index] as string) as { instanceId: string }).instanceId);
    }
    if (this.failAfter-- > 0) throw new Error("the answer was lost");
  }
}

function withStorage(name: string, work: (storage: DurableObjectStorage) => Promise<void>): Promise<void> {
  return runInDurableObject(env.JOURNAL.getByName(name), (_, { storage }) => work(storage));
}

it("sends events in order and forgets them", () =>
  withStorage("order", async (storage) => {
    const journal = new FakeJournal();
    const outbox = new Outbox(storage, "directory", () => journal);
    expect(outbox.nextAlarmAt(0)).toBeNull();
    for (let i = 0; i < 1_200; i++) outbox.add(event(String(i)));
    await Promise.all([outbox.drain(), outbox.drain()]);
    expect(journal.taken).toEqual(Array.from({ length: 1_200 }, (_, i) => String(i)));
    expect(journal.calls).toEqual([500, 500, 200]);
    expect(outbox.nextAlarmAt(0)).toBeNull();
  }));

it("sends again what may not have arrived, later each time, and nothing doubles", () =>
  withStorage("retry", async (storage) => {
    const journal = new FakeJournal();
    journal.failAfter = 1;
    const outbox = new Outbox(storage, "directory", () => journal);
    outbox.add(event("a"));
    await outbox.drain(() => 1_000);
    const first = outbox.nextAlarmAt(1_000) ?? 0;
    journal.failBefore = 1;
    outbox.add(event("b"));
    await outbox.drain(() => 2_000);
    expect((outbox.nextAlarmAt(2_000) ?? 0) - 2_000).toBeGreaterThan(first - 1_000);
    await outbox.drain();
    expect(journal.taken).toEqual(["a", "b"]);
  }));

it("goes on after a crash, and as another source after its storage was deleted", () =>
  withStorage("crash", async (storage) => {
    const journal = new FakeJournal();
    new Outbox(storage, "topic:a", () => journal).add(event("a"));
    const resumed = new Outbox(storage, "topic:a", () => journal);
    expect(resumed.nextAlarmAt(0)).toBeGreaterThan(0);
    await resumed.drain();
    await storage.deleteAll();
    const renewed = new Outbox(storage, "topic:a", () => journal);
    renewed.add(event("b"));
    await renewed.drain();
    expect(journal.taken).toEqual(["a", "b"]);
  }));

it("keeps an event only if its transaction is kept", () =>
  withStorage("transaction", async (storage) => {
    const journal = new FakeJournal();
    const outbox = new Outbox(storage, "directory", () => journal);
    const failing = () =>
      storage.transactionSync(() => {
        outbox.add(event("never"));
        throw new Error("rolled back");
      });
    expect(failing).toThrow("rolled back");
    outbox.add(event("kept"));
    await outbox.drain();
    expect(journal.taken).toEqual(["kept"]);
  }));
