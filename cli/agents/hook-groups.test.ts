import { expect, it } from "vitest";
import { placesOfHooks, putHooks, removeHooks } from "./hook-groups.ts";

const OURS = { hooks: [{ type: "mcp_tool", tool: "host_event" }] };
const fileOf = (text: string | undefined) => ({
  text,
  path: "hooks.json",
  isOurs: (group: object) => JSON.stringify(group).includes("host_event"),
});
const THEIRS = `{
    // mine
    "hooks": {
        "Stop": [{ "hooks": [{ "type": "command", "command": "beep" }] }], // loud
    },
    "version": 1
}
`;

it("goes behind the groups of others, keeps remarks and indents, and comes away again", () => {
  const joined = putHooks(fileOf(THEIRS), { Stop: OURS, SessionStart: OURS });
  expect(joined).toMatch(/^ {8}"SessionStart"/m);
  expect(placesOfHooks(fileOf(joined))).toEqual([
    ["Stop", 1],
    ["SessionStart", 0],
  ]);
  const left = removeHooks(fileOf(joined));
  for (const text of ["// mine", '"command": "beep"', "// loud", '"version": 1']) expect(left).toContain(text);
  expect(left).not.toContain("host_event");
});

it("is there once, however often it is put, and is replaced where it has changed", () => {
  const once = putHooks(fileOf(THEIRS), { Stop: OURS });
  expect(putHooks(fileOf(once), { Stop: OURS })).toBe(once);
  const other = { ...OURS, matcher: "x" };
  expect(placesOfHooks(fileOf(putHooks(fileOf(once), { Stop: other })))).toEqual([["Stop", 1]]);
});

it("makes a file that is not there, and leaves none that held nothing else", () => {
  const made = putHooks(fileOf(undefined), { Stop: OURS });
  expect(JSON.parse(made ?? "")).toEqual({ hooks: { Stop: [OURS] } });
  expect(removeHooks(fileOf(made))).toBeUndefined();
});

it("refuses a file that is no JSON, and says where", () => {
  expect(() => putHooks(fileOf("{"), { Stop: OURS })).toThrow("hooks.json cannot be read");
});
