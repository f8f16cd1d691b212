/** The command line as an instance, on a real hub. */
import { once } from "node:events";
import { expect, it } from "vitest";
import type { MessageRecord } from "../../shared/history.ts";
import { CONTENT_MAX_BYTES } from "../../shared/limits.ts";
import type { InstanceInfo } from "../../shared/message.ts";
import { CliUser } from "../helpers/cli.ts";
import { shareQuickHub } from "../helpers/quick-hub.ts";

const QUEUE_MAX = 5;
const hub = shareQuickHub({ CC2CC_QUEUE_MAX_MESSAGES: String(QUEUE_MAX) });
const makeUser = (env?: Record<string, string>) => CliUser.make(hub(), env);
const contentsOf = (lines: string) =>
  lines
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line).content);

/** How much waits for a name of `ada`'s. */
async function waitingFor(user: CliUser, name: string): Promise<number | undefined> {
  const instances = await user.read<InstanceInfo[]>("instances");
  return instances.find(({ instanceId }) => instanceId === `ada@desk:cli/${name}`)?.queueDepth;
}

/** A name that the hub knows, and nobody listens under. */
async function makeName(user: CliUser, name: string): Promise<void> {
  const program = user.start(["listen", "--as", name]);
  await program.untilPrinted("listening as");
  program.child.kill("SIGINT");
  expect(await program.ended).toMatchObject({ code: 130, stdout: "" });
}

async function sendAll(user: CliUser, name: string, ...contents: string[]): Promise<void> {
  for (const content of contents)
    expect(await user.run(["send", `ada@desk:cli/${name}`, content])).toMatchObject({ code: 0 });
}

it("has a question answered by a command that runs for each message", async () => {
  const user = await makeUser();
  const listener = user.start(["listen", "--as", "upper", "--exec", "tr a-z A-Z", "--reply"]);
  await listener.untilPrinted("listening as ada@desk:cli/upper");
  const asked = await user.run(["ask", "ada@desk:cli/upper"], { input: "is anybody\nthere?\n" });
  expect(asked).toEqual({ code: 0, stdout: "IS ANYBODY\nTHERE?\n", stderr: "" });
  await expect.poll(() => waitingFor(user, "upper")).toBe(0);
  const [question] = await user.read<MessageRecord[]>("messages", "type:question anybody");
  await expect
    .poll(async () => (await user.read<{ items: unknown[] }>("thread", question?.messageId ?? "")).items.length)
    .toBe(2);
});

it("answers by `reply` from the command, with the variables it finds", async () => {
  const user = await makeUser();
  const command = `${user.command} reply "$CC2CC_MESSAGE_ID" "$CC2CC_TYPE from $CC2CC_FROM" --as echo`;
  const listener = user.start(["listen", "--as", "echoer", "--exec", command]);
  await listener.untilPrinted("listening as");
  const { code, stdout, stderr } = await user.run(["ask", "ada@desk:cli/echoer", "hello", "--type", "task"]);
  expect([code, stdout], stderr).toEqual([0, expect.stringMatching(/^task from ada@desk:cli\/shell-[0-9a-f]{6}\n$/)]);
});

it("leaves a message that its command did not take, and gives it again to whoever listens next", async () => {
  const user = await makeUser();
  await makeName(user, "strict");
  await sendAll(user, "strict", "one", "two");
  const failing = user.start(["listen", "--as", "strict", "--exec", "exit 3"]);
  await failing.untilPrinted(/(the command ended with 3[\s\S]*){2}/);
  failing.child.kill("SIGTERM");
  expect(await failing.ended).toMatchObject({ code: 143 });
  expect(await waitingFor(user, "strict")).toBe(2);
  const taking = await user.run(["listen", "--as", "strict", "--count", "2"]);
  expect([taking.code, contentsOf(taking.stdout)]).toEqual([0, ["one", "two"]]);
  expect(await waitingFor(user, "strict")).toBe(0);
});

it("keeps what was under way when it is killed", async () => {
  const user = await makeUser();
  await makeName(user, "killed");
  await sendAll(user, "killed", "precious");
  const listener = user.start(["listen", "--as", "killed", "--exec", "echo begun; sleep 5"]);
  await listener.untilPrinted("begun");
  const gone = once(listener.child, "exit");
  listener.child.kill("SIGKILL");
  await gone;
  const next = await user.run(["listen", "--as", "killed", "-n", "1"]);
  expect(contentsOf(next.stdout)).toEqual(["precious"]);
});

it("gives a reader that goes what it wanted, and keeps the rest, in order", async () => {
  const user = await makeUser();
  await makeName(user, "pipe");
  await sendAll(user, "pipe", "first", "second", "third");
  const { stdout, stderr } = await user.shell("set -o pipefail; cc2cc listen --as pipe | head -1; echo code $?").ended;
  expect(stdout).toMatch(/"content":"first".*\ncode 141\n$/);
  expect(stderr).toMatch(/whoever read the output has gone; 1 handed on, 2 wait in the hub/);
  expect(await waitingFor(user, "pipe")).toBe(2);
  const rest = await user.run(["listen", "--as", "pipe", "-n", "2"]);
  expect(contentsOf(rest.stdout)).toEqual(["second", "third"]);
});

it("ends a question that nobody waits for any more, and says where its answer will be", async () => {
  const user = await makeUser();
  await makeName(user, "silent");
  const asking = user.start(["ask", "ada@desk:cli/silent", "hello?"]);
  await asking.untilPrinted("offline");
  asking.child.kill("SIGINT");
  expect(await asking.ended).toMatchObject({ code: 130, stdout: "", stderr: expect.stringContaining("cc2cc thread ") });
});

it("tells a topic's followers, also those who are away", async () => {
  const user = await makeUser();
  expect(await user.run(["subscribe", "builds", "--as", "ci"])).toMatchObject({ code: 0, stdout: "" });
  expect((await user.read<{ name: string }[]>("topics")).map(({ name }) => name)).toContain("builds");
  expect(await user.run(["publish", "builds", "green", "--persistent", "--meta", "branch=main"])).toMatchObject({
    code: 0,
  });
  const listener = user.start(["listen", "--as", "ci"]);
  await listener.untilPrinted('"content":"green"');
  expect(JSON.parse(listener.stdout)).toMatchObject({ topicName: "builds", metadata: { branch: "main" } });
  // While it listens, the hub is told by REST.
  expect(await user.run(["subscribe", "deploys", "--as", "ci"])).toMatchObject({ code: 0 });
  await user.run(["publish", "deploys", "done"]);
  await listener.untilPrinted('"content":"done"');
});

it("ends with a code and a sentence for everything that can be told apart", async () => {
  const user = await makeUser();
  const away = { CC2CC_HUB_URL: "http://127.0.0.1:1" };
  const wrong = { CC2CC_API_KEY: "not-a-key-of-this-hub-0123456789abcdef" };
  const holder = user.start(["listen", "--as", "held"]);
  await holder.untilPrinted("listening as");
  await makeName(user, "full");
  await sendAll(user, "full", ...Array.from({ length: QUEUE_MAX }, (_, n) => `${n}`));
  const none = { CC2CC_HUB_URL: "", CC2CC_API_KEY: "" };
  const cases: [string[], Record<string, string>, number, RegExp][] = [
    [["send", "ada@desk:cli/full", "more"], {}, 6, /full/],
    [["send", "ada@desk:cli/nobody", "x"], {}, 5, /No instance.*Run `cc2cc instances` for the ids/],
    [["publish", "unknown-topic", "x"], {}, 5, /topic/],
    [["status", "01a224ed-8a50-794e-b27b-31239605d228"], {}, 5, /./],
    [["listen", "--as", "held"], {}, 8, /another cc2cc of yours listens/],
    [["ask", "ada@desk:cli/full", "x"], {}, 6, /full/],
    [["ask", "ada@desk:cli/held", "x", "--timeout", "1"], {}, 7, /no answer within 1 s; `cc2cc thread /],
    [["ask", "topic:builds", "x"], {}, 2, /read by many/],
    [["send", "ada@desk:cli/held"], {}, 2, /the message is empty/],
    [["listen", "--as", "other", "--count", "0"], {}, 2, /whole number from 1/],
    [["messages", "x", "--limit", "0"], {}, 2, /whole number from 1/],
    [["send", "ada@desk:cli/held", "- a list"], {}, 2, /begins with a dash goes after --/],
    [["thread", "nothing"], {}, 2, /no message id/],
    [["tail", "--since", "abc"], {}, 2, /cursor of an event is a whole number/],
    [["tail", "--since", "-1"], {}, 2, /cursor of an event is a whole number/],
    [["ask", "ada@desk:cli/held", "x", "--timeout", "soon"], {}, 2, /whole number/],
    [["ask", "ada@desk:cli/held", "x", "--timeout", "2073601"], {}, 2, /at most 2073600 seconds/],
    [["send", "broadcast", "x", "--due", "5"], {}, 2, /--due does nothing for a broadcast/],
    [["send", "broadcast", "x", "--accept-within", "5"], {}, 2, /--accept-within does nothing for a broadcast/],
    [
      ["send", "broadcast", "x", "--ttl", "5"],
      {},
      2,
      /--ttl does nothing for a broadcast: it goes to who is online now/,
    ],
    [
      ["send", "broadcast", "x", "--reply-to", "01a224ed-8a50-794e-b27b-31239605d228"],
      {},
      2,
      /--reply-to does nothing for a broadcast/,
    ],
    [["send", "broadcast", "x", "--persistent"], {}, 2, /--persistent does nothing for a broadcast/],
    [["send", "topic:builds", "x", "--due", "5"], {}, 2, /--due does nothing for a topic/],
    [["send", "ada@desk:cli/held", "x", "--ttl", "2592001"], {}, 2, /ttlSeconds: must be 2592000 or less/],
    [["send", "ada@desk:cli/held", "x", "--reply-to", "nothing"], {}, 2, /no message id/],
    [["listen", "--as", "other", "--role", "a b"], {}, 2, /role/],
    [["listen", "--as", "other", "--topic", "A B"], {}, 2, /topic/],
    [["messages", "x", "--limit", "201"], {}, 2, /200/],
    [["tasks", "--limit", "201"], {}, 2, /200/],
    [["inbox", "--limit", "201"], {}, 2, /200/],
    [["send"], {}, 2, /missing required argument/],
    [["sned", "x"], {}, 2, /Did you mean send/],
    [["send", "a@b:c", "x"], away, 3, /cannot be reached/],
    [["instances"], away, 3, /cannot be reached/],
    [["instances"], none, 3, /no hub is known here/],
    [["instances"], { CC2CC_API_KEY: "" }, 4, /there is no key/],
    [["instances"], wrong, 4, /key/],
    [["listen", "--as", "other"], wrong, 4, /refused the key/],
    [["tail"], wrong, 4, /refused the key/],
    [["ask", "a@b:c", "x"], wrong, 4, /refused the key/],
    [["join"], { CC2CC_API_KEY: "" }, 4, /no key was given/],
  ];
  const check = async ([args, env, code, sentence]: (typeof cases)[number]) => {
    const ended = await user.run(args, { env });
    expect([args.join(" "), ended.code, ended.stdout], ended.stderr).toEqual([args.join(" "), code, ""]);
    expect(ended.stderr).toMatch(sentence);
  };
  // These wait for a hub that does not come, and need nothing of the others.
  const waiting = Promise.all(cases.filter(([, env]) => env === away).map(check));
  for (const one of cases.filter(([, env]) => env !== away)) await check(one);
  await waiting;
  expect(await waitingFor(user, "full")).toBe(QUEUE_MAX);
}, 120_000);

it("writes colours to a terminal only", async () => {
  const user = await makeUser();
  await makeName(user, "colour");
  const list = await user.run(["instances"]);
  expect(list.stdout).toContain("ada@desk:cli/colour");
  expect(list.stdout).not.toContain("\u001b");
  const onTerminal = user.shell(`script -qec "${user.command.replaceAll('"', '\\"')} instances" /dev/null`);
  expect((await onTerminal.ended).stdout).toContain("\u001b[2m");
});

it("refuses a text that no message may have before it goes out, however long standard input is", async () => {
  const user = await makeUser();
  await makeName(user, "long");
  const most = await user.run(["send", "ada@desk:cli/long"], { input: `${"a".repeat(CONTENT_MAX_BYTES)}\n` });
  expect(most.code, most.stderr).toBe(0);
  const over = await user.run(["send", "ada@desk:cli/long"], { input: "🎉".repeat(500_000) });
  expect([over.code, over.stdout, over.stderr]).toEqual([2, "", expect.stringMatching(/at most 65536 bytes/)]);
  const endless = user.shell("cc2cc send ada@desk:cli/long < /dev/zero; echo code $?");
  expect((await endless.ended).stdout).toBe("code 2\n");
  expect(await waitingFor(user, "long")).toBe(1);
});

it("goes on after an answer that the hub does not take, and keeps its question", async () => {
  const user = await makeUser();
  await makeName(user, "wordy");
  const command = `read -r first; if [ "$first" = long ]; then head -c 2000000 /dev/zero | tr '\\0' a; else echo short; fi`;
  await sendAll(user, "wordy", "long");
  const listener = user.start(["listen", "--as", "wordy", "--exec", command, "--reply"]);
  await listener.untilPrinted(/at most 65536 bytes[^\n]*; it comes again/);
  expect(await user.run(["ask", "ada@desk:cli/wordy", "brief"])).toMatchObject({ code: 0, stdout: "short\n" });
  expect(await waitingFor(user, "wordy")).toBe(1);
});

it("says in a sentence that its output cannot be written, and keeps what was not", async () => {
  if (process.platform !== "linux") return;
  const user = await makeUser();
  await makeName(user, "disk");
  await sendAll(user, "disk", "precious");
  for (const command of ["instances --json", "listen --as disk"]) {
    const { stdout, stderr } = await user.shell(`cc2cc ${command} > /dev/full; echo code $?`).ended;
    expect([command, stdout]).toEqual([command, "code 1\n"]);
    expect(stderr).toMatch(/^cc2cc: the output cannot be written: .*no space left/m);
    expect(stderr).not.toMatch(/^ +at /m);
  }
  expect(await waitingFor(user, "disk")).toBe(1);
});

it("[C10] leaves nothing behind in its project's topic, and stays what it was when it sends", async () => {
  const user = await makeUser();
  await makeName(user, "lasting");
  const listener = user.start(["listen", "--as", "here", "--exec", "cat", "--reply"]);
  await listener.untilPrinted("listening as");
  const passing = async () =>
    (await user.read<InstanceInfo[]>("instances"))
      .map(({ instanceId }) => instanceId)
      .filter((id) => /shell-[0-9a-f]{6}$/.test(id));
  const before = await passing();
  expect(await user.run(["ask", "ada@desk:cli/here", "hello"])).toMatchObject({ code: 0 });
  // A name that people write to sends, too, and is still in the lists after that.
  expect(await user.run(["send", "ada@desk:cli/here", "hello", "--as", "lasting"])).toMatchObject({ code: 0 });
  await expect.poll(() => waitingFor(user, "lasting")).toBe(1);
  expect(await user.run(["listen", "--as", "lasting", "--count", "1"])).toMatchObject({ code: 0 });
  expect(await waitingFor(user, "lasting")).toBe(0);
  // Else it answers the publication, and that answer waits for whoever published.
  listener.child.kill("SIGINT");
  await listener.ended;
  expect(await user.run(["publish", "cli", "for all", "--persistent"])).toMatchObject({ code: 0 });
  await expect.poll(() => waitingFor(user, "lasting")).toBe(1);
  expect(await passing()).toEqual(before);
});
