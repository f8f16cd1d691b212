/** What somebody else's model wrote, in the feed of a person: rendered, and harmless. */
import { networkInterfaces } from "node:os";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findLanAddress } from "../../host/lan-address.ts";
import { shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { expectWellMade } from "../helpers/page-quality.ts";

const { hub, open } = shareDashboard({ CC2CC_BIND: "0.0.0.0" });
const KIBI = 1024;
const FULL = 64 * KIBI;

let writer: HubClient;
let reader: HubClient;
beforeAll(async () => {
  writer = await HubClient.connect(hub(), { instanceId: "mallory@tower:md/writer" });
  reader = await HubClient.connect(hub(), { instanceId: "alice@laptop:md/reader" });
});
afterAll(async () => {
  await writer?.goOffline();
  await reader?.goOffline();
});

let sent = 0;

/** Sends a text and gives its card in the feed, when its text has become elements, or was found too much for that. */
async function show(page: Page, content: string): Promise<Locator> {
  const mark = `case-${++sent}.`;
  await writer.send(reader.instanceId, `${mark}\n\n${content}`.slice(0, FULL));
  const card = page.getByRole("article").filter({ hasText: mark });
  await card.locator(".markdown, .message-plain").first().waitFor();
  return card;
}

/** Opens the feed with Markdown at work, and with everything noticed that a text must not be able to do. */
async function openFeed(options: Parameters<typeof open>[1] = {}) {
  const { page, complaints } = await open("/", options);
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.evaluate(`
    window.reports = [];
    addEventListener("securitypolicyviolation", (event) => window.reports.push(event.effectiveDirective + " " + event.blockedURI));
  `);
  // Before the first, it is plain text that waits for its chunk.
  await show(page, "**warm**");
  await page.locator(".markdown strong").first().waitFor();
  return { page, complaints, requests };
}

/** What in the feed could run, load, take input, be styled by its author, or lead to anything but the web and mail. */
async function findUnsafe(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(`
    (() => {
      const allowed = ["P","BR","HR","H3","H4","H5","H6","UL","OL","LI","BLOCKQUOTE","PRE","CODE","SPAN","EM","STRONG","DEL","A",
        "TABLE","THEAD","TBODY","TR","TH","TD","DIV","BUTTON"];
      const found = [];
      for (const element of document.querySelectorAll(".markdown, .markdown *")) {
        if (!allowed.includes(element.nodeName)) found.push(element.nodeName);
        for (const { name, value } of element.attributes) {
          if (name.startsWith("on") || ["style", "id", "name", "src", "srcset", "srcdoc", "action", "formaction"].includes(name))
            found.push(element.nodeName + " " + name + "=" + value);
          if (name === "href" && !/^(https?:|mailto:)/.test(value)) found.push(name + "=" + value);
        }
        if (element.nodeName === "A" && (element.target !== "_blank" || !element.rel.includes("noopener"))) found.push("A without noopener");
      }
      if (window.pwned !== undefined) found.push("a script ran: " + window.pwned);
      return [...found, ...window.reports];
    })()
  `);
}

it("shows headings, lists, quotes, links, tables, tasks and coloured code", async () => {
  const { page, complaints } = await openFeed();
  const card = await show(
    page,
    [
      "# Plan\n\n### Deep\n\n1. first\n2. second\n\n> quoted\n\n[docs](https://example.com/a) and `inline`\n",
      "- [x] built\n- [ ] shipped\n",
      "| a | b |\n|---|--:|\n| 1 | 2 |\n",
      "```ts\nconst answer: number = 42;\n```",
    ].join("\n"),
  );
  await card.getByRole("button", { name: /Show all/ }).click();
  expect(await card.getByRole("heading", { name: "Plan" }).evaluate((element) => element.nodeName)).toBe("H3");
  // No level is left out, whatever the author left out.
  expect(await card.getByRole("heading", { name: "Deep" }).evaluate((element) => element.nodeName)).toBe("H4");
  expect(await card.getByRole("listitem").allTextContents()).toEqual([
    "first",
    "second",
    "done: built",
    "open: shipped",
  ]);
  expect(await card.locator("blockquote").textContent()).toContain("quoted");
  expect(await card.getByRole("link", { name: "docs" }).getAttribute("rel")).toBe("noopener noreferrer");
  expect(await card.getByRole("cell").allTextContents()).toEqual(["1", "2"]);
  const keyword = card.locator(".hljs-keyword");
  expect(await keyword.textContent()).toBe("const");
  const colorOf = (selector: string) => page.evaluate(`getComputedStyle(document.querySelector("${selector}")).color`);
  expect(await colorOf(".hljs-keyword")).not.toBe(await colorOf(".markdown pre"));
  expect(await findUnsafe(page)).toEqual([]);
  await expectWellMade(page);
  expect(complaints).toEqual([]);
});

const HOSTILE: Record<string, string> = {
  "a script": "<script>window.pwned = 1</script>",
  "a script in a line": "text <script src=//evil.example/x.js></script> text",
  "an event handler": '<img src=x onerror="window.pwned=2">',
  "handlers of many elements":
    "<body onload=pwned=3><details open ontoggle=pwned=3><video><source onerror=pwned=3></video>",
  "links to scripts":
    "[a](javascript:window.pwned=4) [b](JaVa&#x53;cript:window.pwned=4) [c](<java\tscript:pwned=4>) <javascript:pwned=4>",
  "reference links to scripts": "[a][b]\n\n[b]: javascript:window.pwned=5",
  "links to data": "[a](data:text/html,<script>pwned=6</script>) ![b](data:image/svg+xml,<svg/onload=pwned=6>)",
  "titles that break out": `[a](https://example.com '"onmouseover="pwned=7') ![x" onerror="pwned=7](https://example.com/x.png)`,
  svg: '<svg onload="window.pwned=8"><animate onbegin=pwned=8 attributeName=x></svg><svg><a xlink:href="javascript:pwned=8"><text y=20>x</text></a></svg>',
  "svg that changes how the rest is parsed": '<svg></p><style><a title="</style><img src=x onerror=pwned=9>"></svg>',
  mathml: '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=pwned=10&gt;">',
  "a form": '<form action="/api/keys" method=post><input name=name value=x><button>Sign in again</button></form>',
  styles: "<style>body{display:none}</style><p style='position:fixed;inset:0'>over</p>",
  "a frame":
    '<iframe srcdoc="<script>parent.pwned=11</script>"></iframe><object data="javascript:pwned=11"></object><embed src=x>',
  "a page of its own":
    '<base href="https://evil.example/"><meta http-equiv=refresh content="0;url=https://evil.example/"><link rel=stylesheet href=//evil.example/x.css>',
  "names that shadow the page's": '<a id=location name=reports href="https://example.com">x</a><img name=document>',
  "a language that breaks out": '```"><img/src=x/onerror=pwned=12>\ncode\n```',
  "code that is HTML": "```html\n<script>window.pwned = 13</script><img src=x onerror=pwned=13>\n```",
  entities: "&lt;script&gt;pwned=14&lt;/script&gt; &#60;img src=x onerror=pwned=14&#62;",
  "a template and slots":
    '<template><script>pwned=15</script></template><noscript><p title="</noscript><img src=x onerror=pwned=15>">',
  "html in a table": "| a |\n|---|\n| <img src=x onerror=pwned=16> |",
  "nested quotes with html": `${"> ".repeat(20)}<script>pwned=17</script>`,
};

it("does nothing that a text asks it to: no script, no handler, no request, no report of the CSP", async () => {
  const { page, complaints, requests } = await openFeed();
  const before = page.url();
  for (const [name, content] of Object.entries(HOSTILE)) {
    await show(page, content);
    expect(await findUnsafe(page), name).toEqual([]);
  }
  expect(requests.filter((url) => new URL(url).host !== new URL(hub().url).host)).toEqual([]);
  expect(page.url()).toBe(before);
  expect(complaints).toEqual([]);
});

it("would notice: an unsafe insertion is seen by the same look, and refused by the page", async () => {
  const { page, complaints } = await openFeed();
  const refusals = await page.evaluate<string[]>(`
    (() => {
      const host = document.querySelector(".markdown");
      const image = document.createElement("img");
      const refusals = [];
      const attempt = (act) => {
        try {
          act();
        } catch (error) {
          refusals.push(error.name);
        }
      };
      attempt(() => { host.innerHTML = "<img src=x onerror=pwned=1>"; });
      attempt(() => image.setAttribute("onerror", "window.pwned = 1"));
      attempt(() => document.createElement("script").setAttribute("src", "/x.js"));
      image.onerror = () => { window.pwned = 2; };
      image.src = "data:image/png,none";
      host.append(image);
      return refusals;
    })()
  `);
  expect(refusals).toEqual(["TypeError", "TypeError", "TypeError"]);
  await expect
    .poll(() => findUnsafe(page))
    .toEqual(
      expect.arrayContaining([
        "IMG",
        "IMG src=data:image/png,none",
        "a script ran: 2",
        "require-trusted-types-for trusted-types-sink",
      ]),
    );
  expect(complaints).not.toEqual([]);
});

const HEAVY: Record<string, string> = {
  brackets: "[".repeat(FULL),
  quotes: ">".repeat(FULL),
  stars: "*".repeat(FULL),
  "emphasis that never ends": "**x* ".repeat((30 * KIBI) / 5),
  "nested lists": Array.from({ length: 200 }, (_, depth) => `${" ".repeat(depth * 2)}- x`).join("\n"),
  "nested quotes": "> ".repeat(15 * KIBI),
  "links in links": "[[a]](".repeat(5 * KIBI),
  "a wide table": `${"|x".repeat(4_000)}\n${"|-".repeat(4_000)}\n${"|y".repeat(4_000)}`,
  "a long table": `|a|b|c|\n|-|-|-|\n${"|1|2|3|\n".repeat(3_500)}`,
  "one long word": "x".repeat(30 * KIBI),
  "one long line of code": `\`\`\`js\n${"a = 1; ".repeat(4 * KIBI)}\n\`\`\``,
};

it("stays quick and in shape with texts made to hang it", async () => {
  const { page, complaints } = await openFeed();
  for (const [name, content] of Object.entries(HEAVY)) {
    const card = await show(page, content);
    // An answer within the test's time is the assertion: the page's one thread is not held up.
    const [width, room] = await card.evaluate((element) => [element.scrollWidth, element.clientWidth]);
    expect(width, name).toBeLessThanOrEqual(room ?? 0);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name).toBe(true);
  }
  expect(complaints).toEqual([]);
});

it("shows a long text cut, and whole on request", async () => {
  const { page } = await openFeed();
  const card = await show(page, Array.from({ length: 80 }, (_, line) => `line ${line}`).join("\n"));
  const heightOf = async () => (await card.boundingBox())?.height ?? 0;
  const cut = await heightOf();
  await card.getByRole("button", { name: "Show all (82 lines)" }).click();
  await expect.poll(heightOf).toBeGreaterThan(cut + 500);
  await card.getByRole("button", { name: "Show less" }).click();
  await expect.poll(heightOf).toBe(cut);
});

it("keeps the beginning of a long text in sight when it is opened at the end of the feed, and when it is closed", async () => {
  const { page } = await openFeed();
  const card = await show(page, Array.from({ length: 1_500 }, (_, line) => `- point ${line}`).join("\n"));
  const isInSight = async () => {
    const feed = await page.getByRole("feed").boundingBox();
    const top = (await card.boundingBox())?.y ?? 0;
    return feed !== null && top > feed.y - 200 && top < feed.y + feed.height;
  };
  await card.getByRole("button", { name: /Show all/ }).click();
  await expect.poll(async () => (await card.boundingBox())?.height).toBeGreaterThan(20_000);
  await expect.poll(isInSight).toBe(true);
  await card.getByRole("button", { name: "Show less" }).click();
  await expect.poll(async () => (await card.boundingBox())?.height).toBeLessThan(2_000);
  await expect.poll(isInSight).toBe(true);
});

it("shows the longest text that the hub takes as Markdown", async () => {
  const { page } = await openFeed();
  const card = await show(page, `**bold** ${"word ".repeat(13_000)}the end`);
  await card.getByRole("button", { name: /Show all/ }).click();
  expect(await card.locator(".markdown strong").textContent()).toBe("bold");
});

it("shows a text whole that is too complex for Markdown, as it was written", async () => {
  const { page } = await openFeed();
  const card = await show(page, `**not bold** ${" ".repeat(1_000)}${"word ".repeat(2_000)}the end`);
  await card.getByRole("button", { name: /Show all/ }).click();
  expect(await card.locator(".message-plain").textContent()).toMatch(
    /^case-\d+\.\n\n\*\*not bold\*\* +word[\s\S]*the end$/,
  );
});

it("copies a code block where the page is no secure context", async () => {
  const address = findLanAddress(networkInterfaces()) ?? "127.0.0.1";
  const { page } = await open("/", { key: null });
  await page.goto(`http://${address}:${hub().port}/`);
  await page.getByLabel("Key").fill(hub().key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("combobox", { name: "Search messages" }).waitFor();
  const card = await show(page, "```sh\nnpm ci && npm test\n```");
  await card.getByRole("button", { name: "Copy code" }).click();
  await card.getByText("Copied").waitFor();
  const search = page.getByRole("combobox", { name: "Search messages" });
  await search.press("ControlOrMeta+v");
  expect((await search.inputValue()).trim()).toBe("npm ci && npm test");
});

it("lays each block out in the direction of its script, and code never the other way", async () => {
  const { page } = await openFeed();
  const card = await show(page, "שלום עולם\n\nHello\n\n- مرحبا\n\n```\nשלום\n```");
  await card.getByText("Hello").waitFor();
  const directions = await page.evaluate(`
    [...document.querySelectorAll("article")].filter((card) => card.textContent.includes("case-${sent}."))
      .flatMap((card) => [...card.querySelectorAll(".markdown p, .markdown li, .markdown pre")])
      .map((block) => getComputedStyle(block).direction)
  `);
  // The first is the text that tells this case from others.
  expect(directions).toEqual(["ltr", "rtl", "ltr", "rtl", "ltr"]);
});

it("shows a fence whose language is made to hang a pattern", async () => {
  const { page } = await openFeed();
  const card = await show(page, `\`\`\`${"hljs".repeat(40)}$\nstill here\n\`\`\``);
  await card.getByText("still here").waitFor();
});

it("colours a diff line by line, each as wide as the longest, in both themes", async () => {
  const { page, complaints } = await openFeed();
  const long = `+const b = "${"x".repeat(300)}";`;
  const card = await show(page, `\`\`\`diff\n@@ -1,2 +1,2 @@\n const a = 1;\n-const b = 2;\n${long}\n\`\`\``);
  const looks = () =>
    card.locator("pre").evaluate(
      (pre) =>
        [...pre.querySelectorAll(".hljs-addition, .hljs-deletion")].map((line) => {
          const view = line.ownerDocument.defaultView as unknown as {
            getComputedStyle(e: unknown): { backgroundColor: string };
          };
          return [Math.round(line.getBoundingClientRect().width), view.getComputedStyle(line).backgroundColor] as const;
        }),
      undefined,
    );
  const [[removedWidth, removed] = [], [addedWidth, added] = []] = await looks();
  expect(removedWidth).toBe(addedWidth);
  expect(removed).not.toBe(added);
  await expectWellMade(page);
  expect(complaints).toEqual([]);
});

it("keeps lines to some 80 characters on a wide screen, and gives code and tables all the room", async () => {
  const { page } = await openFeed({ viewport: { width: 1920, height: 900 } });
  const prose = "a sentence that goes on and on, ".repeat(40);
  const card = await show(page, `${prose}\n\n\`\`\`\n${"code ".repeat(60)}\n\`\`\``);
  const width = async (selector: string) => (await card.locator(selector).last().boundingBox())?.width ?? 0;
  const [line, code] = [await width(".markdown > p"), await width(".code-block")];
  expect(line).toBeLessThan(700);
  expect(code).toBeGreaterThan(1_000);
});
