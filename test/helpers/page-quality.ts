import type { Page } from "playwright-core";
import { expectAccessible } from "./dashboard.ts";

/** Looks at a view as it is now, in both themes. The page keeps the last one, dark. */
export async function expectWellMade(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
}
