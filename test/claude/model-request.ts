/** One request to the model, as the tests look at it. */
export interface Block {
  type: string;
  text?: string;
  id?: string;
  name?: string;
  input?: unknown;
  tool_use_id?: string;
  content?: string | Block[];
  is_error?: boolean;
}
export interface RequestMessage {
  role: string;
  content: string | Block[];
}
export interface ToolResult {
  text: string;
  isError: boolean;
}
export interface RequestBody {
  model: string;
  stream?: boolean;
  system?: string | Block[];
  messages: RequestMessage[];
  metadata?: { user_id?: string };
  tools?: { name: string; description?: string; input_schema?: unknown }[];
}

/** How often a text holds another. */
export function countOf(text: string, part: string): number {
  return text.split(part).length - 1;
}

function allTextOf(messages: readonly RequestMessage[]): string {
  return messages.map(({ content }) => textOf(content)).join("\n");
}

function textOf(content: string | Block[] | undefined): string {
  if (content === undefined) return "";
  if (typeof content === "string") return content;
  return content
    .map(
      (block) =>
        block.text ?? (block.content === undefined ? JSON.stringify(block.input ?? "") : textOf(block.content)),
    )
    .join("\n");
}

export class ModelRequest {
  readonly body: RequestBody;
  /** What has come since the model last spoke. */
  readonly newMessages: RequestMessage[];
  /** All of the conversation that the model is shown. */
  readonly text: string;
  readonly newText: string;

  constructor(body: RequestBody) {
    const last = body.messages.findLastIndex(({ role }) => role === "assistant");
    this.body = body;
    this.newMessages = body.messages.slice(last + 1);
    this.text = allTextOf(body.messages);
    this.newText = allTextOf(this.newMessages);
  }

  /** Which conversation it belongs to: another after `/clear`, the same after a resume. */
  get session(): string {
    return /"session_id":"([^"]*)"/.exec(this.body.metadata?.user_id ?? "")?.[1] ?? "";
  }

  hasNew(pattern: RegExp | string): boolean {
    return typeof pattern === "string" ? this.newText.includes(pattern) : pattern.test(this.newText);
  }

  /** What a tool gave that was called after a prompt. */
  resultOf(tool: string, prompt: string): ToolResult | undefined {
    const from = this.body.messages.findLastIndex(
      ({ role, content }) => role === "user" && textOf(content).includes(prompt),
    );
    const blocks =
      from === -1
        ? []
        : this.body.messages.slice(from).flatMap(({ content }) => (typeof content === "string" ? [] : content));
    const call = blocks.find(({ type, name }) => type === "tool_use" && name?.endsWith(`__${tool}`));
    const result = blocks.find((block) => block.type === "tool_result" && block.tool_use_id === call?.id);
    return call === undefined || result === undefined
      ? undefined
      : { text: textOf(result.content), isError: result.is_error === true };
  }

  /** The full name of a tool that is in this request. */
  toolName(wanted: string): string | undefined {
    const names = this.body.tools?.map(({ name }) => name) ?? [];
    return names.find((name) => name === wanted) ?? names.find((name) => name.endsWith(`__${wanted}`));
  }
}
