/** One request to a model, whatever API it came by, as the tests look at it. */

/** Something of the conversation: whose words it is, as the model is told, and the text. */
export interface Item {
  role: string;
  text: string;
}

export interface ToolName {
  name: string;
  /** Codex keeps the tools of a server together under a name. */
  namespace?: string;
}

export interface Conversation {
  items: Item[];
  tools: ToolName[];
}

/** Those who speak for the model; what follows their last word is new to it. */
const OWN_ROLES = ["assistant", "model", "call"];

export class ModelRequest {
  readonly items: readonly Item[];
  readonly tools: readonly ToolName[];
  /** What has come since the model last spoke. */
  readonly newItems: readonly Item[];

  constructor({ items, tools }: Conversation) {
    this.items = items;
    this.tools = tools;
    this.newItems = items.slice(items.findLastIndex(({ role }) => OWN_ROLES.includes(role)) + 1);
  }

  get text(): string {
    return this.items.map(({ text }) => text).join("\n");
  }

  get newText(): string {
    return this.newItems.map(({ text }) => text).join("\n");
  }

  hasNew(pattern: RegExp | string): boolean {
    return typeof pattern === "string" ? this.newText.includes(pattern) : pattern.test(this.newText);
  }

  /** Whose words a text comes as. */
  roleOf(text: string): string | undefined {
    return this.items.find((item) => item.text.includes(text))?.role;
  }

  /** The tool whose name is this, or ends with it. */
  findTool(wanted: string): ToolName | undefined {
    const isIt = ({ name }: ToolName) => ["__", "_", "-"].some((mark) => name.endsWith(`${mark}${wanted}`));
    return this.tools.find(({ name }) => name === wanted) ?? this.tools.find(isIt);
  }
}
