/** A host that can only be nudged: its hook brings the messages, and one nudge at a time is enough. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { DeliveredMessage } from "../../../shared/protocol.ts";
import { ReplyWaiters } from "../../../shared/replies/reply-waiters.ts";
import { SentMessages } from "../../../shared/replies/sent-messages.ts";
import { NO_AUDIENCE } from "../../../test/helpers/no-audience.ts";
import { makeTempDir } from "../../../test/helpers/temp-dir.ts";
import { HookEvents } from "../hooks/hook-events.ts";
import { Permissions } from "../hooks/permissions.ts";
import { CODEX_ROLLOUT } from "../hosts/codex/rollout-lines.ts";
import { CLAUDE_DIALECT } from "../hosts/hook-dialect.ts";
import { Delivery } from "./delivery.ts";
import { FrameWriter } from "./frame.ts";
import { NUDGE, NUDGE_GRACE_MS } from "./nudge.ts";
import { Transcript } from "./transcript.ts";

const writer = new FrameWriter("secret");
const message = (n: number): DeliveredMessage => ({
  messageId: `01a204f0-d0c6-7e9d-b4f0-${String(n).padStart(12, "0")}`,
  content: `text ${n}`,
  seq: n,
  from: "b@h:p/s",
  to: "a@h:p/s",
  type: "task",
  timestamp: "2026-01-01T00:00:00.000Z",
});

function setup() {
  const rollout = join(makeTempDir(), "rollout.jsonl");
  const transcript = new Transcript(CODEX_ROLLOUT);
  const world = { now: 1_000_000, nudges: 0, acks: [] as string[], isBroken: false };
  const nudge = async () => {
    if (world.isBroken) throw new Error("no such command");
    world.nudges++;
  };
  const delivery = new Delivery({
    mode: "auto",
    ways: [{ kind: "nudge", by: "queue", nudge }],
    writer,
    transcript,
    waiters: new ReplyWaiters(new SentMessages(NO_AUDIENCE)),
    ack: (ids, state) => world.acks.push(...ids.map((id) => `${state} ${Number(id.slice(-12))}`)),
    behindCount: () => 0,
    log: () => undefined,
    now: () => world.now,
  });
  const hooks = new HookEvents({
    delivery,
    transcript,
    permissions: new Permissions("ask", () => undefined),
    dialect: { ...CLAUDE_DIALECT, continuesAtStop: false, startsWithPrompt: true },
    takeNotice: () => undefined,
    openTasks: () => undefined,
  });
  /** Runs a hook; what it adds is in the rollout when it returns, as Codex does. */
  const hook = (event: string, more: object = {}) => {
    const { output, offer } = hooks.answer({ hook_event_name: event, transcript_path: rollout, ...more });
    delivery.finish(offer);
    const text = JSON.stringify(output);
    const payload = { type: "message", role: "developer", content: [{ type: "input_text", text }] };
    if (output !== null) appendFileSync(rollout, `${JSON.stringify({ type: "response_item", payload })}\n`);
    return text;
  };
  const later = (ms: number) => {
    world.now += ms;
    delivery.tick();
  };
  delivery.start();
  return { world, delivery, hook, later };
}

it("nudges an idle session once, and the hook of that turn brings all that has come", () => {
  const { world, delivery, hook, later } = setup();
  delivery.receive([message(1)]);
  delivery.receive([message(2)]);
  later(NUDGE_GRACE_MS / 2);
  expect([world.nudges, world.acks]).toEqual([1, []]);
  const shown = hook("UserPromptSubmit", { prompt: NUDGE });
  expect(shown).toMatch(/text 1.*text 2/);
  later(500);
  expect(world.acks).toEqual(["seen 1", "seen 2"]);
  expect(delivery.wakePaths).toEqual([{ by: "queue", state: { is: "proven" } }]);
});

it("does not nudge a session at work, whose next tool brings the message, and nudges it again afterwards", () => {
  const { world, delivery, hook } = setup();
  hook("UserPromptSubmit", { prompt: "work on it" });
  delivery.receive([message(1)]);
  expect(world.nudges).toBe(0);
  expect(hook("PostToolUse")).toContain("text 1");
  delivery.receive([message(2)]);
  // What a Stop hook adds would come as the user's words: it only ends the turn here.
  expect([hook("Stop"), world.nudges]).toEqual(["null", 1]);
});

it("keeps a nudge whose messages came otherwise from being a turn", async () => {
  const { world, delivery, hook } = setup();
  delivery.receive([message(1)]);
  expect(hook("UserPromptSubmit", { prompt: "the person was quicker" })).toContain("text 1");
  hook("Stop");
  expect(JSON.parse(hook("UserPromptSubmit", { prompt: NUDGE }))).toMatchObject({ decision: "block" });
  delivery.receive([message(2)]);
  await expect.poll(() => world.nudges).toBe(2);
});

it("is not misled by the start of a session that its first prompt tells", () => {
  const { world, delivery, hook } = setup();
  delivery.receive([message(1)]);
  hook("SessionStart", { source: "startup" });
  expect(world.nudges).toBe(1);
});

it("lets the way rest, and says so, where an idle session does not begin its turn or the command fails", async () => {
  const { world, delivery, later } = setup();
  delivery.receive([message(1)]);
  later(NUDGE_GRACE_MS);
  expect(delivery.wakePaths[0]?.state).toMatchObject({ is: "resting", reason: expect.stringContaining("nudge") });
  expect(delivery.path).toBe("hooks");
  later(NUDGE_GRACE_MS);
  await expect.poll(() => world.nudges).toBe(2);
  expect(world.acks).toEqual([]);
});

it("says what the command said, and tries again once the session has had its first prompt", async () => {
  const { world, delivery, hook } = setup();
  world.isBroken = true;
  delivery.receive([message(1)]);
  await expect.poll(() => delivery.wakePaths[0]?.state).toMatchObject({ is: "resting", reason: "no such command" });
  world.isBroken = false;
  hook("SessionStart", { source: "startup" });
  hook("UserPromptSubmit", { prompt: "hello" });
  hook("Stop");
  delivery.receive([message(2)]);
  await expect.poll(() => world.nudges).toBe(1);
});

it("forgets a nudge that its host has dropped, where nothing waits any more", async () => {
  const { world, delivery, hook, later } = setup();
  delivery.receive([message(1)]);
  hook("UserPromptSubmit", { prompt: "the person was quicker" });
  hook("Stop");
  later(NUDGE_GRACE_MS);
  delivery.receive([message(2)]);
  await expect.poll(() => world.nudges).toBe(2);
  expect(delivery.wakePaths[0]?.state.is).toBe("untried");
});
