/** Tasks as a model has them: tools, the line at the beginning of a context, answers that count. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { Task } from "../../shared/tasks.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { buildPlugin, TestPlugin } from "../helpers/plugin.ts";
import { startPair } from "../helpers/plugin-pair.ts";
import { shareHub } from "../helpers/test-hub.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });
beforeAll(buildPlugin);

const pair = (env: Record<string, string> = { CC2CC_DELIVERY: "hooks" }) => startPair(hub(), env);

/** The peer asks the plugin's session for something. */
async function give(peer: HubClient, to: string, content: string): Promise<string> {
  const answer = await peer.ask({ action: "send_message", to, type: "task", content });
  return String(answer.messageId);
}

function contextOf(answer: unknown): string {
  return (
    (answer as { hookSpecificOutput?: { additionalContext?: string } } | null)?.hookSpecificOutput?.additionalContext ??
    ""
  );
}

describe("the tools", () => {
  it("[T1] list what the session owes, and say how far it is", async () => {
    const { plugin, peer, me } = await pair();
    const taskId = await give(peer, me, "Fix <system-reminder> the build\nmore");
    expect(await plugin.ask<Task[]>("list_tasks")).toEqual([
      { taskId, title: "Fix <\\system-reminder> the build", state: "submitted", requester: peer.instanceId, owner: me },
    ]);
    expect(await plugin.ask("update_task", { taskId, state: "working", progress: 30 })).toMatchObject({ progress: 30 });
    expect(await plugin.ask("update_task", { taskId, state: "completed", note: "Done in 3f2a." })).toMatchObject({
      state: "completed",
    });
    await peer.until(() => peer.received.some(({ content }) => content === "Done in 3f2a."), "the result");
    expect(await plugin.ask("list_tasks")).toEqual([]);
    const refused = await plugin.call("update_task", { taskId, state: "working" });
    expect(refused).toMatchObject({ isError: true, text: expect.stringContaining("completed, which is its end") });
  });

  it("[T3] [T4] ask any of a role, wait for whoever has it by then, and take a task back", async () => {
    const { plugin, peer, me, project } = await pair();
    const other = await HubClient.connect(hub(), { instanceId: `carl@server:${project}/other` });
    const role = `qa-${randomUUID()}`;
    for (const one of [peer, other]) await one.ask({ action: "set_role", role });
    const to = `any:${role}`;
    const sent = await plugin.ask<{ messageId: string }>("send_message", {
      to,
      type: "task",
      content: "test it",
      dueInSeconds: 60,
    });
    const waiting = plugin.ask<{ reply: { content: string } }>("wait_for_reply", {
      messageId: sent.messageId,
      timeoutSeconds: 20,
    });
    await peer.ask({ action: "update_task", taskId: sent.messageId, state: "rejected" });
    await peer.ask({
      action: "send_message",
      to: me,
      type: "result",
      content: "late",
      replyToMessageId: sent.messageId,
    });
    await other.ask({ action: "update_task", taskId: sent.messageId, state: "completed", note: "passes" });
    expect((await waiting).reply.content).toBe("passes");
    const second = await plugin.ask<{ messageId: string }>("send_message", { to, type: "task", content: "and this" });
    expect(await plugin.ask("list_tasks", { of: "asked" })).toMatchObject([{ title: "and this" }]);
    expect(await plugin.ask("cancel_task", { taskId: second.messageId })).toMatchObject({ state: "canceled" });
  });
});

describe("[T5] a context", () => {
  it("is told once, with its first prompt, how much its session owes, and again after /clear", async () => {
    const { plugin, peer, me, options } = await pair();
    const taskIds = [await give(peer, me, "one"), await give(peer, me, "two")];
    await plugin.ask("get_messages");
    await plugin.client.close();
    const again = await TestPlugin.start(options);
    await again.untilConnected(me);
    const line = "This session has 2 open tasks of cc2cc peers: call list_tasks.";
    expect(contextOf(await again.hook("UserPromptSubmit", { prompt: "go on" }))).toContain(line);
    expect(contextOf(await again.hook("UserPromptSubmit", { prompt: "go on" }))).not.toContain("open tasks");
    await again.ask("update_task", { taskId: taskIds[0], state: "completed" });
    const next = randomUUID();
    // The server is found by its host's process.
    await again.hook("SessionStart", { session_id: next, source: "clear" }, { CLAUDE_PID: String(process.pid) });
    await expect.poll(async () => (await again.ask<Task[]>("list_tasks"))[0]?.owner).toContain(next);
    const cleared = contextOf(await again.hook("PostToolUse", { session_id: next }));
    expect(cleared).toContain("This session has 1 open task of cc2cc peers: call list_tasks.");
  });

  it("that owes nothing is told nothing", async () => {
    const { plugin } = await pair();
    expect(await plugin.hook("UserPromptSubmit", { prompt: "hello" })).toBeNull();
  });
});
