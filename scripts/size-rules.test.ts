import { expect, it } from "vitest";
import { alone, type BuiltFile, chunkWith, measure, withNeeds } from "./size-rules.ts";

const FILES: BuiltFile[] = [
  { name: "index.html", gzipBytes: 500, needs: ["main.js", "main.css"], modules: [] },
  { name: "main.js", gzipBytes: 20_000, needs: ["shared.js"], modules: ["/src/main.tsx"] },
  { name: "main.css", gzipBytes: 3_000, needs: [], modules: [] },
  { name: "shared.js", gzipBytes: 5_000, needs: [], modules: ["/node_modules/preact/dist/preact.mjs"] },
  {
    name: "charts.js",
    gzipBytes: 23_000,
    needs: ["shared.js", "charts.css"],
    modules: ["/node_modules/uplot/uPlot.js"],
  },
  { name: "charts.css", gzipBytes: 700, needs: [], modules: [] },
];

it("counts what a file brings along, once", () => {
  const first = measure(FILES, { name: "first load", maxKilobytes: 75, files: withNeeds(FILES, ["index.html"]) });
  expect(first.files).toEqual(["index.html", "main.css", "main.js", "shared.js"]);
  expect(first.kilobytes).toBe(28.5);
});

it("measures a chunk with its style sheet, and without what others load too", () => {
  const charts = { name: "charts", maxKilobytes: 24, files: alone(chunkWith(FILES, "/uPlot.js")) };
  expect(measure(FILES, charts).kilobytes).toBe(23.7);
});

it("does not measure nothing", () => {
  expect(() => chunkWith(FILES, "/d3-force.js")).toThrow("no chunk holds /d3-force.js");
});
