import { expect, it } from "vitest";
import { configureLog, logLine, relayLine } from "./log.ts";

const WORKER_LINE =
  '{"@timestamp":"2026-01-01T12:00:00.000Z","level":"INFO","message":"instance connected","logger":"cc2cc.hub","properties":{"instance":"a@b:c/d","code":null}}';

function logTo(format: "json" | "text", level: "info" | "warn" = "info"): string[] {
  const lines: string[] = [];
  configureLog({ level, format, isColorful: false, write: (line) => void lines.push(line) });
  return lines;
}

it("writes one JSON object a line, whatever is in it", () => {
  const lines = logTo("json");
  logLine("warn", "workerd ended (exit {code}\n)", { pid: 7 });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      level: "WARN",
      message: "workerd ended (exit {code}\n)",
      logger: "cc2cc.launcher",
      properties: { pid: 7 },
    }),
  ]);
  expect(lines[0]).not.toContain("\n");
});

it("writes words for a terminal: time, level, what, and facts that are there", () => {
  const lines = logTo("text");
  logLine("info", "hub started", { url: "http://127.0.0.1:1", note: "two words", none: undefined });
  relayLine(WORKER_LINE);
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\S* info +hub started url=http:\/\/127\.0\.0\.1:1 note="two words"$/);
  expect(lines[1]).toMatch(/^12:00:00\S* info +instance connected instance=a@b:c\/d$/);
});

it("passes on the hub's own lines as they are, and workerd's words as its warnings", () => {
  const lines = logTo("json");
  relayLine(WORKER_LINE);
  relayLine("service hub: Uncaught Error: {x}");
  relayLine("   ");
  expect(lines).toHaveLength(2);
  expect(lines[0]).toBe(WORKER_LINE);
  expect(JSON.parse(lines[1] ?? "")).toMatchObject({
    level: "WARN",
    logger: "cc2cc.workerd",
    message: "service hub: Uncaught Error: {x}",
  });
});

it("leaves out what is below the level", () => {
  const lines = logTo("json", "warn");
  logLine("info", "quiet");
  logLine("warn", "loud");
  expect(lines.map((line) => JSON.parse(line).message)).toEqual(["loud"]);
});
