/** `claude -p`, and what else starts the server without being a session that lasts. */
import { randomUUID } from "node:crypto";
import { describe, expect } from "vitest";
import { shareHub } from "../helpers/test-hub.ts";
import { scenario, type World } from "./world.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });

interface Instance {
  instanceId: string;
  status: string;
}

async function instancesOf(world: World): Promise<Instance[]> {
  const headers = { authorization: `Bearer ${world.hub.key}` };
  const instances = (await (await fetch(`${world.hub.url}/api/instances`, { headers })).json()) as Instance[];
  return instances.filter(({ instanceId }) => instanceId.startsWith(world.person.addressOf("")));
}

describe("claude -p", () => {
  scenario("answers one prompt, and ends", hub, async (world) => {
    world.model.rule(() => ["the answer"]);
    const { code, output } = await world.person.claude("-p", "a question");
    expect(output.trim()).toBe("the answer");
    expect(code).toBe(0);
  });

  scenario("shows what waits for the session that it goes on with", hub, async (world) => {
    const id = randomUUID();
    await world.person.claude("--session-id", id, "-p", "a question");
    const sent = await world.tell(world.person.addressOf(id), "while you were away");
    await world.person.claude("--resume", id, "-p", "another question");
    await world.untilShown(sent);
    await world.untilState(sent, "seen");
  });

  scenario("gets what comes while it works", hub, async (world) => {
    const id = randomUUID();
    const answer = Promise.withResolvers<[{ tool: string; input: Record<string, unknown> }]>();
    const asked = world.model.once("a question", () => answer.promise);
    const ended = world.person.claude("--session-id", id, "-p", "a question");
    await asked;
    await world.untilOnline(id);
    const sent = await world.tell(world.person.addressOf(id), "one more thing");
    await world.untilState(sent, "delivered", "acked");
    answer.resolve([{ tool: "Bash", input: { command: "true", description: "nothing" } }]);
    await ended;
    await world.untilShown(sent);
    await world.untilState(sent, "seen");
  });

  scenario("is not online after its end", hub, async (world) => {
    await world.person.claude("-p", "a question");
    const online = async () => (await instancesOf(world)).filter(({ status }) => status === "online");
    await expect.poll(online, { timeout: 5_000 }).toEqual([]);
  });
});

scenario("claude mcp list calls the server well, and leaves nobody behind on the hub", hub, async (world) => {
  const { output } = await world.person.claude("mcp", "list");
  expect(output).toMatch(/cc2cc.*Connected/);
  expect(await instancesOf(world)).toEqual([]);
});
