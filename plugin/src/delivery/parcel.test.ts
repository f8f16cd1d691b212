import { expect, it } from "vitest";
import { type ParcelEvent, type ParcelState, transition } from "./parcel.ts";
import { Parcels } from "./parcels.ts";

const STATES: ParcelState[] = [
  { is: "waiting" },
  { is: "listed" },
  { is: "inFlight", by: "hook", from: "listed" },
  { is: "handed", by: "inbox", at: 5, isQueuedByHost: false },
  { is: "overdue", by: "inbox" },
  { is: "settled", as: "acked" },
  { is: "settled", as: "seen" },
];
const EVENTS: ParcelEvent[] = [
  { type: "take", by: "tool" },
  { type: "release" },
  { type: "list" },
  { type: "count" },
  { type: "write", at: 9 },
  { type: "enqueue", at: 9 },
  { type: "miss" },
  { type: "reset" },
  { type: "accept" },
  { type: "prove" },
];

it("allows these transitions and no others", () => {
  const name = (state: ParcelState) => (state.is === "settled" ? state.as : state.is);
  const table = STATES.map((state) => {
    const allowed = EVENTS.flatMap((event) => {
      const next = transition(state, event);
      return next === undefined ? [] : [`${event.type}→${name(next)}`];
    });
    return `${name(state)}: ${allowed.join(" ")}`;
  });
  expect(table).toEqual([
    "waiting: take→inFlight count→listed prove→seen",
    "listed: take→inFlight reset→waiting prove→seen",
    "inFlight: release→listed list→listed write→handed prove→seen",
    "handed: enqueue→handed miss→overdue reset→waiting accept→acked prove→seen",
    "overdue: take→inFlight enqueue→handed reset→waiting prove→seen",
    "acked: prove→seen",
    "seen: ",
  ]);
});

it("keeps no body of what is settled, and forgets the oldest settled ones only", () => {
  const parcels = new Parcels((id) => `mark-${id}`);
  const add = (n: number) =>
    parcels.add({
      messageId: String(n),
      from: "b@h:p/s",
      to: "a@h:p/s",
      type: "task",
      content: "x",
      timestamp: "2026-01-01T00:00:00.000Z",
      seq: n,
    });
  const waiting = add(0);
  for (let n = 1; n <= 5_001; n++) {
    const parcel = add(n);
    if (parcel !== undefined) parcels.apply([parcel], { type: "prove" });
  }
  expect(parcels.find("0")).toBe(waiting);
  expect(parcels.find("1")).toBeUndefined();
  expect(parcels.findByMark("mark-1")).toBeUndefined();
  expect(parcels.find("5001")?.message).toBeUndefined();
  expect([parcels.open(), add(5_001)]).toEqual([[waiting], undefined]);
});
