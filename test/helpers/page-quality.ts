/** What every view of the dashboard owes whoever looks at it: axe has nothing to say, text is large enough, nothing sticks out. */
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { expectAccessible } from "./dashboard.ts";

const MIN_FONT_PX = 12;

/** Looks at the view as it is now, in both themes. The page keeps the last one, dark. */
export async function expectWellMade(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
    expect(await findSmallText(page), colorScheme).toEqual([]);
    expect(await findOverflow(page), colorScheme).toEqual([]);
  }
}

/** Texts that are seen and smaller than 12 px, with their size. */
export async function findSmallText(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(`
    (() => {
      const small = [];
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const element = node.parentElement;
        if (node.data.trim() === "" || !element.checkVisibility()) continue;
        const size = Number.parseFloat(getComputedStyle(element).fontSize);
        if (size < ${MIN_FONT_PX}) small.push(node.data.trim().slice(0, 40) + ": " + size + " px");
      }
      return small;
    })()
  `);
}

/** What makes the page itself scroll sideways. */
export async function findOverflow(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(`
    (() => {
      const root = document.documentElement;
      if (root.scrollWidth <= root.clientWidth) return [];
      return [...document.body.querySelectorAll("*")]
        .filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1)
        .map((element) => element.nodeName + "." + element.className)
        .slice(0, 10);
    })()
  `);
}
