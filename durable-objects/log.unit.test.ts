import { afterEach, expect, it, vi } from "vitest";
import { errorText, log, setLogLevel } from "./log.ts";

// The console is where a line ends: there is nothing behind it to look at.
const written = vi.spyOn(console, "log").mockImplementation(() => undefined);
const lines = () => written.mock.calls.map(([line]) => JSON.parse(String(line)));

afterEach(() => {
  written.mockClear();
  setLogLevel({});
});

it("writes a line of JSON with its facts", () => {
  log("warn", "key refused", { status: 401 });
  expect(lines()).toEqual([
    {
      "@timestamp": expect.any(String),
      level: "WARN",
      message: "key refused",
      logger: "cc2cc.hub",
      properties: { status: 401 },
    },
  ]);
});

it.each([
  [undefined, ["info", "warn", "error"]],
  ["nonsense", ["info", "warn", "error"]],
  ["constructor", ["info", "warn", "error"]],
  ["debug", ["debug", "info", "warn", "error"]],
  ["error", ["error"]],
])("at level %s writes %j", (level, expected) => {
  setLogLevel(level === undefined ? {} : { CC2CC_LOG_LEVEL: level });
  for (const name of ["debug", "info", "warn", "error"] as const) log(name, name);
  expect(lines().map((line) => line.message)).toEqual(expected);
});

it("takes no words of a text that could not be parsed into an error's", () => {
  const errorOf = (text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch (error) {
      return error;
    }
  };
  expect(String(errorOf("secret words"))).toContain("secret");
  expect(errorText(errorOf("secret words"))).toBe("SyntaxError");
  // As an error arrives that crossed from one object to another.
  expect(errorText(new Error("x"))).toBe("Error: x");
  expect(errorText(String(errorOf("secret words")))).toBe("SyntaxError");
});
