/** `claims`: what sessions have for themselves, and taking it from them. */
import type { Command } from "commander";
import type { Claim } from "../../shared/claims.ts";
import type { ClaimPage } from "../../shared/rest.ts";
import { findHub } from "../find-hub.ts";
import { agoOf, note, printJson, printTable } from "../output.ts";
import { clean } from "../render-message.ts";
import { askRest } from "../rest.ts";

export function addClaims(program: Command): void {
  const claims = program
    .command("claims")
    .description("what sessions have for themselves: names, files, leadership")
    .option("--json", "print JSON")
    .action(listClaims);
  claims
    .command("release")
    .description("take a name from whoever holds it; they are told (an admin's key)")
    .argument("<name>", "as `cc2cc claims` shows it")
    .action(release);
}

async function listClaims({ json }: { json?: boolean }): Promise<void> {
  const claims = await readAll();
  if (json) return printJson(claims);
  const rows = claims.map(({ name, instanceId, mode, until, since, waiting, reason }) => [
    clean(name),
    mode === "shared" ? `${instanceId} (shared)` : instanceId,
    agoOf(since, Date.now()),
    until,
    waiting > 0 ? `${waiting} waiting` : "",
    clean(reason ?? ""),
  ]);
  printTable(["NAME", "HOLDER", "SINCE", "UNTIL", "", "WHY"], rows, "nobody claims anything.");
}

async function readAll(): Promise<Claim[]> {
  const hub = findHub(process.env);
  const all: Claim[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: ClaimPage = await askRest(hub, `/api/claims${cursor === "" ? "" : `?cursor=${cursor}`}`);
    all.push(...page.items);
    cursor = page.nextCursor;
  }
  return all;
}

async function release(name: string): Promise<void> {
  const path = `/api/claims?${new URLSearchParams({ name })}`;
  const { holders } = await askRest<{ holders: string[] }>(findHub(process.env), path, "DELETE");
  note(`${holders.join(", ")} had it, and ${holders.length === 1 ? "is" : "are"} told.`);
}
