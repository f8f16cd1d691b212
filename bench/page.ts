/**
 * The pages of a large team: 200 sessions of which 20 are there, 2,000 topics, 18,000 messages, a conversation of 300. How long until the
 * Command Center is drawn, and whether what is scrolled through is there in each frame, in feed, sidebar and conversation.
 */
import { uuidv7 } from "uuidv7";
import { launchBrowser } from "../test/helpers/browser.ts";
import type { RunningHub } from "../test/helpers/hub.ts";
import { ackFrame, Client, type Frame, sendFrame, until } from "./client.ts";
import type { Figure } from "./figures.ts";
import type { Context } from "./part.ts";
import { percentilesOf } from "./percentiles.ts";

const SESSIONS = 200;
const ONLINE = 20;
const TOPICS = 2_000;
const MESSAGES = 18_000;
const THREAD = 300;
const BATCH = 50;
const LOADS = 7;
const STEPS = 120;
/** Headings between rows. */
const GAP_PX = 40;
const PEOPLE = ["ana", "ben", "carla", "dov", "elif", "finn", "gita", "hugo", "ines", "jun"];

const nameOf = (n: number) =>
  `${PEOPLE[n % PEOPLE.length]}@desk-${n % 7}:project-${n % 12}/0192f3a1-7c00-7000-8000-${String(n).padStart(12, "0")}`;

export async function measurePage({ startHub }: Context): Promise<Figure[]> {
  const hub = await startHub();
  const { rootId, end } = await fillForPage(hub);
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({ locale: "en-US", viewport: { width: 1440, height: 900 } });
    await context.request.post(`${hub.url}/api/session`, { data: { key: hub.key }, headers: { origin: hub.url } });
    const loads: number[] = [];
    for (let n = 0; n < LOADS; n++) {
      const page = await context.newPage();
      await page.goto(hub.url);
      await page.locator(".markdown").last().waitFor();
      await page.locator(".sidebar-row").nth(ONLINE).waitFor();
      loads.push(await page.evaluate<number>("performance.now()"));
      await page.close();
    }
    const page = await context.newPage();
    await page.goto(hub.url);
    await page.locator(".markdown").last().waitFor();
    const feed = await scrollThrough(page, ".feed-scroller", ".feed-row", -1);
    await page.getByRole("heading", { name: /Offline/ }).click();
    await page.locator("[aria-label=Offline] .sidebar-row").first().waitFor();
    const sidebar = await scrollThrough(page, ".sidebar-scroller", ".sidebar-row", 1);
    await page.goto(`${hub.url}/conversations?thread=${rootId}`);
    await page
      .locator(".thread-row .markdown")
      .nth(THREAD - 1)
      .waitFor();
    const thread = await scrollThrough(page, ".thread", ".thread-row", 1);
    return [
      { name: "page: first load, p50", value: percentilesOf(loads).p50, unit: "ms" },
      { name: "page: first load, most", value: Math.max(...loads), unit: "ms" },
      ...figuresOf("feed", feed),
      ...figuresOf("sidebar", sidebar),
      ...figuresOf("thread of 300", thread),
    ];
  } finally {
    await browser.close();
    await end();
  }
}

interface Scrolled {
  /** Between two frames. */
  frames: number[];
  /** Frames that were painted without a row in some of the window. */
  blank: number;
}

/** A window's half in each frame, as a hard turn of the wheel does. */
async function scrollThrough(
  page: { evaluate<T>(script: string): Promise<T> },
  selector: string,
  row: string,
  way: number,
): Promise<Scrolled> {
  return page.evaluate<Scrolled>(`
    new Promise((resolve, reject) => {
      const scroller = document.querySelector("${selector}");
      const frames = [];
      const begin = scroller.scrollTop;
      let blank = 0;
      let last = performance.now();
      // Answered when a frame is painted. Before that a list that has just come does not know its size yet, and shows nothing.
      const painted = new MessageChannel();
      painted.port1.onmessage = () => {
        if (isBlank()) blank++;
        if (frames.length > ${STEPS}) resolve({ frames: frames.slice(1), blank });
        else requestAnimationFrame(step);
      };
      // By where rows are: while it scrolls, the list takes no pointer.
      const isBlank = () => {
        const { top, height } = scroller.getBoundingClientRect();
        const rows = [...scroller.querySelectorAll("${row}")].map((element) => element.getBoundingClientRect());
        return [0.2, 0.5, 0.8].some((part) => {
          const y = top + height * part;
          return !rows.some((rect) => rect.top - ${GAP_PX} <= y && y <= rect.bottom + ${GAP_PX});
        });
      };
      const step = (now) => {
        frames.push(now - last);
        last = now;
        scroller.dispatchEvent(new WheelEvent("wheel", { bubbles: true }));
        scroller.scrollTop += ${way} * scroller.clientHeight / 2;
        if (frames.length === 2 && scroller.scrollTop === begin) return reject(new Error("${selector} does not scroll"));
        painted.port2.postMessage(undefined);
      };
      requestAnimationFrame(step);
    })
  `);
}

function figuresOf(name: string, { frames, blank }: Scrolled): Figure[] {
  const { p50, p95 } = percentilesOf(frames);
  return [
    { name: `page: ${name}, scrolled, time of a frame, p50`, value: p50, unit: "ms" },
    { name: `page: ${name}, scrolled, time of a frame, p95`, value: p95, unit: "ms" },
    { name: `page: ${name}, frames of ${frames.length} with a blank`, value: blank, unit: "frames" },
  ];
}

/** Makes all of it; resolves to the first message of the long conversation, and what ends the sessions that stay. */
async function fillForPage(hub: RunningHub): Promise<{ rootId: string; end(): Promise<void> }> {
  const headers = { authorization: `Bearer ${hub.key}`, "content-type": "application/json" };
  for (let n = ONLINE; n < SESSIONS; n++) await (await Client.connect(hub, nameOf(n))).close();
  const counts = { answered: 0, received: 0 };
  const clients: Client[] = [];
  for (let n = 0; n < ONLINE; n++) {
    const client = await Client.connect(hub, nameOf(n));
    client.onFrames = (frames: Frame[]) => {
      for (const frame of frames) {
        if (frame.action === undefined) counts.answered++;
        if (frame.action === "deliver") client.send([ackFrame(frame.messages.at(-1)?.seq ?? 0)]);
      }
    };
    clients.push(client);
  }
  for (let n = 0; n < TOPICS; n++) {
    const body = JSON.stringify({ name: `team-${n % 40}/topic-${n}` });
    await (await fetch(`${hub.url}/api/topics`, { method: "POST", headers, body })).text();
  }
  const rootId = uuidv7();
  for (let sent = 0; sent < MESSAGES; sent += BATCH) {
    const at = (sent / BATCH) % ONLINE;
    const frames = Array.from({ length: BATCH }, (_, n) => {
      const number = sent + n;
      const isThread = number < THREAD;
      const messageId = number === 0 ? rootId : uuidv7();
      const text = `Message **${number}** about \`part-${number % 97}\`: the decision on the retry budget stands. ${"More of it. ".repeat(number % 9)}`;
      const frame = sendFrame(nameOf((at + 1 + (number % (ONLINE - 1))) % ONLINE), messageId, text, "task");
      return isThread && number > 0 ? `${frame.slice(0, -1)},"replyToMessageId":"${rootId}"}` : frame;
    });
    clients[at]?.send(frames);
    if (sent % (BATCH * 10) === 0)
      await until(
        "answers",
        () => counts.answered >= sent - BATCH * 10,
        () => counts,
      );
  }
  await until(
    "every answer",
    () => counts.answered === MESSAGES,
    () => counts,
    120_000,
  );
  return {
    rootId,
    async end() {
      for (const client of clients) await client.close();
    },
  };
}
