/** One scenario: a hub, someone with the real client, peers on the hub, and what must hold of every message at the end. */
import { randomUUID } from "node:crypto";
import { expect, inject, it, onTestFinished } from "vitest";
import type { ClientFrameInput } from "../../shared/protocol.ts";
import type { RunningHub } from "../helpers/hub.ts";
import { HubClient } from "../helpers/hub-client.ts";
import { StreamClient } from "../helpers/stream-client.ts";
import { countOf } from "./model-request.ts";
import { Person, type PersonOptions } from "./person.ts";
import type { ClaudeSession } from "./session.ts";

export interface Sent {
  /** Of each copy that somebody can ack. */
  ids: string[];
  content: string;
  /** At the body's end, and nowhere else: what shows it shows the message. */
  mark: string;
  /** Who is told how far it got. */
  by: string;
}

/** Longer than any excerpt or headline. */
const FILLER = "All of what this is about can be read below this line, to its very end. ".repeat(3);
/** Asking anew until it holds; for what nothing announces. */
const POLL = { timeout: 30_000, interval: 50 };
/** A plugin may leave a busy session alone for a while, as its hooks will be heard. */
const QUEUE_MS = 40_000;
/** What the hub says of a message that its recipient is said to have. */
const CLAIMS = ["acked", "seen"];

export class World {
  readonly hub: RunningHub;
  readonly person: Person;
  readonly sent: Sent[] = [];
  /** What the client said when it installed the plugin. */
  readonly installOutput: string;
  readonly #stream: StreamClient;
  readonly #peers = new Map<string, Promise<HubClient>>();

  private constructor(hub: RunningHub, person: Person, installOutput: string, stream: StreamClient) {
    this.hub = hub;
    this.person = person;
    this.installOutput = installOutput;
    this.#stream = stream;
  }

  static async begin(hub: RunningHub, options: PersonOptions = {}): Promise<World> {
    const person = await Person.come(options);
    onTestFinished(() => person.leave());
    const { output } = await person.install(hub, options);
    const stream = await StreamClient.connect(hub);
    onTestFinished(() => stream.goOffline());
    return new World(hub, person, output, stream);
  }

  get model() {
    return this.person.model;
  }

  /** Another session on the hub, in the same project. */
  peer(name = "bob"): Promise<HubClient> {
    const known = this.#peers.get(name);
    if (known !== undefined) return known;
    const peer = HubClient.connect(this.hub, { instanceId: `${name}@box:${this.person.project}/peer` });
    this.#peers.set(name, peer);
    onTestFinished(async () => (await peer).goOffline());
    return peer;
  }

  /** A session whose plugin the hub has online. */
  async open(args: readonly string[] = []): Promise<ClaudeSession> {
    const session = await this.person.open(args);
    await this.untilOnline(session);
    return session;
  }

  /** The same after its end, in another process. */
  async resume(session: ClaudeSession, args: readonly string[] = []): Promise<ClaudeSession> {
    const before = this.#joined(session);
    const resumed = await this.person.resume(session, args);
    await this.#stream.until(() => this.#joined(session) > before, "the resumed session on the hub");
    return resumed;
  }

  untilOnline(session: ClaudeSession | string): Promise<void> {
    return this.#stream.until(() => this.#joined(session) > 0, "the session on the hub");
  }

  untilAway(session: ClaudeSession): Promise<void> {
    const address = this.person.addressOf(session.id);
    return this.#stream.until(
      () => this.#stream.of("instance:left").some(({ instanceId }) => instanceId === address),
      `${address} to leave the hub`,
    );
  }

  #joined(session: ClaudeSession | string): number {
    const address = this.person.addressOf(typeof session === "string" ? session : session.id);
    return this.#stream.of("instance:joined").filter(({ instanceId }) => instanceId.startsWith(address)).length;
  }

  /** A peer sends; resolves when the hub has it on disk. */
  async tell(
    to: ClaudeSession | string,
    text: string,
    more: Partial<ClientFrameInput> & { by?: string } = {},
  ): Promise<Sent> {
    const { by = "bob", ...fields } = more;
    const peer = await this.peer(by);
    const mark = `mark-${randomUUID().slice(0, 8)}`;
    const content = `${text}\n${FILLER}${mark}`;
    const address = typeof to === "string" ? to : this.person.addressOf(to.id);
    const frame = { action: "send_message", to: address, type: "task", content, ...fields };
    const answer = await peer.ask(frame as ClientFrameInput);
    if (answer.error !== undefined) throw new Error(`the hub refused it: ${answer.error}`);
    const copies = answer.messages as { messageId: string }[] | undefined;
    const ids = copies?.map(({ messageId }) => messageId) ?? [String(answer.messageId)];
    const sent = { ids, content, mark, by };
    this.sent.push(sent);
    return sent;
  }

  /** How far the hub says that a message got. */
  async stateOf({ ids, by }: Sent): Promise<string> {
    const peer = await this.peer(by);
    const answer = await peer.ask({ action: "status", messageId: ids[0] ?? "" });
    return String(answer.state ?? answer.code);
  }

  untilState(sent: Sent, ...states: string[]): Promise<void> {
    return expect.poll(() => this.stateOf(sent), { ...POLL, message: `state of ${sent.mark}` }).toBeOneOf(states);
  }

  /** The client has it in its queue: its transcript says so before the model is shown it. */
  untilTaken({ mark }: Sent): Promise<void> {
    return expect
      .poll(() => this.person.recorded.includes(mark), { ...POLL, timeout: QUEUE_MS, message: `${mark} in the queue` })
      .toBe(true);
  }

  /** The request that brings a message to the model. */
  untilShown({ mark }: Sent, patienceMs?: number) {
    return this.model.until((request) => request.text.includes(mark), `${mark} in a request`, patienceMs);
  }

  /** What must hold whatever happened. */
  async check(): Promise<void> {
    const lost: string[] = [];
    for (const sent of this.sent) {
      const state = await this.stateOf(sent);
      if (CLAIMS.includes(state) && !this.#isShown(sent)) lost.push(`${sent.mark} is ${state}`);
    }
    expect.soft(lost, "the hub says they arrived, but no model was shown them").toEqual([]);
    expect.soft(this.#repeated(), "shown more than once").toEqual([]);
  }

  isInRequest({ mark }: Sent): boolean {
    return this.model.requests.some(({ text }) => text.includes(mark));
  }

  #isShown(sent: Sent): boolean {
    return this.isInRequest(sent) || this.person.shown.some((text) => text.includes(sent.mark));
  }

  /** Messages that are in one conversation twice, or in two. */
  #repeated(): string[] {
    return this.sent.flatMap(({ mark }) => {
      const requests = this.model.requests.filter(({ text }) => text.includes(mark));
      const most = Math.max(0, ...requests.map(({ text }) => countOf(text, mark)));
      const conversations = new Set(requests.map(({ session }) => session)).size;
      return most > 1 || conversations > 1 ? [`${mark}: ${most} times, in ${conversations} conversations`] : [];
    });
  }
}

/** A test whose messages are all accounted for when it ends. */
export function scenario(
  name: string,
  hub: () => RunningHub,
  play: (world: World) => Promise<void>,
  options?: PersonOptions,
) {
  it.skipIf(inject("claudeBinary") === "")(name, async () => {
    const world = await World.begin(hub(), options);
    await play(world);
    await world.check();
  });
}
