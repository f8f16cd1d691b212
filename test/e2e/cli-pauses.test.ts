/** Pauses and stopped exchanges from a shell, on a real hub. */
import { expect, it } from "vitest";
import type { LoopStop } from "../../shared/loops.ts";
import type { InstanceInfo } from "../../shared/message.ts";
import type { Pause } from "../../shared/pauses.ts";
import { CliUser } from "../helpers/cli.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { shareQuickHub } from "../helpers/quick-hub.ts";

const hub = shareQuickHub({ CC2CC_LOOP_MESSAGES: "2" });

it("[H3] pauses a session, a project and everything, says what is paused, and resumes it", async () => {
  const user = await CliUser.make(hub());
  const ben = await HubClient.connect(hub(), { instanceId: "ben@tv:web/1" });
  expect((await user.run(["pauses"])).stderr).toContain("nothing is paused");
  const paused = await user.run(["pause", "ben@tv:web/1", "--reason", "wait for review"]);
  expect(paused).toMatchObject({ code: 0, stderr: expect.stringContaining("ben@tv:web/1 is paused") });
  expect((await user.run(["pauses"])).stdout).toMatch(/ben@tv:web\/1 +an admin .*wait for review/);
  expect((await user.run(["instances"])).stdout).toMatch(/online, paused +ben@tv:web\/1/);
  const sent = await user.run(["send", "ben@tv:web/1", "hello"]);
  expect(sent).toMatchObject({ code: 0, stderr: expect.stringContaining("is paused by an admin: “wait for review”") });
  expect(await user.run(["resume", "ben@tv:web/1"])).toMatchObject({ code: 0 });
  await ben.untilReceived(1);
  expect((await user.run(["resume", "ben@tv:web/1"])).stderr).toContain("was not paused");
  await user.run(["pause", "project:cli"]);
  expect(await user.run(["send", "ben@tv:web/1", "hello"])).toMatchObject({
    code: 6,
    stderr: expect.stringContaining("Your project is paused by an admin"),
  });
  await user.run(["pause", "--all"]);
  expect((await user.read<Pause[]>("pauses")).map(({ target }) => target)).toEqual(["project:cli", "all"]);
  await user.run(["resume", "--all"]);
  await user.run(["resume", "project:cli"]);
  const instances = await user.read<InstanceInfo[]>("instances");
  expect(instances.filter(({ paused }) => paused !== undefined)).toEqual([]);
});

it("[H3] says what is missing or too much", async () => {
  const user = await CliUser.make(hub());
  for (const words of [["pause"], ["resume"], ["pause", "project:x", "--all"], ["pause", "everything"]]) {
    expect(await user.run(words)).toMatchObject({ code: 2, stdout: "" });
  }
  expect(await user.run(["pause", "nobody@tv:web/1"])).toMatchObject({ code: 5 });
});

it("[G1] lists stopped exchanges, and lets one go on", async () => {
  const user = await CliUser.make(hub());
  const ada = await HubClient.connect(hub(), { instanceId: "ada@tv:api/1" });
  const bob = await HubClient.connect(hub(), { instanceId: "bob@tv:api/1" });
  const say = (from: HubClient, to: string) =>
    from.ask({ action: "send_message", type: "result", to, content: "thanks" });
  expect((await user.run(["loops"])).stderr).toContain("no exchange is stopped");
  await say(ada, bob.instanceId);
  await say(bob, ada.instanceId);
  expect(await say(ada, bob.instanceId)).toMatchObject({ code: "loop_guard" });
  const [stop] = await user.read<LoopStop[]>("loops");
  const id = stop?.loopId ?? "";
  expect((await user.run(["loops"])).stdout).toContain(`${id}  2`);
  expect(await user.run(["resume", "--loop", id])).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("may go on"),
  });
  expect(await user.run(["resume", "--loop", id])).toMatchObject({ code: 5 });
  await say(ada, bob.instanceId);
});
