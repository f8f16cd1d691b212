import { expect, it } from "vitest";
import { READ_SHOWN_EVERY_LENGTH, UNREAD_MAX_BYTES } from "../limits.ts";
import type { ClientFrameInput } from "../protocol.ts";
import { ClientCore } from "./client-core.ts";

const WELCOME = { action: "welcome", protocol: 2, instanceId: "ada@desk:shop/1", topics: [], pending: 3 };
const PING: ClientFrameInput = { action: "ping", to: "bob@desk:shop" };

/** Everything that is written now, frame by frame. */
const written = (core: ClientCore) => core.takeTexts().flatMap((text) => [JSON.parse(text)].flat());
const receive = (core: ClientCore, ...frames: unknown[]) => core.received(JSON.stringify(frames));

function connect(core = new ClientCore()): ClientCore {
  core.connecting();
  receive(core, WELCOME);
  return core;
}

it("says nothing before the welcome, and then what was asked in the meantime, in its order", () => {
  const core = new ClientCore();
  expect(core.state.is).toBe("offline");
  core.ask("1", PING);
  core.connecting();
  core.ask("2", PING);
  expect([core.state.is, written(core)]).toEqual(["connecting", []]);
  receive(core, WELCOME);
  expect(core.state.is).toBe("ready");
  expect(written(core)).toEqual([
    { ...PING, requestId: "1" },
    { ...PING, requestId: "2" },
  ]);
  expect(written(core)).toEqual([]);
});

it("gives each request its own answer, once, and an error as one", () => {
  const core = connect();
  core.ask("1", PING);
  core.ask("2", PING);
  written(core);
  const answers = receive(core, { requestId: "2", online: true }, { requestId: "1", error: "No.", code: "not_found" });
  expect(answers).toEqual([
    { is: "answered", requestId: "2", answer: { ok: true, reply: { online: true } } },
    { is: "answered", requestId: "1", answer: { ok: false, error: "No.", code: "not_found" } },
  ]);
  expect(receive(core, { requestId: "2", online: true }, { requestId: "unknown" })).toEqual([]);
});

it("sends again after a break what had no answer, and not what was answered or forgotten", () => {
  const core = connect();
  for (const id of ["1", "2", "3"]) core.ask(id, PING);
  written(core);
  receive(core, { requestId: "1", online: true });
  expect(core.forget("3")).toEqual(PING);
  expect([core.closed(), core.state.is, written(core)]).toEqual([[], "offline", []]);
  expect(written(connect(core))).toEqual([{ ...PING, requestId: "2" }]);
});

it("changes its session before anything else it asks, and forgets the change with the connection (Q8)", () => {
  const core = connect();
  core.ask("1", PING);
  core.ask("2", { action: "session_update", newInstanceId: "ada@desk:shop/2" });
  expect(written(core).map(({ requestId }) => requestId)).toEqual(["2", "1"]);
  expect(core.closed()).toEqual(["2"]);
  expect(written(connect(core)).map(({ requestId }) => requestId)).toEqual(["1"]);
});

it("knows how far it was given messages on this connection, and what the hub still holds (Q4, Q5)", () => {
  const core = connect();
  const messages = [{ messageId: "a", seq: 4 }, { messageId: "live" }, { messageId: "b", seq: 5 }];
  expect(receive(core, { action: "deliver", messages })).toEqual([{ is: "delivered", messages }]);
  expect([core.deliveredUpTo, core.behindCount]).toEqual([5, 1]);
  core.tell({ action: "ack", upTo: core.deliveredUpTo });
  expect(written(core)).toEqual([{ action: "ack", upTo: 5 }]);
  core.tell({ action: "ack", upTo: 5 });
  core.closed();
  core.tell({ action: "ack", upTo: 5 });
  expect(written(connect(core))).toEqual([]);
  expect([core.deliveredUpTo, core.behindCount]).toEqual([0, 3]);
});

it("begins its count of seq anew under another id, and only when the hub has taken it (Q8)", () => {
  const core = connect();
  receive(core, { action: "deliver", messages: [{ messageId: "a", seq: 4 }] });
  core.ask("1", { action: "session_update", newInstanceId: "ada@desk:shop/2" });
  receive(core, { requestId: "1", error: "Taken.", code: "identity_taken" });
  expect(core.deliveredUpTo).toBe(4);
  core.ask("2", { action: "session_update", newInstanceId: "ada@desk:shop/3" });
  receive(core, { requestId: "2", migrated: 0 });
  expect(core.deliveredUpTo).toBe(0);
});

it("tells of what came unasked, and lets pass what it does not know", () => {
  const core = connect();
  const receipt = { action: "receipt", messageId: "a", state: "acked" };
  expect(
    receive(core, receipt, { action: "subscriptions:sync", topics: ["x"] }, { error: "No." }, { action: "news" }),
  ).toEqual([
    { is: "receipt", receipt },
    { is: "subscriptions", topics: ["x"] },
    { is: "remark", error: { error: "No." } },
  ]);
  expect(core.received("pong")).toEqual([]);
});

it("[H3] knows by the welcome and by what comes after it whether it is paused; what is held is not on its way", () => {
  const pause = { target: "all", by: "an admin", at: "2026-11-29T10:00:00.000Z" };
  const core = new ClientCore();
  core.connecting();
  receive(core, { ...WELCOME, paused: pause });
  expect([core.paused, core.behindCount]).toEqual([pause, 0]);
  expect(receive(core, { action: "resumed" })).toEqual([]);
  expect([core.paused, core.behindCount]).toEqual([undefined, 3]);
  expect(receive(core, { action: "paused", ...pause, reason: "lunch" })).toEqual([]);
  expect(core.paused).toEqual({ ...pause, reason: "lunch" });
  core.connecting();
  receive(core, WELCOME);
  expect(core.paused).toBeUndefined();
});

it("[C6] pings once for each 4 MiB that came, and on a new connection for what comes there", () => {
  const core = connect();
  const receipt = { action: "receipt", messageId: "m", state: "acked", at: "now", instanceId: "x".repeat(1_000_000) };
  const pingsFor = (count: number) => {
    for (let n = 0; n < count; n++) receive(core, receipt);
    return core.takeTexts().filter((text) => text === "ping").length;
  };
  expect([pingsFor(3), pingsFor(2), pingsFor(3)]).toEqual([0, 1, 0]);
  core.closed();
  connect(core);
  expect([pingsFor(4), pingsFor(1)]).toEqual([0, 1]);
  expect(READ_SHOWN_EVERY_LENGTH).toBeLessThan(UNREAD_MAX_BYTES / 3);
});
