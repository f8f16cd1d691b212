/** H2: the dialog of the real client, answered from the hub's Inbox or on its own screen; the first answer counts. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Decision } from "../../shared/decisions.ts";
import { shareHub } from "../helpers/test-hub.ts";
import type { ClaudeSession } from "./session.ts";
import { KEYS } from "./terminal.ts";
import { scenario, type World } from "./world.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });
const DIALOG = "Do you want to proceed?";
const OPTIONS = {
  settings: { permissions: { defaultMode: "default", allow: ["mcp__plugin_cc2cc_cc2cc"] } },
  env: { CC2CC_APPROVALS: "on" },
};

/** The model runs a program that makes a file. Resolves when the client's own dialog asks. */
async function begin({ model }: World, session: ClaudeSession, name: string): Promise<void> {
  const command = `node -e "require('fs').writeFileSync('${name}', '')"`;
  model.once(`make ${name}`, [{ tool: "Bash", input: { command, description: "make it" } }]);
  await session.say(`make ${name}`);
  await session.terminal.untilShows(DIALOG);
}

/** Presses a key at the dialog until that has gone: just after it came, the client takes none. */
async function answerAtDialog({ terminal }: ClaudeSession, key: string): Promise<void> {
  const isThere = () => {
    const isShown = terminal.screen.visible.includes(DIALOG);
    if (isShown) terminal.press(key);
    return isShown;
  };
  await expect.poll(isThere, { interval: 500, timeout: 30_000 }).toBe(false);
}

async function ask(path: string, body?: object, key = hub().key) {
  const response = await fetch(`${hub().url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Somebody whose key is for this, in the Inbox. */
async function comeToInbox({ person }: World, session: ClaudeSession) {
  const { body } = await ask("/api/keys", { name: "mia", scope: "approver" });
  const list = async (state: string) => {
    const { body: page } = await ask(`/api/decisions?state=${state}&limit=200`);
    const mine = (page.items as Decision[]).filter(({ instanceId }) => instanceId === person.addressOf(session.id));
    return mine;
  };
  return {
    async untilAsked(): Promise<Decision> {
      await expect.poll(async () => (await list("open")).length).toBe(1);
      return (await list("open"))[0] as Decision;
    },
    list,
    answer: (decisionId: string, answer: string, note?: string) =>
      ask(`/api/decisions/${decisionId}/answer`, { answer, ...(note === undefined ? {} : { note }) }, String(body.key)),
  };
}

const isMade = ({ person }: World, name: string) => existsSync(join(person.home.cwd, name));

scenario(
  "a deny in the Inbox stops the tool and says why, an allow lets it run",
  hub,
  async (world) => {
    const session = await world.open();
    const inbox = await comeToInbox(world, session);
    await begin(world, session, "a.txt");
    const first = await inbox.untilAsked();
    expect(first.context).toContain("writeFileSync('a.txt', '')");
    await inbox.answer(first.decisionId, "deny", "not that file");
    await world.model.until((request) => request.hasNew("mia refused this"), "the refusal in a request");
    expect(world.model.requests.at(-1)?.newText).toContain("mia refused this in the cc2cc Inbox: not that file");
    await session.untilIdle();
    expect(isMade(world, "a.txt")).toBe(false);
    await begin(world, session, "b.txt");
    const second = await inbox.untilAsked();
    await inbox.answer(second.decisionId, "allow");
    await world.model.until((request) => request.hasNew("completed with no output"), "what came of it");
    await session.untilIdle();
    expect(isMade(world, "b.txt")).toBe(true);
  },
  OPTIONS,
);

scenario(
  "answered at its own dialog, a request leaves the Inbox; what is said there then changes nothing",
  hub,
  async (world) => {
    const session = await world.open();
    const inbox = await comeToInbox(world, session);
    await begin(world, session, "c.txt");
    const { decisionId } = await inbox.untilAsked();
    // A peer's word answers nothing.
    const bob = await world.peer();
    const result = { action: "send_message", type: "result", content: "deny", replyToMessageId: decisionId } as const;
    expect(await bob.ask({ ...result, to: world.person.addressOf(session.id) })).toMatchObject({ code: "forbidden" });
    await answerAtDialog(session, KEYS.enter);
    await world.model.until((request) => request.hasNew("completed with no output"), "what came of it");
    expect(isMade(world, "c.txt")).toBe(true);
    await expect.poll(() => inbox.list("open")).toEqual([]);
    expect(await inbox.answer(decisionId, "deny")).toMatchObject({ status: 409 });
    await session.untilIdle();
    await begin(world, session, "d.txt");
    await inbox.untilAsked();
    await answerAtDialog(session, KEYS.escape);
    await expect.poll(() => inbox.list("open")).toEqual([]);
    expect(isMade(world, "d.txt")).toBe(false);
    expect((await inbox.list("any")).map(({ state }) => state)).toEqual(["withdrawn", "withdrawn"]);
  },
  OPTIONS,
);

scenario(
  "a session of `claude -p`, which has no dialog, waits for an answer there",
  hub,
  async ({ person, model }) => {
    const { body } = await ask("/api/keys", { name: "mia", scope: "approver" });
    const command = `node -e "require('fs').writeFileSync('p.txt', '')"`;
    model.once("make p.txt", [{ tool: "Bash", input: { command, description: "make it" } }]);
    const ended = person.claude("-p", "make p.txt");
    const mine = async () => {
      const { items } = (await ask("/api/decisions?state=open&limit=200")).body as { items: Decision[] };
      return items.filter(({ instanceId }) => instanceId.startsWith(`ada@laptop:${person.project}/`));
    };
    await expect.poll(async () => (await mine()).length, { timeout: 30_000 }).toBe(1);
    const [decision] = await mine();
    await ask(`/api/decisions/${decision?.decisionId}/answer`, { answer: "allow" }, String(body.key));
    expect((await ended).code).toBe(0);
    expect(existsSync(join(person.home.cwd, "p.txt"))).toBe(true);
  },
  OPTIONS,
);

scenario(
  "without the setting nobody elsewhere is asked; its own dialog is as it was",
  hub,
  async (world) => {
    const session = await world.open();
    const inbox = await comeToInbox(world, session);
    await begin(world, session, "e.txt");
    await answerAtDialog(session, KEYS.enter);
    await world.model.until((request) => request.hasNew("completed with no output"), "what came of it");
    expect(isMade(world, "e.txt")).toBe(true);
    expect(await inbox.list("any")).toEqual([]);
  },
  { settings: OPTIONS.settings },
);
