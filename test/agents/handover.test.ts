/** One piece of work goes round: Claude Code gives it to Codex, Codex to OpenCode, and OpenCode back to Claude Code. */
import { expect, inject, it, onTestFinished } from "vitest";
import { KEYS } from "../claude/terminal.ts";
import { World as ClaudeWorld } from "../claude/world.ts";
import { shareHub } from "../helpers/test-hub.ts";
import { CODEX_CLIENT } from "./codex-client.ts";
import { OPENCODE_CLIENT } from "./opencode-client.ts";
import { press } from "./typing.ts";
import { World } from "./world.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });
const folders = inject("agentFolders");
const canRun = inject("claudeBinary") !== "" && folders.codex !== undefined && folders.opencode !== undefined;
const POLL = { timeout: 60_000, interval: 200 };

async function open(client: typeof CODEX_CLIENT) {
  const world = await World.begin(hub(), client);
  onTestFinished(() => world.end());
  return { world, session: await world.open() };
}

it.skipIf(!canRun)(
  "a task goes round three agents, each is shown it once, and the thread is whole",
  async () => {
    const claude = await ClaudeWorld.begin(hub());
    const session = await claude.open();
    const codex = await open(CODEX_CLIENT);
    const opencode = await open(OPENCODE_CLIENT);
    const me = claude.person.addressOf(session.id);

    const given = (content: string) => new RegExp(`message_id="([^"]+)"[^>]*>\\s*${content}`);
    const hand = (to: string, type: string, content: string, text: string, before: string) => {
      const replyToMessageId = given(before).exec(text)?.[1];
      return [{ tool: "send_message", input: { to, type, content, replyToMessageId } }];
    };
    codex.world.model.once(given("draft one"), ({ newText }) =>
      hand(opencode.session.address, "task", "draft two", newText, "draft one"),
    );
    opencode.world.model.once(given("draft two"), ({ newText }) =>
      hand(me, "result", "draft three", newText, "draft two"),
    );

    const sent = await session.use("send_message", { to: codex.session.address, type: "task", content: "draft one" });
    const { messageId } = JSON.parse(sent.text);
    // What is no answer to its sender is asked of Codex's person, who agrees.
    await codex.session.terminal.untilShows(/Allow the cc2cc/);
    await press(codex.session.terminal, KEYS.enter);
    await claude.model.until(
      ({ text }) => text.includes("draft three"),
      "the work in Claude Code's next request",
      90_000,
    );

    const thread = async () => {
      const headers = { authorization: `Bearer ${hub().key}` };
      const { items } = await (await fetch(`${hub().url}/api/threads/${messageId}`, { headers })).json();
      return items.map(({ content, state }: { content: string; state: string }) => [content, state]);
    };
    await expect.poll(thread, POLL).toEqual([
      ["draft one", "seen"],
      ["draft two", "seen"],
      ["draft three", "seen"],
    ]);
    for (const [requests, content] of [
      [codex.world.model.requests, "draft one"],
      [opencode.world.model.requests, "draft two"],
    ] as const) {
      const times = requests.map(({ items }) => items.filter(({ text }) => given(content).test(text)).length);
      expect(Math.max(...times), content).toBe(1);
    }
  },
  240_000,
);
