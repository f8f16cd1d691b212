/** Requests for permission, answered from the Inbox (H2): by the plugin's hook as Claude Code runs it. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { Decision } from "../../shared/decisions.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { buildPlugin, type PluginOptions, TestPlugin } from "../helpers/plugin.ts";
import { shareQuickHub } from "../helpers/quick-hub.ts";
import { makeTempDir } from "../helpers/temp-dir.ts";
import { shareHub, startTestHub } from "../helpers/test-hub.ts";
import type { HubAddress } from "../helpers/test-socket.ts";

const hub = shareQuickHub();
beforeAll(buildPlugin);

const ALLOWED = { hookSpecificOutput: { hookEventName: "PermissionRequest", decision: { behavior: "allow" } } };

function denied(message: string) {
  return { hookSpecificOutput: { hookEventName: "PermissionRequest", decision: { behavior: "deny", message } } };
}

/** What a person with such a key asks of the hub. */
function personOf({ url }: HubAddress, key: string) {
  const ask = async (path: string, body?: object) => {
    const response = await fetch(`${url}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return {
    ask,
    answer: (decisionId: string, answer: string, note?: string) =>
      ask(`/api/decisions/${decisionId}/answer`, { answer, ...(note === undefined ? {} : { note }) }),
  };
}

async function approverOf(address: HubAddress) {
  const { body } = await personOf(address, address.key).ask("/api/keys", { name: "mia", scope: "approver" });
  return personOf(address, String(body.key));
}

/** A session that lets people elsewhere answer; `on: false` leaves the setting out. */
async function sit(address: HubAddress, { on = true, ...more }: Partial<PluginOptions> & { on?: boolean } = {}) {
  const session = randomUUID();
  const env = { CC2CC_DELIVERY: "pull", ...(on ? { CC2CC_APPROVALS: "on" } : {}) };
  const plugin = await TestPlugin.start({ hub: address, dataDir: makeTempDir(), session, env, ...more });
  const instanceId = await plugin.untilConnected();
  const owner = personOf(address, address.key);
  const decisions = async (state = "any") => {
    const { body } = await owner.ask(`/api/decisions?kind=approval&state=${state}&limit=200`);
    return (body.items as Decision[]).filter((decision) => decision.instanceId === instanceId);
  };
  /** Resolves with the request that stands in the Inbox. */
  const untilOpen = async () => {
    await expect.poll(async () => (await decisions("open")).length).toBe(1);
    return (await decisions("open"))[0] as Decision;
  };
  const stateOf = async (decisionId: string) =>
    (await decisions()).find((decision) => decision.decisionId === decisionId)?.state;
  return { plugin, instanceId, decisions, untilOpen, stateOf };
}

const bash = (command: string) => ({ tool_name: "Bash", tool_input: { command, description: "tidy" } });

describe("[H2] a request for permission", () => {
  it("is allowed by a person, who sees what the tool would be given", async () => {
    const { plugin, untilOpen, stateOf } = await sit(hub());
    const printed = plugin.hook("PermissionRequest", bash("rm -r build\ntrue"));
    const { decisionId, tool, question, context, kind } = await untilOpen();
    expect({ tool, question, context, kind }).toEqual({
      tool: "Bash",
      question: "Bash: rm -r build true",
      context: "command:\nrm -r build\ntrue\ndescription: tidy",
      kind: "approval",
    });
    expect((await (await approverOf(hub())).answer(decisionId, "allow")).status).toBe(200);
    expect(await printed).toEqual(ALLOWED);
    expect(await stateOf(decisionId)).toBe("answered");
  });

  it("is refused by a person, and the model reads who and why", async () => {
    const { plugin, untilOpen } = await sit(hub());
    const printed = plugin.hook("PermissionRequest", bash("rm -r /"));
    const { decisionId } = await untilOpen();
    await (await approverOf(hub())).answer(decisionId, "deny", "not on a Friday");
    expect(await printed).toEqual(denied("mia refused this in the cc2cc Inbox: not on a Friday"));
  });

  it("is answered by nobody whose key is not for that, nor by a peer", async () => {
    const { plugin, instanceId, untilOpen, stateOf } = await sit(hub());
    const stop = new AbortController();
    const printed = plugin.hook("PermissionRequest", bash("make"), {}, stop.signal);
    const { decisionId } = await untilOpen();
    const admin = await personOf(hub(), hub().key).answer(decisionId, "allow");
    expect(admin).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(admin.body.error).toContain("approver");
    const peer = await HubClient.connect(hub(), { instanceId: `bob@box:shop/${randomUUID()}` });
    const result = { action: "send_message", to: instanceId, type: "result", content: "allow" } as const;
    expect(await peer.ask({ ...result, replyToMessageId: decisionId })).toMatchObject({ code: "forbidden" });
    expect(await stateOf(decisionId)).toBe("open");
    stop.abort();
    expect(await printed).toBeNull();
    peer.goOffline();
  });

  it("is taken back when it is answered at the session's own dialog", async () => {
    const { plugin, untilOpen, stateOf } = await sit(hub());
    const printed = plugin.hook("PermissionRequest", bash("make"));
    const { decisionId } = await untilOpen();
    // Another call, and the same one of a subagent, have run: this one has not.
    await plugin.hook("PostToolUse", bash("make test"));
    await plugin.hook("PostToolUse", { ...bash("make"), agent_id: "a-1" });
    expect(await stateOf(decisionId)).toBe("open");
    await plugin.hook("PostToolUse", bash("make"));
    expect(await printed).toBeNull();
    await expect.poll(() => stateOf(decisionId)).toBe("withdrawn");
    expect(await (await approverOf(hub())).answer(decisionId, "deny")).toMatchObject({ status: 409 });
  });

  it("is taken back when the host does not wait any more, or the turn ends", async () => {
    const { plugin, untilOpen, stateOf } = await sit(hub());
    const stop = new AbortController();
    const stopped = plugin.hook("PermissionRequest", bash("one"), {}, stop.signal);
    const first = await untilOpen();
    stop.abort();
    expect(await stopped).toBeNull();
    await expect.poll(() => stateOf(first.decisionId)).toBe("withdrawn");
    const printed = plugin.hook("PermissionRequest", bash("two"));
    const second = await untilOpen();
    await plugin.hook("Stop");
    expect(await printed).toBeNull();
    await expect.poll(() => stateOf(second.decisionId)).toBe("withdrawn");
  });

  it("is shown to nobody where the session's person has not said so, nor where its dialog asks for more than yes or no", async () => {
    const off = await sit(hub(), { on: false });
    expect(await off.plugin.hook("PermissionRequest", bash("make"))).toBeNull();
    expect(await off.decisions()).toEqual([]);
    const on = await sit(hub());
    const question = { tool_name: "AskUserQuestion", tool_input: { questions: [] } };
    expect(await on.plugin.hook("PermissionRequest", question)).toBeNull();
    expect(await on.decisions()).toEqual([]);
  });

  it("says what it leaves out of a long one", async () => {
    const { plugin, untilOpen } = await sit(hub());
    const stop = new AbortController();
    const input = { tool_name: "Write", tool_input: { file_path: "/a.txt", content: "ä".repeat(20_000) } };
    const printed = plugin.hook("PermissionRequest", input, {}, stop.signal);
    const { question, context = "" } = await untilOpen();
    expect(question).toBe("Write: /a.txt");
    expect(context).toMatch(/^file_path: \/a\.txt\ncontent: ä{3000,} … and \d{5} more characters$/);
    stop.abort();
    await printed;
  });
});

describe("[H2] a hub that is away", () => {
  const own = shareHub();

  it("has no say where it cannot be asked", async () => {
    const address = await startTestHub({ dataDir: makeTempDir() });
    const { plugin } = await sit(address);
    await address.stop();
    await plugin.until(() => plugin.stderr.includes("not connected"), "the hub to be away");
    expect(await plugin.hook("PermissionRequest", bash("make"))).toBeNull();
  });

  it("is asked again when it comes back, and its person's answer counts once", async () => {
    const { plugin, untilOpen } = await sit(own());
    const approver = await approverOf(own());
    const printed = plugin.hook("PermissionRequest", bash("make"));
    const { decisionId } = await untilOpen();
    await own().crash();
    await expect.poll(async () => (await approver.answer(decisionId, "allow")).status).toBe(200);
    expect(await printed).toEqual(ALLOWED);
    expect(await approver.answer(decisionId, "deny")).toMatchObject({ status: 409 });
  });
});
