/** `tail`: what happens on the hub, as people read it, until Ctrl-C. */
import { type Command, InvalidArgumentError } from "commander";
import { HubLink } from "../../client/hub-link.ts";
import type { StreamEvent } from "../../shared/events.ts";
import { defer } from "../deferred.ts";
import { findHub, type HubAddress } from "../find-hub.ts";
import { onInterrupt } from "../interrupt.ts";
import { note, print } from "../output.ts";
import { CliProblem, ExitCode, problemOfOutput } from "../problem.ts";
import { describeEvent } from "../render-event.ts";

const CONNECT_MS = 8_000;

interface TailOptions {
  json?: boolean;
  all?: boolean;
  since?: string;
}

export function addTail(program: Command): void {
  program
    .command("tail")
    .description("follow what happens on the hub, until Ctrl-C")
    .option("--all", "show how far each message gets, too")
    .option("--since <cursor>", "begin behind this cursor of an event (--json shows them)", parseCursor)
    .option("--json", "print events as lines of JSON")
    .action(async (options: TailOptions) => {
      await follow(findHub(process.env), options);
    });
}

/** S1. It stays a text: it goes back into an address as it came. */
function parseCursor(text: string): string {
  if (/^\d{1,15}$/.test(text)) return text;
  throw new InvalidArgumentError("The cursor of an event is a whole number: `cc2cc tail --json` shows them.");
}

/** Ends by rejecting: a stream has no end of its own. */
function follow({ url, key }: HubAddress, options: TailOptions): Promise<never> {
  const ended = defer<never>();
  const told = onInterrupt();
  void told.interrupted.then((code) => ended.reject(new CliProblem(code, "stopped.")));
  let cursor = options.since;
  let isOpen = false;
  const link = new HubLink({
    url: () =>
      `${url.origin.replace(/^http/, "ws")}/ws/dashboard${cursor === undefined ? "" : `?since=${encodeURIComponent(cursor)}`}`,
    apiKey: key,
    newKey: "Run `cc2cc join`, or set CC2CC_API_KEY to a key that it takes",
    onText(text) {
      for (const event of [JSON.parse(text)].flat() as StreamEvent[]) {
        if ("cursor" in event && (event.event !== "hub:hello" || cursor === undefined)) cursor = String(event.cursor);
        if (event.event === "hub:hello" && !isOpen) note(`following ${url.origin}; Ctrl-C ends it.`);
        isOpen = true;
        show(event, options);
      }
    },
    onDown(reason) {
      if (link.isStopped) ended.reject(new CliProblem(ExitCode.key, `the hub ended it: ${reason}.`));
      else if (isOpen) note(`not connected: ${reason}; trying again.`);
    },
  });
  const timer = setTimeout(() => {
    if (!isOpen)
      ended.reject(new CliProblem(ExitCode.away, `the hub at ${url.origin} cannot be reached: ${link.downReason}.`));
  }, CONNECT_MS);
  process.stdout.on("error", (error) => ended.reject(problemOfOutput(error)));
  return ended.promise.finally(() => {
    clearTimeout(timer);
    told.stop();
    void link.close();
  });
}

function show(event: StreamEvent, { json, all }: TailOptions): void {
  const lines = json ? [JSON.stringify(event)] : describeEvent(event, process.stdout.columns ?? 80, all === true);
  for (const line of lines) print(line);
}
