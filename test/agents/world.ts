/** One person with a real coding agent that has joined a hub by `cc2cc join`, peers, and what must hold of every message. */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, inject } from "vitest";
import type { ClientFrameInput } from "../../shared/protocol.ts";
import { Terminal } from "../claude/terminal.ts";
import { argumentsOf, buildCli } from "../helpers/cli.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { StreamClient } from "../helpers/stream-client.ts";
import type { HubAddress } from "../helpers/test-socket.ts";
import type { AgentClient, Home } from "./client.ts";
import { FakeModel } from "./fake-model.ts";
import { killTree } from "./process-tree.ts";

export interface Sent {
  id: string;
  content: string;
  /** At the body's end, and nowhere else: what shows it shows the message. */
  mark: string;
}

const POLL = { timeout: 40_000, interval: 100 };
const ONLINE_MS = 30_000;
let greetings = 0;

export class World {
  readonly client: AgentClient;
  readonly model: FakeModel;
  readonly home: Home;
  readonly env: Record<string, string>;
  readonly sent: Sent[] = [];
  readonly sessions: AgentSession[] = [];
  readonly #stream: StreamClient;
  readonly #peer: HubClient;

  private constructor(client: AgentClient, model: FakeModel, home: Home, stream: StreamClient, peer: HubClient) {
    this.client = client;
    this.model = model;
    this.home = home;
    const own = environmentOf(client, home);
    const more = client.env(home);
    // Its own program goes before any other of its name.
    const PATH = more.PATH === undefined ? own.PATH : [inject("agentFolders")[client.name], more.PATH].join(delimiter);
    this.env = { ...own, ...more, PATH: PATH as string };
    this.#stream = stream;
    this.#peer = peer;
  }

  /** The agent is installed, set up for the fake model, and has joined. */
  static async begin(hub: HubAddress, client: AgentClient): Promise<World> {
    const model = await FakeModel.start();
    const folder = realpathSync(mkdtempSync(join(tmpdir(), `${client.name}-`)));
    const home = { folder, home: join(folder, "home"), cwd: join(folder, "src"), modelUrl: model.url };
    // Agents trust a repository with all that is in it.
    for (const path of [home.home, join(home.cwd, ".git")]) mkdirSync(path, { recursive: true });
    client.prepare(home);
    const stream = await StreamClient.connect(hub);
    const peer = await HubClient.connect(hub, { instanceId: `bob@box:peers/${randomUUID()}` });
    const world = new World(client, model, home, stream, peer);
    await world.join(hub);
    return world;
  }

  /** Runs the command that a person would. */
  async join(hub: HubAddress): Promise<void> {
    await buildCli();
    const args = argumentsOf(["join", hub.url, "--yes", "--client", this.client.name]);
    const { status, stderr } = spawnSync(process.execPath, args, { input: hub.key, env: this.env, encoding: "utf8" });
    if (status !== 0) throw new Error(`cc2cc join failed: ${stderr}`);
  }

  get peerId(): string {
    return this.#peer.instanceId;
  }

  /** A session in a project of its own, or in one that is named. */
  async open(project = `p-${randomUUID().slice(0, 8)}`): Promise<AgentSession> {
    return this.#start(project, undefined);
  }

  /** The same conversation in another process. */
  resume(session: AgentSession): Promise<AgentSession> {
    return this.#start(session.project, session.id);
  }

  async #start(project: string, resumed: string | undefined): Promise<AgentSession> {
    const cwd = join(this.home.cwd, project);
    mkdirSync(cwd, { recursive: true });
    const from = this.#stream.events.length;
    const command = [this.client.program, ...this.client.args(resumed, this.home)];
    const terminal = new Terminal(command, {
      cwd,
      env: this.env,
      scratch: this.home.folder,
      isAnswering: this.client.asksTerminal,
    });
    const session = new AgentSession(this, terminal, project);
    this.sessions.push(session);
    await this.client.untilReady(terminal, this.home);
    if (this.client.joinsAt === "first prompt") await session.greet();
    session.address = await this.untilJoined(project, from).catch((error: Error) => {
      throw new Error(`${error.message}; the screen:\n${terminal.screen.text}`);
    });
    return session;
  }

  /** The id that the hub has seen come for a project, after so many events; another than the one before. */
  async untilJoined(project: string, from = 0, before?: string): Promise<string> {
    const find = () =>
      this.#stream.events
        .slice(from)
        .flatMap((event) => {
          if (event.event === "instance:joined") return [event.instanceId];
          return event.event === "instance:session_updated" ? [event.newInstanceId] : [];
        })
        .find((id) => id.includes(`:${project}/`) && id !== before);
    await expect.poll(find, { timeout: ONLINE_MS, interval: 100, message: `${project} on the hub` }).toBeDefined();
    return find() as string;
  }

  untilAway(session: AgentSession): Promise<void> {
    return this.#stream.until(
      () => this.#stream.of("instance:left").some(({ instanceId }) => instanceId === session.address),
      `${session.address} to leave the hub`,
    );
  }

  /** A peer sends; resolves when the hub has it on disk. */
  async tell(to: AgentSession | string, text: string, more: Partial<ClientFrameInput> = {}): Promise<Sent> {
    const mark = `mark-${randomUUID().slice(0, 8)}`;
    const content = `${text}\nAll of what this is about can be read up to its very end.\n${mark}`;
    const address = typeof to === "string" ? to : to.address;
    const frame = { action: "send_message", to: address, type: "task", content, ...more };
    const answer = await this.#peer.ask(frame as ClientFrameInput);
    if (answer.error !== undefined) throw new Error(`the hub refused it: ${answer.error}`);
    const sent = { id: String(answer.messageId), content, mark };
    this.sent.push(sent);
    // Where nothing wakes a session, its person comes by.
    if (!this.client.isWoken && to instanceof AgentSession && to.isIdle) await to.say(`anything new ${++greetings}`);
    return sent;
  }

  async stateOf({ id }: Pick<Sent, "id">): Promise<string> {
    const answer = await this.#peer.ask({ action: "status", messageId: id });
    return String(answer.state ?? answer.code);
  }

  untilState(sent: Sent, ...states: string[]): Promise<void> {
    return expect.poll(() => this.stateOf(sent), { ...POLL, message: `state of ${sent.mark}` }).toBeOneOf(states);
  }

  /** The request that brings a message to the model. */
  untilShown({ mark }: Sent, patienceMs?: number) {
    return this.model.until((request) => request.text.includes(mark), `${mark} in a request`, patienceMs);
  }

  /** The peer has an answer to this message, of this type. */
  async untilAnswered({ id }: Sent, type: string): Promise<void> {
    const find = () => this.#peer.received.find((message) => message.replyToMessageId === id && message.type === type);
    await this.#peer.until(() => find() !== undefined, `an answer of type ${type} to ${id}`);
  }

  /** What must hold whatever happened: what the hub says was seen was shown, and nothing was shown twice in a conversation. */
  async check(): Promise<void> {
    const isShown = ({ mark }: Sent) => this.model.requests.some(({ text }) => text.includes(mark));
    for (const sent of this.sent) {
      const state = await this.stateOf(sent);
      if (state === "seen" || state === "acked") expect.soft(isShown(sent), `${sent.mark} is ${state}`).toBe(true);
      const times = Math.max(0, ...this.model.requests.map(({ text }) => text.split(sent.mark).length - 1));
      expect.soft(times, `${sent.mark} in one request`).toBeLessThanOrEqual(1);
    }
  }

  /** The person closes every window. */
  async closeAll(): Promise<void> {
    for (const session of this.sessions.splice(0)) await session.end();
  }

  async end(): Promise<void> {
    await this.closeAll();
    this.client.cleanUp(this.home);
    this.#stream.goOffline();
    this.#peer.goOffline();
    this.model.stop();
    rmSync(this.home.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

export class AgentSession {
  readonly terminal: Terminal;
  readonly project: string;
  /** As the hub knows it. */
  address = "";
  /** Whether nothing keeps it busy. */
  isIdle = true;
  readonly #world: World;

  constructor(world: World, terminal: Terminal, project: string) {
    this.#world = world;
    this.terminal = terminal;
    this.project = project;
  }

  /** As the agent calls it. */
  get id(): string {
    return this.address.split("/")[1] as string;
  }

  say(text: string): Promise<void> {
    return this.#world.client.say(this.terminal, text);
  }

  /** Says something; resolves when the model has answered it. */
  async ask(text: string): Promise<void> {
    const asked = this.#world.model.once(text, ["ok"]);
    await this.say(text);
    await asked;
  }

  greet(): Promise<void> {
    return this.ask(`greeting ${++greetings}`);
  }

  /** Begins a turn that lasts until the answer is given. */
  async beBusy(prompt = "work on it"): Promise<(answer: Parameters<FakeModel["once"]>[1] & object) => void> {
    this.isIdle = false;
    const answer = Promise.withResolvers<Parameters<FakeModel["once"]>[1] & object>();
    const asked = this.#world.model.once(prompt, (async () => answer.promise) as never);
    await this.say(prompt);
    await asked;
    return answer.resolve;
  }

  /** Another conversation in the same window; its id is the hub's. */
  async clear(): Promise<void> {
    const before = this.address;
    await this.#world.client.clear(this.terminal);
    if (this.#world.client.joinsAt === "first prompt") await this.greet();
    this.address = await this.#world.untilJoined(this.project, 0, before);
  }

  /** Whatever state it is in. */
  async end(): Promise<void> {
    if (this.terminal.isEnded) return;
    killTree(this.terminal.pid);
    await this.terminal.ended;
  }
}

/** Nothing of this run's own environment but where programs are. */
function environmentOf({ name }: AgentClient, { home }: Home): Record<string, string> {
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.includes("node_modules"));
  return {
    PATH: [inject("agentFolders")[name] as string, ...path].join(delimiter),
    HOME: home,
    SHELL: "/bin/sh",
    TERM: "xterm-256color",
    LANG: "C.UTF-8",
    USER: "ada",
  };
}
