/** Claude Code in a terminal, and the person before it. */

import type { Part } from "../helpers/scripted-model.ts";
import type { ClientHome } from "./client-home.ts";
import { type FakeModel, PLUGIN_TOOLS } from "./fake-model.ts";
import type { ModelRequest, ToolResult } from "./model-request.ts";
import { KEYS, Terminal } from "./terminal.ts";

const BUSY = "esc to interrupt";
const START_MS = 30_000;

let uses = 0;

export interface SessionOptions {
  home: ClientHome;
  model: FakeModel;
  id: string;
}

export class ClaudeSession {
  /** The session's id: as given at its start, or to `--resume`. */
  readonly id: string;
  readonly terminal: Terminal;
  readonly #model: FakeModel;

  constructor(command: readonly string[], { home, model, id }: SessionOptions) {
    this.id = id;
    this.#model = model;
    this.terminal = new Terminal(command, { cwd: home.cwd, env: home.env, scratch: home.folder });
  }

  get screen(): string {
    return this.terminal.screen.text;
  }

  /** The prompt is on the screen. */
  untilReady(): Promise<void> {
    return this.terminal.until(({ visible }) => /^\s*❯/m.test(visible), "the prompt", START_MS);
  }

  /** Types a line and sends it off. */
  async say(text: string): Promise<void> {
    this.terminal.press(text);
    await this.terminal.until(({ visible }) => isTyped(visible, text), `"${text}" typed`);
    this.terminal.press(KEYS.enter);
  }

  /** Says something, and resolves with the request that takes it to the model. */
  async ask(text: string): Promise<ModelRequest> {
    await this.say(text);
    return this.#model.until((request) => request.hasNew(text), `the request for "${text}"`);
  }

  /** Has the model call a tool of the plugin; resolves with what that gave it. */
  async use(tool: string, input: Record<string, unknown> = {}, patienceMs = START_MS): Promise<ToolResult> {
    const prompt = `use ${tool} ${++uses}`;
    const search = { tool: "ToolSearch", input: { query: `select:${PLUGIN_TOOLS}${tool}` } };
    this.#model.once(prompt, (request) => {
      if (request.toolName(tool) !== undefined) return [{ tool, input }];
      this.#model.once(/./, [{ tool, input }]);
      return [search];
    });
    await this.say(prompt);
    const request = await this.#model.until(
      (made) => made.resultOf(tool, prompt) !== undefined,
      `the result of ${tool}`,
      patienceMs,
    );
    return request.resultOf(tool, prompt) as ToolResult;
  }

  /** Begins a turn that lasts until the answer is given. */
  async beBusy(prompt = "work on it"): Promise<(answer: Part[]) => void> {
    const answer = Promise.withResolvers<Part[]>();
    const asked = this.#model.once(prompt, () => answer.promise);
    await this.say(prompt);
    await asked;
    return answer.resolve;
  }

  /** The model has answered everything, and the screen shows no turn. */
  async untilIdle(patienceMs = START_MS): Promise<void> {
    await this.#model.untilQuiet(patienceMs);
    await this.terminal.until(({ visible }) => !visible.includes(BUSY), "idle", patienceMs);
  }

  async clear(): Promise<void> {
    await this.say("/clear");
    await this.terminal.until(({ visible }) => /❯ \/clear\s*\n.*❯\s*\n/s.test(visible), "cleared");
  }

  /** Leaves as a person does. */
  async quit(): Promise<void> {
    await this.say("/exit");
    await this.terminal.ended;
  }

  /** The window is closed under it. */
  close(): Promise<void> {
    return this.terminal.close();
  }

  /** Whatever state it is in. */
  async end(): Promise<void> {
    if (this.terminal.isEnded) return;
    this.terminal.kill();
    await this.terminal.ended;
  }
}

function isTyped(screen: string, text: string): boolean {
  const squeeze = (part: string) => part.replace(/\s+/g, "");
  const prompt = screen.slice(screen.lastIndexOf("❯"));
  return squeeze(prompt).includes(squeeze(text));
}
