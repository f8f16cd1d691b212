/** Schedules from a shell, on a real hub. */
import { expect, it } from "vitest";
import type { Schedule, ScheduleDetail } from "../../shared/schedules.ts";
import { CliUser } from "../helpers/cli.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { shareQuickHub } from "../helpers/quick-hub.ts";

const hub = shareQuickHub();

it("[SC3] makes a schedule, shows it, runs, pauses, changes and deletes it", async () => {
  const user = await CliUser.make(hub());
  const bo = await HubClient.connect(hub(), { instanceId: "bo@tv:ops/1" });
  expect((await user.run(["schedules"])).stderr).toContain("there are no schedules");
  const options = ["--time-zone", "Europe/Berlin", "--max", "5", "--meta", "ticket=7", "--overlap", "skip"];
  const made = await user.run([
    "schedules",
    "create",
    "backups",
    "0 9 * * MON-FRI",
    "bo@tv:ops/1",
    "Check",
    "them",
    ...options,
  ]);
  expect(made).toMatchObject({ code: 0, stderr: expect.stringMatching(/its first time is .*T0[78]:00:00\.000Z/) });
  const id = made.stdout.trim();
  expect((await user.run(["schedules"])).stdout).toMatch(
    new RegExp(`${id}  backups  0 9 \\* \\* MON-FRI  bo@tv:ops/1  20`),
  );
  expect(await user.read<Schedule[]>("schedules", "list")).toMatchObject([
    { timeZone: "Europe/Berlin", maxFireCount: 5, metadata: { ticket: "7" }, overlap: "skip", messageType: "task" },
  ]);
  const ran = await user.run(["schedules", "run", "backups"]);
  expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining("it was sent to 1") });
  await bo.untilReceived(1);
  expect(bo.received[0]).toMatchObject({
    messageId: ran.stdout.trim(),
    content: "Check them",
    metadata: { schedule: "backups" },
  });
  expect((await user.run(["schedules", "pause", "backups"])).stderr).toContain("it is paused");
  expect((await user.run(["schedules", "show", id])).stdout).toMatch(
    /backups\n0 9 \* \* MON-FRI \(Europe\/Berlin\), task to bo@tv:ops\/1, made by dashboard\npaused; sent 0 times\nCheck them\n {2}.* \(run\) {2}sent/,
  );
  expect((await user.run(["schedules", "resume", id])).stderr).toContain("its next time is");
  const edited = await user.run(
    ["schedules", "edit", id, "--expression", "every 2h", "--max", "none", "--content", "-"],
    {
      input: "Look",
    },
  );
  expect(edited).toMatchObject({ code: 0, stderr: expect.stringContaining("its next time is") });
  const changed = await user.read<ScheduleDetail>("schedules", "show", id);
  expect(changed).toMatchObject({ expression: "every 2h", content: "Look" });
  expect(changed).not.toHaveProperty("maxFireCount");
  expect(await user.run(["schedules", "delete", "backups"])).toMatchObject({ code: 0 });
  expect(await user.run(["schedules", "show", id])).toMatchObject({ code: 5 });
});

it("says in words what is wrong", async () => {
  const user = await CliUser.make(hub());
  await HubClient.connect(hub(), { instanceId: "bo@tv:other/1" });
  const create = (...args: string[]) => user.run(["schedules", "create", ...args]);
  expect(await create("x", "0 9 *", "bo@tv:other/1", "hello")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("Write cron with five fields"),
  });
  // The shell made file names of the stars.
  expect(await create("x", "0", "9", "README.md", "bo@tv:other/1", "hello")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("quote the expression"),
  });
  expect(await create("x", "every 1h", "bo@tv:other/9", "hello")).toMatchObject({ code: 5 });
  expect(await user.run(["schedules", "pause", "nothing"])).toMatchObject({
    code: 5,
    stderr: expect.stringContaining("no schedule is called nothing"),
  });
  for (let n = 0; n < 2; n++) await create("twin", "every 1h", "bo@tv:other/1", "hello");
  expect(await user.run(["schedules", "run", "twin"])).toMatchObject({
    code: 8,
    stderr: expect.stringContaining("several schedules are called twin"),
  });
  expect(await user.run(["schedules", "edit", "twin"])).toMatchObject({ code: 2 });
});
