/** Clients that keep from the model what the plugin gave them. */
import { randomUUID } from "node:crypto";
import { describe, expect } from "vitest";
import { shareHub } from "../helpers/test-hub.ts";
import type { ClaudeSession } from "./session.ts";
import { type Sent, scenario, type World } from "./world.ts";

const hub = shareHub({ env: { CC2CC_RATE_FRAMES: "0" } });
/** A person who works, and pauses between prompts: what was given to the client has its time to fail. */
const PAUSE_MS = 7_000;
const WORK_MS = 45_000;

/** The person goes on working; hooks have their chance with each prompt. */
async function promptUntilShown(world: World, session: ClaudeSession, sent: Sent): Promise<void> {
  const prompt = async () => {
    await session.ask(`go on ${randomUUID().slice(0, 8)}`);
    await session.untilIdle();
    return world.isInRequest(sent);
  };
  await expect.poll(prompt, { interval: PAUSE_MS, timeout: WORK_MS, message: `${sent.mark} in a request` }).toBe(true);
}

/** As somebody has it who lets no other session's words pass. */
const BLOCK = `case "$(cat)" in *cross-session*) echo '{"decision":"block","reason":"not here"}' ;; esac`;

scenario(
  "a message that another hook keeps from the model is not taken for seen",
  hub,
  async (world) => {
    const session = await world.open();
    const sent = await world.tell(session, "please look");
    await session.terminal.untilShows("not here");
    expect.soft(await world.stateOf(sent)).not.toBeOneOf(["acked", "seen"]);
    await promptUntilShown(world, session, sent);
    await world.untilState(sent, "seen");
  },
  { settings: { hooks: { UserPromptSubmit: [{ hooks: [{ type: "command", command: BLOCK }] }] } } },
);

describe("a client that takes no messages of other sessions", () => {
  for (const crossSessionInbound of ["refuse", "hold"]) {
    scenario(
      `(${crossSessionInbound}) leaves them with the hub until the model has them another way`,
      hub,
      async (world) => {
        const session = await world.open();
        const first = await world.tell(session, "before the first prompt");
        await world.untilState(first, "delivered", "acked");
        await promptUntilShown(world, session, first);
        const second = await world.tell(session, "between two prompts");
        await world.untilState(second, "delivered", "acked");
        await promptUntilShown(world, session, second);
        await session.untilIdle();
        for (const sent of [first, second]) await world.untilState(sent, "seen");
      },
      { settings: { crossSessionInbound } },
    );
  }
});
