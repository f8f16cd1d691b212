/** What the plugin costs a model: its tools, its instructions, and the tag round a message. */
import { countTokens } from "@anthropic-ai/tokenizer";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { renderContext } from "../plugin/src/hook-answer.ts";
import { Inbox } from "../plugin/src/inbox.ts";
import { wrapMessage } from "../plugin/src/wrap-message.ts";
import type { DeliveredMessage } from "../shared/protocol.ts";

export interface TokenFigures {
  toolCount: number;
  /** Names, descriptions and schemas of all tools, as the model is shown them. */
  tools: number;
  instructions: number;
  /** A message of 200 characters, less its body; the worst case has every attribute. */
  wrapping: { plain: number; worst: number; byHook: number };
}

const BODY = "Can you review the change to the checkout and tell me whether the retry is safe? "
  .repeat(3)
  .slice(0, 200);
const UUIDS = ["6b1f6f0e-3f0a-4b7e-9d52-0c1f7a7f2f11", "019ab3c4-77aa-7c3e-8a5e-4d2f90b1c3de"] as const;

const MESSAGE: DeliveredMessage = {
  messageId: UUIDS[1],
  from: `alice@workstation:my-api/${UUIDS[0]}`,
  to: `bob@server:web/${UUIDS[0]}`,
  type: "task",
  content: BODY,
  timestamp: "2026-11-22T12:00:00.000Z",
};
const WORST: DeliveredMessage = {
  ...MESSAGE,
  replyToMessageId: UUIDS[1],
  topicName: "my-api/backend",
  fromRole: "backend/reviewer",
};

/** Of the built server, as a client is told of it. */
export async function measureTokens(serverPath: string, dataDir: string): Promise<TokenFigures> {
  const client = new Client({ name: "measure", version: "1" });
  const env = { CLAUDE_PLUGIN_DATA: dataDir };
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [serverPath], env, stderr: "ignore" }),
  );
  const { tools } = await client.listTools();
  const shown = tools.map(({ name, description, inputSchema }) => ({ name, description, input_schema: inputSchema }));
  const instructions = client.getInstructions() ?? "";
  await client.close();
  return {
    toolCount: tools.length,
    tools: countTokens(JSON.stringify(shown)),
    instructions: countTokens(instructions),
    wrapping: { plain: wrappingOf(MESSAGE), worst: wrappingOf(WORST), byHook: contextOf(MESSAGE) },
  };
}

function wrappingOf(message: DeliveredMessage): number {
  return countTokens(wrapMessage(message)) - countTokens(message.content);
}

function contextOf(message: DeliveredMessage): number {
  const entry = new Inbox().add(message);
  return countTokens(renderContext(entry === undefined ? [] : [entry]).text) - countTokens(message.content);
}
