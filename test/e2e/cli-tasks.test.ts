/** Tasks and claims from a shell, on a real hub. */
import { expect, it } from "vitest";
import type { Claim } from "../../shared/claims.ts";
import type { Task, TaskDetail } from "../../shared/tasks.ts";
import { CliUser } from "../helpers/cli.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { shareQuickHub } from "../helpers/quick-hub.ts";

const hub = shareQuickHub();

it("[T3] [T6] sends a task to any of a role, lists it, shows its course, gives it to another, and cancels it", async () => {
  const user = await CliUser.make(hub());
  const sent = await user.run([
    "send",
    "any:reviewer",
    "Review",
    "the",
    "branch",
    "--due",
    "3600",
    "--accept-within",
    "60",
  ]);
  expect(sent).toMatchObject({ code: 0, stderr: expect.stringContaining("Nobody else has the role reviewer now") });
  const id = sent.stdout.trim();
  const listener = user.start(["listen", "--as", "rev", "--role", "reviewer", "--count", "1"]);
  expect(await listener.ended).toMatchObject({ code: 0, stdout: expect.stringContaining(id) });
  const listed = await user.run(["tasks", "--role", "reviewer"]);
  expect(listed.stdout).toMatch(new RegExp(`${id}  submitted  ada@desk:cli  .* ago  Review the branch\n`));
  expect(await user.read<Task[]>("tasks", "--state", "completed")).toEqual([]);
  const shown = await user.run(["task", id]);
  expect(shown.stdout).toContain("asked ada@desk:cli, due ");
  expect(shown.stdout).toMatch(/submitted {6}nobody, by ada@desk:cli\/shell.*\n.*submitted {6}ada@desk:cli\/rev/);
  const other = await HubClient.connect(hub(), { instanceId: "bo@tv:cli/9" });
  const given = await user.run(["task", "reassign", id, other.instanceId, "--note", "rev is gone"]);
  expect(given).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("bo@tv:cli/9 has it now") });
  await other.untilReceived(1);
  expect(other.received[0]).toMatchObject({ messageId: id, content: "Review the branch" });
  const taken = await user.run(["listen", "--as", "rev", "--count", "1"]);
  expect(taken.stdout).toContain("is bo@tv:cli/9's now: an operator gave it to them: “rev is gone”.");
  expect(await user.run(["task", "cancel", id, "--note", "not needed"])).toMatchObject({ code: 0, stdout: "" });
  expect(await user.read<TaskDetail>("task", id)).toMatchObject({ state: "canceled", note: "not needed" });
  await other.untilReceived(2);
  expect(other.received[1]?.content).toContain("was canceled by an operator: “not needed”.");
});

it("says in words what is wrong with an answer, an id or an end", async () => {
  const user = await CliUser.make(hub());
  const unknown = "0193b6f0-0000-7000-8000-000000000000";
  expect(await user.run(["task", unknown])).toMatchObject({ code: 5, stderr: expect.stringContaining("no task") });
  expect(await user.run(["task", "cancel", unknown])).toMatchObject({ code: 5 });
  expect(await user.run(["task", "nonsense"])).toMatchObject({ code: 2 });
  expect(await user.run(["tasks", "--state", "done"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("Allowed choices"),
  });
  expect(await user.run(["send", "any:reviewer", "what?", "--type", "question"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("any:<role> takes tasks only"),
  });
  const sent = await user.run(["send", "any:nobody", "x"]);
  const id = sent.stdout.trim();
  await user.run(["task", "cancel", id]);
  expect(await user.run(["task", "cancel", id])).toMatchObject({
    stderr: expect.stringContaining("canceled, which is its end"),
  });
});

it("[L1] lists claims, and takes one from its holder", async () => {
  const user = await CliUser.make(hub());
  const holder = await HubClient.connect(hub(), { instanceId: "bo@tv:ops/1" });
  expect((await user.run(["claims"])).stderr).toContain("nobody claims anything");
  await holder.ask({ action: "claim", names: ["deploy"], reason: "release 1.2" });
  expect((await user.run(["claims"])).stdout).toMatch(/deploy +bo@tv:ops\/1 .*release 1\.2/);
  expect(await user.read<Claim[]>("claims")).toMatchObject([{ name: "deploy", mode: "exclusive" }]);
  const taken = await user.run(["claims", "release", "deploy"]);
  expect(taken).toMatchObject({ code: 0, stderr: expect.stringContaining("bo@tv:ops/1 had it, and is told") });
  await holder.untilReceived(1);
  expect(holder.received[0]?.content).toContain("You do not hold deploy any more");
  expect(await user.run(["claims", "release", "deploy"])).toMatchObject({ code: 5 });
});
