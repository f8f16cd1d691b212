/** `keys`: who may do what on the hub. */
import type { Command } from "commander";
import { Option } from "commander";
import type { KeyInfo, NewKey } from "../../shared/keys.ts";
import { findHub } from "../find-hub.ts";
import { agoOf, note, print, printJson, printTable } from "../output.ts";
import { askRest } from "../rest.ts";

const SCOPES = ["admin", "approver", "member", "observer"];

export function addKeys(program: Command): void {
  const keys = program.command("keys").description("who may do what on the hub");
  keys.command("list").description("the keys there are").option("--json", "print JSON").action(listKeys);
  keys
    .command("mint")
    .description("make a key; it is printed once, and alone on standard output")
    .argument("<name>", "whose it is")
    .addOption(new Option("--scope <scope>", "what it may do").choices(SCOPES).default("member"))
    .option("--pattern <glob>", "for ids like this alone, such as alice@* or *@ci:api")
    .option("--json", "print JSON")
    .action(mintKey);
  keys
    .command("revoke")
    .description("end a key at once, and what is connected with it")
    .argument("<id>", "as `keys list` shows it")
    .action(async (id: string) => {
      await askRest(findHub(process.env), `/api/keys/${encodeURIComponent(id)}`, "DELETE");
      note(`${id} opens nothing any more.`);
    });
}

async function listKeys({ json }: { json?: boolean }): Promise<void> {
  const keys = await askRest<KeyInfo[]>(findHub(process.env), "/api/keys");
  if (json) return printJson(keys);
  const rows = keys.map(({ id, name, scope, pattern, lastUsedAt, connections }) => [
    id,
    name,
    scope,
    pattern ?? "",
    lastUsedAt === undefined ? "never" : agoOf(lastUsedAt, Date.now()),
    String(connections),
  ]);
  printTable(["ID", "NAME", "SCOPE", "PATTERN", "USED", "OPEN"], rows, "there are no keys.");
}

async function mintKey(name: string, options: { scope: string; pattern?: string; json?: boolean }): Promise<void> {
  const { scope, pattern, json } = options;
  const body = { name, scope, ...(pattern === undefined ? {} : { pattern }) };
  const made = await askRest<NewKey>(findHub(process.env), "/api/keys", "POST", body);
  if (json) return printJson(made);
  print(made.key);
  note(`the key of ${made.name} (${made.id}, ${made.scope}); the hub does not show it again.`);
}
