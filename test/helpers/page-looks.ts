/** What can be seen of a page without knowing what it is: text that is too small, things that stick out. */
import type { Page } from "playwright-core";

const MIN_FONT_PX = 12;

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
