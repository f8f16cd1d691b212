/**
 * Stands in for d3-transition, which is half of the graph's chunk: d3-zoom takes it in to stop transitions, and there are
 * none here. vite.config.ts puts it there.
 */
import { selection } from "d3-selection";

Object.assign(selection.prototype, {
  interrupt(this: unknown) {
    return this;
  },
});

/** Nothing runs that could be stopped. */
export function interrupt(): void {}
