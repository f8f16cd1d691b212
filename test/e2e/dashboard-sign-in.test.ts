import { networkInterfaces } from "node:os";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { findLanAddress } from "../../host/lan-address.ts";
import type { NewKey, Scope } from "../../shared/keys.ts";
import { shareDashboard } from "../helpers/dashboard.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { expectWellMade } from "../helpers/page-quality.ts";

const { hub, open } = shareDashboard({ CC2CC_BIND: "0.0.0.0", CC2CC_RATE_FRAMES: "0" });

/** A browser says of every answer that refuses that it could not load; that alone is no complaint. */
const EXPECTED = /Failed to load resource: the server responded with a status of 4(01|29)/;

async function ask(method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${hub().key}`, "content-type": "application/json" };
  return fetch(`${hub().url}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function mint(scope: Scope, pattern?: string): Promise<NewKey> {
  const response = await ask("POST", "/api/keys", { name: `a ${scope}`, scope, ...(pattern && { pattern }) });
  return (await response.json()) as NewKey;
}

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel("Key").fill(key);
  await page.keyboard.press("Enter");
}

const untilLive = (page: Page) => page.getByText("Live", { exact: true }).waitFor();
const surprises = (complaints: string[]) => complaints.filter((text) => !EXPECTED.test(text));

describe("signing in", () => {
  it("says that a key is wrong, takes the right one, and keeps no key where a script could read it", async () => {
    const { page, complaints } = await open("/", { key: null });
    await page.getByLabel("Key").waitFor();
    expect(complaints).toEqual([]);
    await expectWellMade(page);
    await signIn(page, "not-a-key");
    await page.getByRole("alert").getByText("That key is not one of this hub's.").waitFor();
    await signIn(page, hub().key);
    await untilLive(page);
    const { version } = (await (await fetch(`${hub().url}/version`)).json()) as { version: string };
    await page.getByText(`v${version}`).waitFor();
    const readable = await page.evaluate<string>(
      "JSON.stringify([location.href, document.cookie, {...localStorage}, {...sessionStorage}])",
    );
    expect(readable).not.toContain(hub().key);
    expect(await page.content()).not.toContain(hub().key);
    expect(surprises(complaints)).toEqual([]);
  });

  it("works by a link that signs in once, whose code leaves the address", async () => {
    const { code } = (await (await ask("POST", "/api/session/links")).json()) as { code: string };
    const first = await open(`/topics#code=${code}`, { key: null });
    await untilLive(first.page);
    expect(first.page.url()).toBe(`${hub().url}/topics`);
    const second = await open(`/#code=${code}`, { key: null });
    await second.page.getByText("That sign-in link was used already").waitFor();
    expect(second.page.url()).toBe(`${hub().url}/`);
  });

  it("works under a LAN address, where a page is no secure context", async () => {
    const address = findLanAddress(networkInterfaces()) ?? "127.0.0.1";
    const { page, complaints } = await open("/", { key: null });
    await page.goto(`http://${address}:${hub().port}/`);
    await signIn(page, hub().key);
    await untilLive(page);
    await page.getByText("this tab").waitFor();
    expect(surprises(complaints)).toEqual([]);
  });

  it("lasts over a reload, and ends by signing out", async () => {
    const { page } = await open("/");
    await untilLive(page);
    await page.reload();
    await untilLive(page);
    await page.getByRole("button", { name: /^Session/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByLabel("Key").waitFor();
    await page.reload();
    await page.getByLabel("Key").waitFor();
  });
});

describe("a session that ends", () => {
  it("by a revoked key says so, and goes on at the same place after another sign-in", async () => {
    const { id, key } = await mint("admin");
    const { page } = await open("/?q=lost&type=task", { key });
    await untilLive(page);
    await page.getByText("this tab").waitFor();
    await page.getByText("Nothing matches").waitFor();
    await ask("DELETE", `/api/keys/${id}`);
    await page.getByText("Your key was revoked, or you have signed out.").waitFor();
    await signIn(page, hub().key);
    await untilLive(page);
    expect(page.url()).toBe(`${hub().url}/?q=lost&type=task`);
    expect(await page.getByRole("combobox", { name: "Search messages" }).inputValue()).toBe("lost");
  });

  it("by itself says so as soon as the hub is asked for something", async () => {
    const { page } = await open("/");
    await untilLive(page);
    // What the page still asks for as it opens would tell sooner.
    await page.getByText("this tab").waitFor();
    await page.waitForLoadState("networkidle");
    await page.context().clearCookies();
    await page.getByLabel("Type", { exact: true }).selectOption("task");
    await page.getByText("Your session has ended.").waitFor();
    expect(page.url()).toBe(`${hub().url}/?type=task`);
  });
});

describe("a key that does not send", () => {
  it("of an observer sees everything live, and is told why it cannot send", async () => {
    const peer = await HubClient.connect(hub(), { instanceId: "ana@desk:observed/1" });
    const { key } = await mint("observer");
    const { page, complaints } = await open("/", { key });
    await page.getByText("Your key is of scope observer").waitFor();
    await peer.send("ana@desk:observed/1", "for observers' eyes too");
    const card = page.getByRole("article").filter({ hasText: "for observers' eyes too" });
    await card.waitFor();
    await card.hover();
    expect(await card.getByRole("button", { name: "Reply" }).count()).toBe(0);
    expect(await page.getByLabel("Message", { exact: true }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("because of its pattern is told so", async () => {
    const { key } = await mint("member", "ana@*");
    const { page, complaints } = await open("/", { key });
    await page.getByText("Your key is for ana@*").waitFor();
    await untilLive(page);
    expect(complaints).toEqual([]);
  });
});

describe("after many wrong keys", () => {
  it("says so of the next wrong one, and lets the right one in at once", async () => {
    for (let n = 0; n < 10; n++) {
      await fetch(`${hub().url}/api/session`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ key: `wrong-${n}` }),
      });
    }
    const { page } = await open("/", { key: null });
    await signIn(page, "wrong-again");
    await page.getByRole("alert").getByText("Many wrong ones were tried just now.").waitFor();
    await signIn(page, hub().key);
    await untilLive(page);
  });
});
