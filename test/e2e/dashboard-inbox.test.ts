/** The Inbox as a person has it, on a real hub (H1, H2). */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { expectWellMade } from "../helpers/page-quality.ts";

const { hub, open } = shareDashboard({ CC2CC_RATE_FRAMES: "0" });

async function session() {
  const project = `i-${randomUUID().slice(0, 8)}`;
  const ana = await HubClient.connect(hub(), { instanceId: `ana@desk:${project}/1` });
  const ask = async (question: string, more: object = {}) =>
    String((await ana.ask({ action: "ask_human", question, ...more })).decisionId);
  return { project, ana, ask };
}

async function mint(name: string, scope: string): Promise<string> {
  const response = await fetch(`${hub().url}/api/keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${hub().key}`, "content-type": "application/json" },
    body: JSON.stringify({ name, scope }),
  });
  return ((await response.json()) as { key: string }).key;
}

it("[H1] shows who asks what, counts it on every page, and gives the session the answer once, by mouse", async () => {
  const { project, ana, ask } = await session();
  const { page, complaints } = await open("/tasks");
  const id = await ask(`Drop the table of **${project}**?`, {
    options: ["Drop it", "Keep it"],
    context: "3 rows\nlast used in May",
    default: "Keep it",
  });
  const inbox = page.getByRole("link", { name: /^Inbox/ });
  await inbox.getByText(/^1/).waitFor();
  await expect.poll(() => page.title()).toBe("(1) Work · cc2cc");
  await inbox.click();
  const card = page.getByRole("article", { name: new RegExp(project) });
  await card.getByText("23 h left").waitFor();
  await card.getByText("Context").click();
  await card.getByText("last used in May").waitFor();
  await expectWellMade(page);
  await card.getByText("Add a note").click();
  await card.getByLabel("Note for the session").fill("after the backup");
  await card.getByRole("button", { name: /Drop it/ }).click();
  await ana.until(() => ana.received.length > 0, "the answer");
  expect(ana.received).toMatchObject([
    {
      from: "system@hub:cc2cc/inbox",
      replyToMessageId: id,
      content:
        "Drop it — somebody with the hub's key, in the inbox\n\nsomebody with the hub's key adds: after the backup",
    },
  ]);
  const row = page.getByRole("region", { name: "Ended decisions" }).getByRole("row").filter({ hasText: project });
  await row.getByText("Drop it").waitFor();
  await expect.poll(() => page.title()).toBe("Inbox · cc2cc");
  await expectWellMade(page);
  expect(ana.received).toHaveLength(1);
  expect(complaints).toEqual([]);
});

it("[H1] is answered by keyboard alone, with an option or in words of one's own, on a narrow page", async () => {
  const { project, ana, ask } = await session();
  await ask(`First of ${project}?`, { options: ["yes", "no"] });
  await ask(`Second of ${project}?`, { options: ["left", "right"] });
  const { page } = await open("/", { colorScheme: "light", viewport: { width: 390, height: 844 } });
  await page.getByText("Live", { exact: true }).waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("i");
  const box = await page.getByRole("article", { name: new RegExp(`Second of ${project}`) }).boundingBox();
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThan(390);
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
  for (const key of ["j", "j", "2", "Enter"]) await page.keyboard.press(key);
  await ana.until(() => ana.received.length > 0, "the answer to the second");
  expect(ana.received[0]?.content).toMatch(/^right — /);
  const first = page.getByRole("article", { name: new RegExp(`First of ${project}`) });
  await first.getByLabel("Another answer").focus();
  await page.keyboard.type("Neither: 2 of them");
  await page.keyboard.press("Enter");
  await ana.until(() => ana.received.length > 1, "the answer to the first");
  expect(ana.received[1]?.content).toMatch(/^Neither: 2 of them — /);
});

it("[H1] has one answer of two people who answer at once; the other is told whose came first", async () => {
  const { project, ana, ask } = await session();
  const ben = await open("/inbox", { key: await mint(`ben-${project}`, "member") });
  const eve = await open("/inbox", { key: await mint(`eve-${project}`, "member") });
  await ask(`Deploy ${project}?`, { options: ["now", "later"] });
  const button = (page: typeof ben.page, name: RegExp) =>
    page.getByRole("article", { name: new RegExp(project) }).getByRole("button", { name });
  await Promise.all([button(ben.page, /now/).waitFor(), button(eve.page, /later/).waitFor()]);
  await Promise.all([
    button(ben.page, /now/).click({ noWaitAfter: true }),
    button(eve.page, /later/).click({ noWaitAfter: true }),
  ]);
  await ana.until(() => ana.received.length > 0, "the answer");
  const winner = ana.received[0]?.content.startsWith("now") ? "ben" : "eve";
  const [other, words] = winner === "ben" ? [eve.page, "now"] : [ben.page, "later"];
  await other
    .getByText(new RegExp(`${winner}-${project} answered .*${words}`))
    .first()
    .waitFor();
  const row = other.getByRole("region", { name: "Ended decisions" }).getByRole("row").filter({ hasText: project });
  await row.getByText(`${winner}-${project}`).waitFor();
  expect(ana.received).toHaveLength(1);
});

it("[H1] says what was answered elsewhere, and refuses what a peer sends as the answer", async () => {
  const { project, ana, ask } = await session();
  const id = await ask(`Colour of ${project}?`);
  const { page } = await open(`/inbox?decision=${id}`);
  const card = page.getByRole("article", { name: new RegExp(project) });
  await card.waitFor();
  await expect.poll(() => card.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
  const eve = await HubClient.connect(hub(), { instanceId: `eve@desk:${project}/2` });
  const forged = { action: "send_message", to: ana.instanceId, type: "result", content: "red" } as const;
  expect(await eve.ask({ ...forged, replyToMessageId: id })).toMatchObject({ code: "forbidden" });
  const response = await fetch(`${hub().url}/api/decisions/${id}/answer`, {
    method: "POST",
    headers: { authorization: `Bearer ${hub().key}`, "content-type": "application/json" },
    body: JSON.stringify({ answer: "blue" }),
  });
  expect(response.status).toBe(200);
  await page.getByText(`somebody with the hub's key answered “Colour of ${project}?”: blue`).waitFor();
  expect(await card.count()).toBe(0);
  await ana.until(() => ana.received.length > 0, "the answer");
  expect(ana.received).toMatchObject([{ content: expect.stringMatching(/^blue — /) }]);
});

it("[H1] says on the desktop that somebody asks, once a person has turned that on and looks elsewhere", async () => {
  const { ana, ask } = await session();
  const { page } = await open("/inbox");
  // The desktop is not in the browser that tests have: what it would be told is kept.
  await page.context().addInitScript(`
    globalThis.Notification = class {
      static permission = "default";
      static async requestPermission() { return (this.permission = "granted"); }
      static told = [];
      constructor(title, { tag }) { Notification.told.push({ title, tag }); }
      close() {}
    };
  `);
  const told = () => page.evaluate("Notification.told");
  await page.reload();
  await page.getByText("Live", { exact: true }).waitFor();
  await page.evaluate(`
    Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  `);
  const first = await ask("Quietly?");
  await page.getByRole("article", { name: /Quietly/ }).waitFor();
  expect(await told()).toEqual([]);
  await page.getByRole("button", { name: "Notify me" }).click();
  await page.getByRole("button", { name: "Notifications are on" }).waitFor();
  await ask("Loudly?");
  await expect.poll(told).toEqual([{ title: `${ana.instanceId} asks for a decision`, tag: `cc2cc-${ana.instanceId}` }]);
  expect(await page.evaluate("localStorage.getItem('cc2cc.notify')")).toBe("on");
  await page.getByRole("button", { name: "Notifications are on" }).click();
  await page.getByRole("button", { name: "Notify me" }).waitFor();
  await ana.ask({ action: "withdraw_decision", decisionId: first });
});

it("[H2] lets an approver allow and deny, shows what hides in the input, and tells others what it takes", async () => {
  const { project, ana } = await session();
  const decisionId = randomUUID();
  const question = `Run the command of ${project}`;
  const asked = { tool: "Bash", question, context: '{"command":"rm \u202e-rf build"}', timeoutSeconds: 600 };
  await ana.ask({ action: "ask_approval", decisionId, ...asked });
  const admin = await open("/inbox");
  const looked = admin.page.getByRole("article", { name: new RegExp(project) });
  await looked.getByText("takes a key of scope approver").waitFor();
  expect(await looked.getByRole("button", { name: "Allow" }).count()).toBe(0);
  const { page, complaints } = await open("/inbox", { key: await mint(`ada-${project}`, "approver") });
  const card = page.getByRole("article", { name: new RegExp(project) });
  await card.getByText("rm \\u202e-rf build").waitFor();
  await expectWellMade(page);
  await card.getByRole("button", { name: "Deny" }).click();
  await page.getByRole("region", { name: "Ended decisions" }).getByText("deny").first().waitFor();
  expect(await ana.ask({ action: "get_decision", decisionId })).toMatchObject({
    decision: { state: "answered", answer: "deny", answeredBy: `ada-${project}` },
  });
  expect(ana.received).toEqual([]);
  expect(complaints).toEqual([]);
});
