/** What one session did: the question of a working day, by mouse and by keyboard. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { Presence } from "../../shared/history.ts";
import { shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { expectWellMade } from "../helpers/page-quality.ts";

const { hub, open } = shareDashboard({ CC2CC_RATE_FRAMES: "0", CC2CC_LOOP_MESSAGES: "0" });

/** One who was given two tasks and finished one; what waits for it, it has not taken. */
async function work() {
  const project = `p-${randomUUID().slice(0, 8)}`;
  const lead = await HubClient.connect(hub(), { instanceId: `lea@desk:${project}/1` });
  const worker = await HubClient.connect(hub(), { instanceId: `wim@desk.local:${project}/build-2` });
  const give = (content: string) =>
    lead.ask({ action: "send_message", to: worker.instanceId, type: "task", content: `${content} of ${project}` });
  const first = await give("Build the parser");
  await give("Test the parser");
  await worker.untilReceived(2);
  await worker.ask({
    action: "send_message",
    to: lead.instanceId,
    type: "result",
    content: `The parser of ${project} is built`,
    replyToMessageId: String(first?.messageId),
  });
  return { project, lead, worker };
}

it("shows on lanes what one session did since noon, each mark read and opened by keyboard", async () => {
  const { project, lead, worker } = await work();
  const { page, complaints } = await open("/");
  await page
    .getByRole("complementary", { name: "Topics and instances" })
    .getByRole("button")
    .and(page.getByTitle(worker.instanceId))
    .click();
  await page.getByRole("link", { name: "What it did, over time" }).click();
  await page.getByRole("button", { name: "Since noon" }).click();
  const lane = (name: string) => page.getByRole("toolbar", { name, exact: true });
  await lane("Presence")
    .getByLabel(/^Online since/)
    .waitFor();
  await lane("Tasks").getByLabel(`Task “Build the parser of ${project}” of ${lead.instanceId}`).waitFor();
  await lane("Tasks")
    .getByLabel(/Build the parser.* completed /)
    .waitFor();
  await lane("Tasks")
    .getByLabel(/Test the parser.* submitted since/)
    .waitFor();
  await lane("Received")
    .getByLabel(/Build the parser/)
    .waitFor();
  await expectWellMade(page);

  // By keyboard: what is looked at stands below, and Enter opens it.
  const sent = lane("Sent").getByLabel(new RegExp(`The parser of ${project} is built`));
  await sent.focus();
  await page.getByRole("status").getByText(`result to ${lead.instanceId}`).waitFor();
  await lane("Tasks").getByRole("link").first().focus();
  await page.keyboard.press("ArrowRight");
  await page.getByRole("status").getByText(`Task “Build the parser of ${project}”`).waitFor();
  await page.keyboard.press("ArrowLeft");
  await page.getByRole("status").getByText(`Task “Test the parser of ${project}”`).waitFor();

  // What happens meanwhile comes by itself, and the address brings the same back.
  await lead.send(worker.instanceId, `One more of ${project}`);
  await lane("Received")
    .getByLabel(/3 messages received|One more of/)
    .waitFor();
  await page.reload();
  await lane("Tasks")
    .getByLabel(/Test the parser/)
    .waitFor();
  expect(new URL(page.url()).searchParams.get("window")).toMatch(/\.\./);
  await sent.focus();
  await page.keyboard.press("Enter");
  await page.locator("article[data-highlighted]").getByText(`The parser of ${project} is built`).waitFor();
  expect(complaints).toEqual([]);
});

it("shows when a session was online and off, says what is not known, and follows", async () => {
  const worker = await HubClient.connect(hub(), { instanceId: `wim@desk:p-${randomUUID().slice(0, 8)}/1` });
  const path = `/sessions/${encodeURIComponent(worker.instanceId)}`;
  const { page, complaints } = await open(`${path}?window=1h`);
  const presence = page.getByRole("toolbar", { name: "Presence", exact: true });
  await presence.getByLabel(/^The hub does not know whether it was online before /).waitFor();
  await presence.getByLabel(/^Online since/).waitFor();
  await worker.goOffline();
  await presence.getByLabel(/^Offline since/).waitFor();
  await worker.goOnline();
  await presence.getByLabel(/^Online since/).waitFor();

  // So near that the time between is seen as well.
  const headers = { authorization: `Bearer ${hub().key}` };
  const response = await fetch(`${hub().url}/api/instances/${encodeURIComponent(worker.instanceId)}/presence`, {
    headers,
  });
  const { spans, knownSince } = (await response.json()) as Presence;
  expect([spans.length, spans[0]?.from, spans[1]?.to]).toEqual([2, knownSince, null]);
  const leftAt = Date.parse(String(spans[0]?.to));
  const backAt = Date.parse(String(spans[1]?.from));
  const around = [leftAt - 50, backAt + 50].map((at) => new Date(at).toISOString()).join("..");
  await page.goto(`${hub().url}${path}?window=${around}`);
  const labels = () => presence.getByRole("button").evaluateAll((bars) => bars.map((bar) => bar.ariaLabel));
  await expect
    .poll(async () => (await labels()).map((label) => label?.split(" ")[0]))
    .toEqual(["Online", "Offline", "Online"]);
  await expectWellMade(page);
  await presence.getByRole("button").first().focus();
  await page.keyboard.press("ArrowRight");
  await page
    .getByRole("status")
    .getByText(/^Offline .* to /)
    .waitFor();
  expect(complaints).toEqual([]);
});

it("says where a session is not known, or did nothing, on a phone too", async () => {
  const { page, complaints } = await open(`/sessions/${encodeURIComponent("nobody@nowhere:none/1")}`, {
    viewport: { width: 390, height: 800 },
  });
  await page.getByText("0 tasks and 0 messages").waitFor();
  await page.getByLabel("The hub does not know when this session was online").waitFor();
  await expectWellMade(page);
  expect(complaints).toEqual([]);
});
