/** What the plugin costs a model: its tools, its instructions, and the tag round a message. */
import { countTokens } from "@anthropic-ai/tokenizer";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { FrameWriter } from "../plugin/src/delivery/frame.ts";
import { composeOffer, type Offer } from "../plugin/src/delivery/offer.ts";
import type { OpenParcel } from "../plugin/src/delivery/parcel.ts";
import { Parcels } from "../plugin/src/delivery/parcels.ts";
import { composePost } from "../plugin/src/hosts/claude-code/inbox-socket.ts";
import type { DeliveredMessage } from "../shared/protocol.ts";

export interface TokenFigures {
  toolCount: number;
  /** Names, descriptions and schemas of all tools, as the model is shown them. */
  tools: number;
  instructions: number;
  /**
   * A message of 200 characters, less its body: the frame, also with every attribute it can have; what a hook adds to
   * the context; a post to the inbox socket, and the first of a context, which brings the answering rule.
   */
  wrapping: { plain: number; worst: number; byHook: number; byInbox: number; firstByInbox: number };
  /** What a model is told of 300 waiting messages. */
  digest: number;
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

const writer = new FrameWriter("a secret of this measurement");

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
    wrapping: {
      plain: wrappingOf(MESSAGE),
      worst: wrappingOf(WORST),
      byHook: tokensBeside(offerOf([MESSAGE]).text),
      byInbox: tokensBeside(composePost(offerOf([MESSAGE]), writer, false)),
      firstByInbox: tokensBeside(composePost(offerOf([MESSAGE]), writer, true)),
    },
    digest: countTokens(offerOf(backlogOf(100), 200).text),
  };
}

function wrappingOf(message: DeliveredMessage): number {
  return tokensBeside(writer.write(message));
}

/** Tokens of a text that shows the body once. */
function tokensBeside(text: string): number {
  return countTokens(text) - countTokens(BODY);
}

function offerOf(messages: readonly DeliveredMessage[], behindCount = 0): Offer {
  const parcels = new Parcels((messageId) => writer.markOf(messageId));
  const open = messages.map((message) => parcels.add(message) as OpenParcel);
  return composeOffer(open, writer, behindCount);
}

function backlogOf(count: number): DeliveredMessage[] {
  return Array.from({ length: count }, (_, n) => ({
    ...MESSAGE,
    messageId: `019ab3c4-77aa-7c3e-8a5e-${String(n).padStart(12, "0")}`,
  }));
}
