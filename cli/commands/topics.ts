/** `subscribe`: a topic's messages for what listens under a name. */
import type { Command } from "commander";
import { instanceIdOf } from "../../client/identity/identity.ts";
import { cliFolder } from "../../client/joined-hub.ts";
import { findHub } from "../find-hub.ts";
import { CliInstance, ownNames } from "../instance.ts";
import { withName } from "../message-options.ts";
import { note, printJson } from "../output.ts";
import { CliProblem, ExitCode } from "../problem.ts";
import { askRest } from "../rest.ts";

interface SubscribeOptions {
  as: string;
  off?: boolean;
  json?: boolean;
}

export function addSubscribe(program: Command): void {
  withName(program.command("subscribe"))
    .description("have `cc2cc listen` of that name get what is published to a topic")
    .argument("<topic>", "it is made where there is none")
    .option("--off", "not any more")
    .option("--json", "print the hub's reply as JSON")
    .action(async (topic: string, options: SubscribeOptions) => {
      const reply = await subscribe(topic, options);
      if (options.json) printJson(reply);
      else
        note(
          `${options.as} ${options.off ? "does not follow" : "follows"} ${topic}${options.off ? " any more" : "; `cc2cc listen` gets it"}.`,
        );
    });
}

async function subscribe(topic: string, { as: name, off }: SubscribeOptions): Promise<unknown> {
  const hub = findHub(process.env);
  try {
    const instance = await CliInstance.connect({ hub, name, holds: "name" });
    const reply = await instance.ask({ action: off ? "unsubscribe_topic" : "subscribe_topic", topic });
    await instance.leave();
    return reply;
  } catch (error) {
    // It listens at this moment: then the hub knows it, and can be told by REST.
    if (!(error instanceof CliProblem && error.exitCode === ExitCode.conflict)) throw error;
    const instanceId = instanceIdOf(ownNames(cliFolder()), name);
    const verb = off ? "unsubscribe" : "subscribe";
    return askRest(hub, `/api/topics/${encodeURIComponent(topic)}/${verb}`, "POST", { instanceId });
  }
}
