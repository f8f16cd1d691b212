/** The table of the core's figures: the product beside both bare hubs of the same run, 0.1, and the original system. */
import type { System } from "./system.ts";

export type Measured = Partial<Record<System["name"], Record<string, number>>>;

export interface Row {
  /** Where the figure stands in what a part returns. */
  key: string;
  figure: string;
  unit: string;
  /** Of 0.1, and of the original (Redis and Bun, with fsync): issue 12, "Speed and footprint". Not measured here. */
  before?: number;
  original?: number;
  toReach?: string;
  isMet?(hub: number, links: number): boolean;
}

const atMost = (bound: number, unit = "") => ({
  toReach: `≤ ${bound.toLocaleString("en")}${unit}`,
  isMet: (hub: number) => hub <= bound,
});
const tail = (original: number) => ({
  original,
  toReach: `≤ 1.3 × links, < ${original}`,
  isMet: (hub: number, links: number) => hub <= 1.3 * links && hub < original,
});

export const ROWS: readonly Row[] = [
  { key: "p50", figure: "send → received at 400/s, p50", unit: "ms", before: 1.28, ...tail(2.28) },
  { key: "p95", figure: "… p95", unit: "ms", before: 3.9, ...tail(3.4) },
  { key: "p99", figure: "… p99", unit: "ms", before: 7.1, ...tail(6.2) },
  { key: "busyP50", figure: "… beside other work, p50", unit: "ms" },
  { key: "busyP95", figure: "… p95", unit: "ms" },
  { key: "busyP99", figure: "… p99", unit: "ms" },
  {
    key: "separate",
    figure: "20 senders → 20 other recipients",
    unit: "/s",
    before: 10_980,
    original: 9_845,
    toReach: "≥ 1.5 × original, ≥ 0.6 × links",
    isMet: (hub, links) => hub >= 1.5 * 9_845 && hub >= 0.6 * links,
  },
  { key: "separateCpu", figure: "… CPU of workerd per message", unit: "µs", before: 85, original: 129, ...atMost(60) },
  { key: "shared", figure: "20 who send to each other", unit: "/s", before: 21_000 },
  { key: "sharedCpu", figure: "… CPU of workerd per message", unit: "µs", before: 41 },
  { key: "tasks", figure: "20 senders → 20 others, a task each", unit: "/s" },
  { key: "tasksCpu", figure: "… CPU of workerd per task", unit: "µs" },
  {
    key: "liveLast",
    figure: "live publication to 100, last",
    unit: "ms",
    before: 15,
    original: 2.2,
    toReach: "≤ 1.5 × links",
    isMet: (hub, links) => hub <= 1.5 * links,
  },
  { key: "live", figure: "… deliveries, pipelined", unit: "/s", before: 66_181, original: 69_160 },
  {
    key: "durableLast",
    figure: "durable publication to 100, last",
    unit: "ms",
    before: 31,
    original: 142,
    ...atMost(20),
  },
  {
    key: "durable",
    figure: "… deliveries, pipelined",
    unit: "/s",
    before: 31_277,
    original: 9_023,
    toReach: "≥ 50,000",
    isMet: (hub) => hub >= 50_000,
  },
  { key: "waiting", figure: "1,000 waiting, connect → all", unit: "ms", before: 95, original: 5_902, ...atMost(60) },
  { key: "idleMb", figure: "memory, idle", unit: "MB", before: 75, original: 80, ...atMost(65) },
  { key: "connectedMb", figure: "memory, 1,000 connected", unit: "MB", before: 500, original: 103, ...atMost(300) },
  { key: "descriptors", figure: "descriptors for each", unit: "", before: 5, original: 1, ...atMost(3) },
  {
    key: "readyMs",
    figure: "ready after kill -9 of everything, the launcher apart",
    unit: "ms",
    before: 1_132,
    original: 324,
    ...atMost(700),
  },
  { key: "launcherMs", figure: "… the launcher", unit: "ms" },
  { key: "allInMs", figure: "2,000 clients at once, all in", unit: "ms", before: 34_000, ...atMost(5_000) },
  { key: "silenceMs", figure: "… `/livez` silent", unit: "ms", before: 10_000, ...atMost(500) },
  { key: "rushMb", figure: "… memory then", unit: "MB", before: 961 },
  { key: "fsyncs", figure: "fsyncs per message at 400/s", unit: "" },
];

/** As Markdown, columns aligned; without measurements it is the skeleton. */
export function renderCoreTable(measured: Measured): string {
  const head = ["figure", "hub", "links", "× links", "plain", "0.1", "original", "to reach", "met"];
  const lines = [head, ...ROWS.map((row) => cellsOf(row, measured))];
  const widths = head.map((_, column) => Math.max(3, ...lines.map((line) => line[column]?.length ?? 0)));
  const render = (line: string[]) => `| ${line.map((cell, i) => cell.padEnd(widths[i] as number)).join(" | ")} |`;
  const [first, ...rest] = lines.map(render);
  return [first, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rest].join("\n");
}

function cellsOf({ key, figure, unit, before, original, toReach, isMet }: Row, measured: Measured): string[] {
  const [hub, links, plain] = [measured.hub?.[key], measured.links?.[key], measured.plain?.[key]];
  const ratio = hub !== undefined && links ? hub / links : undefined;
  const isKnown = hub !== undefined && isMet !== undefined && (isMet.length < 2 || links !== undefined);
  const met = isKnown ? (isMet(hub, links ?? Number.NaN) ? "yes" : "**no**") : "";
  return [
    figure,
    ...[hub, links].map((value) => formatFigure(value, unit)),
    ratio === undefined ? "" : ratio.toFixed(2),
    ...[plain, before, original].map((value) => formatFigure(value, unit)),
    toReach ?? "",
    met,
  ];
}

function formatFigure(value: number | undefined, unit: string): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  const number = value >= 1_000 ? Math.round(value).toLocaleString("en") : String(Number(value.toFixed(digits)));
  return unit === "" ? number : `${number} ${unit}`;
}
