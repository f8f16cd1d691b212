/** Runs a command of the user's for a message. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { DeliveredMessage } from "../shared/protocol.ts";

/** What the command finds in its environment, beside the text on its standard input. */
function variablesOf(message: DeliveredMessage): Record<string, string> {
  const { messageId, from, to, type, replyToMessageId, topicName, role } = message;
  return {
    CC2CC_MESSAGE_ID: messageId,
    CC2CC_FROM: from,
    CC2CC_TO: to,
    CC2CC_TYPE: type,
    CC2CC_REPLY_TO: replyToMessageId ?? "",
    CC2CC_TOPIC: topicName ?? "",
    CC2CC_ROLE: role ?? "",
    CC2CC_METADATA: JSON.stringify(message.metadata ?? {}),
  };
}

/** `code` is what the command ended with, or the signal that ended it; `output` what it printed, where that is kept. */
export async function runFor(
  command: string,
  message: DeliveredMessage,
  keepsOutput: boolean,
): Promise<{ code: number | string; output: string }> {
  const child = spawn(command, {
    shell: true,
    env: { ...process.env, ...variablesOf(message) },
    stdio: ["pipe", keepsOutput ? "pipe" : "inherit", "inherit"],
  });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  // A command that does not read its input is none the worse for it.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(message.content);
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code: code ?? signal ?? "nothing", output };
}
