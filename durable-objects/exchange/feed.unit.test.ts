import { describe, expect, it } from "vitest";
import { bodyOf, type LoggedParcel } from "../parcels.ts";
import type { MessageFeed } from "../rpc.ts";
import { pushState, type StateGroup } from "../states.ts";
import { Feed } from "./feed.ts";

const BOB = "bob@server:api/s2";
const id = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;

function parcel(position: number, n = position, to = BOB): LoggedParcel {
  const body = bodyOf({
    messageId: id(n),
    from: "alice@laptop:web/s1",
    to,
    type: "task",
    content: `"to":"topic:x" ${n}`,
    timestamp: "2026-11-22T12:00:00.000Z",
  });
  return { to: BOB, body, bytes: body.length, expiresAt: 0, position, acceptedAt: 1_000 };
}

/** A journal that notes what it takes, and fails as often as it is told to. */
function makeFeed() {
  const taken: MessageFeed[] = [];
  const state = { failures: 0 };
  const feed = new Feed({
    take: async (batch) => {
      if (state.failures-- > 0) throw new Error("not reached");
      taken.push({ ...batch });
    },
    wait: async () => {},
  });
  return { feed, taken, state };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("feed", () => {
  it("tells accepted messages and their first delivery in one batch, in order", async () => {
    const { feed, taken } = makeFeed();
    const parcels = [parcel(1), parcel(1, 2), parcel(3)];
    feed.expect(parcels);
    feed.add(parcels[0] as LoggedParcel, 2_000, false);
    feed.add(parcels[1] as LoggedParcel, 0, false);
    feed.add(parcels[2] as LoggedParcel, 0, false);
    await settled();
    expect(taken).toHaveLength(1);
    expect(taken[0]?.bodies.map((body) => JSON.parse(body).messageId)).toEqual([id(1), id(2), id(3)]);
    expect(taken[0]?.states).toEqual([{ state: "delivered", at: 2_000, instanceId: BOB, ids: id(1) }]);
    expect(taken[0]?.isRepeat).toBe(false);
  });

  it("holds the log back below the first row that the journal does not have", async () => {
    const { feed } = makeFeed();
    expect(feed.takenUpTo).toBe(Number.MAX_SAFE_INTEGER);
    const [first, second, third] = [parcel(5), parcel(6), parcel(7)];
    feed.expect([first, second, third]);
    feed.add(third, 0, false);
    feed.drop(second);
    await settled();
    expect(feed.takenUpTo).toBe(4);
    feed.add(first, 0, false);
    expect(feed.takenUpTo).toBe(4);
    await settled();
    expect(feed.takenUpTo).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("tells a copy of a publication by its states only", async () => {
    const { feed, taken } = makeFeed();
    const copies = [parcel(1, 1, "topic:api"), parcel(1, 2, "topic:api")];
    feed.expect(copies);
    feed.add(copies[0] as LoggedParcel, 2_000, false);
    feed.add(copies[1] as LoggedParcel, 0, false);
    await settled();
    expect(taken.map(({ bodies, states }) => [bodies.length, states.length])).toEqual([[0, 1]]);
    expect(feed.takenUpTo).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("tells nothing twice that the log hands out again while it runs", async () => {
    const { feed, taken } = makeFeed();
    feed.expect([parcel(1)]);
    feed.add(parcel(1), 0, false);
    feed.add(parcel(1), 0, true);
    await settled();
    feed.add(parcel(1), 0, true);
    await settled();
    expect(taken.flatMap((batch) => batch.bodies)).toHaveLength(1);
  });

  it("sends again what may not have arrived, and says so", async () => {
    const { feed, taken, state } = makeFeed();
    state.failures = 2;
    feed.expect([parcel(1)]);
    feed.add(parcel(1), 0, false);
    await settled();
    expect(taken.map(({ bodies, isRepeat }) => [bodies.length, isRepeat])).toEqual([[1, true]]);
  });

  it("resolves states when the journal has them", async () => {
    const { feed, taken } = makeFeed();
    const states: StateGroup[] = [];
    for (const n of [1, 2]) pushState(states, id(n), "acked", 3_000, BOB);
    pushState(states, id(1), "seen", 3_001, BOB);
    await feed.addStates(states, false);
    expect(taken.flatMap(({ states }) => states)).toEqual([
      { state: "acked", at: 3_000, instanceId: BOB, ids: id(1) + id(2) },
      { state: "seen", at: 3_001, instanceId: BOB, ids: id(1) },
    ]);
  });
});
