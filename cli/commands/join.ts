/** `join`: lets this machine's command line and its coding agent in to a hub. The key never stands in an argument of ours. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { type Command, Option } from "commander";
import { writeJoinedHub } from "../../client/joined-hub.ts";
import { parseHubUrl } from "../../shared/hub-url.ts";
import type { SessionInfo } from "../../shared/keys.ts";
import { type AgentClient, CLIENTS } from "../clients.ts";
import { findKey, findUrl, type HubAddress } from "../find-hub.ts";
import { note, print } from "../output.ts";
import { CliProblem, ExitCode } from "../problem.ts";
import { askRest } from "../rest.ts";

const SHOWN_KEY = "KEY";

interface JoinOptions {
  yes?: boolean;
  client: string;
}

export function addJoin(program: Command): void {
  program
    .command("join")
    .description("join a hub from this machine: its coding agent and this command line")
    .argument("[hub]", "its address, such as http://192.168.1.20:3100; without it, the one that is known here")
    .addOption(
      new Option("--client <client>", "which coding agent")
        .choices(CLIENTS.map(({ name }) => name))
        .default(CLIENTS[0]?.name),
    )
    .option("-y, --yes", "do it without asking")
    .addHelpText(
      "after",
      "\nThe key is asked for, or read from standard input: cc2cc join http://HUB:3100 --yes < key-file",
    )
    .action(async (address: string | undefined, options: JoinOptions) => joinHub(address, options));
}

async function joinHub(address: string | undefined, { yes, client: name }: JoinOptions): Promise<void> {
  const client = CLIENTS.find((known) => known.name === name) as AgentClient;
  const url = urlOf(address);
  const hub = { url, key: await readKey(url) };
  const { scope } = await askRest<SessionInfo>(hub, "/api/session");
  if (scope === "observer")
    throw new CliProblem(ExitCode.key, "this is an observer's key, which sends nothing: take a member's.");
  print(`${client.program} ${client.args(url.origin, SHOWN_KEY).join(" ")}`);
  if (!(await isWanted(yes === true, client))) return;
  note(`this command line has joined ${url.origin} (${writeJoinedHub({ url: url.origin, key: hub.key })}).`);
  await runClient(client, hub);
}

function urlOf(address: string | undefined): URL {
  const url = address === undefined ? findUrl(process.env) : parseHubUrl(address);
  if (url !== undefined) return url;
  const why = address === undefined ? "name the hub" : `"${address}" is no address of a hub`;
  throw new CliProblem(ExitCode.usage, `${why}: write it like cc2cc join http://192.168.1.20:3100.`);
}

/** What is handed over by standard input, else from the environment or the hub of this machine, else from the person. */
async function readKey(url: URL): Promise<string> {
  const given = process.stdin.isTTY ? "" : (await readAll(process.stdin)).trim();
  const known = given || findKey(process.env, url);
  if (known !== undefined) return known;
  const key = process.stdin.isTTY ? await askForKey(url) : "";
  if (key === "")
    throw new CliProblem(
      ExitCode.key,
      "no key was given: type it when asked, or give it by standard input (`… < key-file`).",
    );
  return key;
}

async function askForKey(url: URL): Promise<string> {
  const { isCancel, password } = await import("@clack/prompts");
  const answer = await password({
    message: `Key of the hub at ${url.origin} (~/.cc2cc/key there)`,
    output: process.stderr,
  });
  if (isCancel(answer)) throw new CliProblem(ExitCode.interrupted, "nothing was done.");
  return (answer ?? "").trim();
}

async function isWanted(isSure: boolean, client: AgentClient): Promise<boolean> {
  if (isSure) return true;
  if (!process.stdin.isTTY) {
    note(`this is what ${client.title} joins with; --yes runs it, with the key for ${SHOWN_KEY}.`);
    return false;
  }
  const { confirm, isCancel } = await import("@clack/prompts");
  const answer = await confirm({ message: "Run it?", output: process.stderr });
  if (isCancel(answer)) throw new CliProblem(ExitCode.interrupted, "nothing was done.");
  return answer;
}

async function runClient({ program, title, args, next }: AgentClient, { url, key }: HubAddress): Promise<void> {
  if (!isOnPath(program)) {
    throw new CliProblem(
      ExitCode.failed,
      `there is no \`${program}\` on the PATH: install ${title}, then run this again.`,
    );
  }
  const child = spawn(program, args(url.origin, key), {
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new CliProblem(ExitCode.failed, `${program} ended with ${code}, for the reason above.`);
  note(`${title} has joined. ${next}`);
}

function isOnPath(program: string): boolean {
  const endings = process.platform === "win32" ? [".cmd", ".exe", ".ps1", ""] : [""];
  return (process.env.PATH ?? "").split(delimiter).some((folder) =>
    endings.some((ending) => {
      try {
        accessSync(join(folder, program + ending), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  );
}
