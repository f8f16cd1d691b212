/** `npm run demo`: see USAGE in options.ts. */
import { homedir } from "node:os";
import { StartProblem } from "../host/start-problem.ts";
import { DemoProblem } from "./demo-problem.ts";
import { checkHub, type DemoOptions, readOptions, USAGE } from "./options.ts";
import { writeScript } from "./script.ts";
import { Stage } from "./stage.ts";

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env, homedir());
  if (options === undefined) console.log(USAGE);
  else await play(options);
}

async function play({ hub, isOnce, speed, seed }: DemoOptions): Promise<void> {
  await checkHub(hub);
  const end = new AbortController();
  const stop = () => end.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const { team, fill, rounds } = writeScript(seed);
  const stage = new Stage({ hub, team, speed, signal: end.signal, onRefused: (problem) => end.abort(problem) });
  const seconds = Math.ceil((fill.at(-1)?.atMs ?? 0) / 1_000 / speed);
  console.log(`${Object.keys(team).length} sessions join ${hub.url} and talk for ${seconds} s …`);
  try {
    await stage.open();
    await stage.perform(fill);
    console.log(`${stage.messages} messages sent.${isOnce ? "" : " It goes on with small talk: Ctrl-C ends it."}`);
    while (!isOnce) await stage.perform(rounds.next().value);
  } catch (error) {
    if (!end.signal.aborted) throw error;
    if (end.signal.reason instanceof DemoProblem) throw end.signal.reason;
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await stage.close();
  }
  console.log(`All sessions have left; ${stage.messages} messages in all. Their history stays.`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof StartProblem)) throw error;
  console.error(`cc2cc demo: ${error.message}`);
  process.exitCode = 1;
}
