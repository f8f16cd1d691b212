import { createChoice } from "./choice.ts";

export const DENSITIES = ["roomy", "compact"] as const;
export type Density = (typeof DENSITIES)[number];

/** How much room rows and cards take. As in public/theme.js, which takes it up before anything is drawn. */
const choice = createChoice("cc2cc.density", DENSITIES);
export const density = choice.chosen;

export function setDensity(chosen: Density): void {
  choice.choose(chosen);
  const root = document.documentElement;
  if (chosen === "roomy") root.removeAttribute("data-density");
  else root.dataset.density = chosen;
}
