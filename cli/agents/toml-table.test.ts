import { describe, expect, it } from "vitest";
import { putTable, removeTable } from "./toml-table.ts";

const NAME = ["mcp_servers", "cc2cc"];
const TABLE = { command: "node", args: ["/p/server.mjs"], env: { CC2CC_AGENT: "codex" } };
const put = (text: string, table = TABLE) => putTable(text, "config.toml", NAME, table);
const remove = (text: string) => removeTable(text, "config.toml", NAME);

const THEIRS = `# my own notes
model = "o3"   # keep

[mcp_servers.other] # theirs
command = 'x'

# about the next one
[projects."/home/ada/[shop]"]
trust_level = "trusted"
`;

describe("a table of ours in a file of somebody else", () => {
  it.each([
    ["with remarks", THEIRS],
    ["without a line break at its end", 'model = "o3"'],
    ["that is empty", ""],
  ])("comes and goes, and leaves one %s as it was", (_, text) => {
    const joined = put(text);
    expect(joined.startsWith(text)).toBe(true);
    expect(joined).toContain('[mcp_servers.cc2cc]\ncommand = "node"');
    expect(remove(joined).trimEnd()).toBe(text.trimEnd());
  });

  it("goes from between what its owner and the client have added since, theirs and no more", () => {
    const added = `
[mcp_servers.cc2cc.tools.send_message]
approval_mode = "approve"

# mine
[hooks.state]
`;
    expect(remove(put(THEIRS) + added)).toBe(`${THEIRS}\n# mine\n[hooks.state]\n`);
  });

  it("is there once, however often it is put, and is replaced by another", () => {
    expect(put(put(THEIRS))).toBe(put(THEIRS));
    expect(put(put(THEIRS), { ...TABLE, args: ["/q"] })).toBe(put(THEIRS, { ...TABLE, args: ["/q"] }));
  });

  it.each([
    ['mcp_servers = { cc2cc = { command = "x" } }\n', "in a form"],
    ["model = \n", "cannot be read"],
  ])("is not put into %j", (text, reason) => expect(() => put(text)).toThrow(reason));
});
