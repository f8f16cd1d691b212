/** One session of a coding agent on the hub: who it is, its link, its messages. Everything a tool or a hook works on. */
import { type ClientWords, HubClient } from "../../client/hub-client.ts";
import { instanceIdOf, suffixedSession } from "../../client/identity/identity.ts";
import type { ReceiptFrame } from "../../shared/protocol.ts";
import { ReplyWaiters } from "../../shared/replies/reply-waiters.ts";
import { SentMessages } from "../../shared/replies/sent-messages.ts";
import { Approvals } from "./approvals/approvals.ts";
import { Collisions } from "./claims/collisions.ts";
import { FileNames } from "./claims/file-names.ts";
import { Delivery } from "./delivery/delivery.ts";
import { FrameWriter } from "./delivery/frame.ts";
import { NO_OFFER } from "./delivery/offer.ts";
import { Transcript } from "./delivery/transcript.ts";
import type { ChannelPush } from "./delivery/wake-way.ts";
import { type HookAnswer, HookEvents, type HookInput } from "./hooks/hook-events.ts";
import { HookServer, takeStartNote } from "./hooks/hook-server.ts";
import { Permissions } from "./hooks/permissions.ts";
import type { ToolHookAnswer } from "./hooks/tool-hooks.ts";
import type { Host } from "./hosts/host.ts";
import { copyIdOf } from "./hub/copy-id.ts";
import { HubRest } from "./hub/hub-rest.ts";
import { keptNames, keptToken } from "./kept-identity.ts";
import { OwnSession } from "./own-session.ts";
import { PersonCommands, readCommand } from "./person/commands.ts";
import { Notices } from "./person/notices.ts";
import type { Settings } from "./settings.ts";

/** Receipts are for wait_for_reply; the hub knows them all, so only the newest are kept. */
const RECEIPTS_MAX = 500;
/** What one ack frame may name. */
const ACK_IDS_MAX = 1_000;
/** How soon a proof in the transcript, or a path that failed, is noticed without a hook. */
const TICK_MS = 500;
/** A hook that is a call waits for its answer. */
const NEVER_OVER = new AbortController().signal;
/** H2: how long a request for permission stands in the Inbox; shorter where no dialog stands beside it, as in `claude -p`. */
const APPROVAL_SECONDS = 3_540;
const APPROVAL_ONE_SHOT_SECONDS = 300;
/** How soon a second process of a session takes over the id of the first one that has ended. */
const CLAIM_MS = 5_000;

export interface SessionOptions {
  host: Host;
  settings: Settings;
  pushToChannel(push: ChannelPush): Promise<void>;
  log(line: string): void;
}

export class Session {
  readonly host: Host;
  readonly settings: Settings;
  readonly client: HubClient;
  readonly rest: HubRest;
  readonly delivery: Delivery;
  readonly waiters: ReplyWaiters;
  readonly sent: SentMessages;
  readonly writer: FrameWriter;
  readonly fileNames: FileNames;
  readonly receipts = new Map<string, ReceiptFrame["state"]>();
  readonly #log: (line: string) => void;
  readonly #transcript: Transcript;
  readonly #hookEvents: HookEvents;
  readonly #collisions: Collisions;
  readonly #approvals: Approvals;
  readonly #commands: PersonCommands;
  readonly #timers: NodeJS.Timeout[];
  readonly #own: OwnSession;
  #hookServer: HookServer | undefined;

  constructor({ host, settings, pushToChannel, log }: SessionOptions) {
    this.host = host;
    this.#transcript = new Transcript(host.transcript);
    this.settings = { ...settings, ...keptNames(settings, log) };
    this.#log = log;
    const announce = () => this.#hookServer?.announce();
    this.#own = new OwnSession({ host, settings: this.settings, client: () => this.client, announce });
    const identity = keptToken(settings.dataDir, log);
    this.writer = new FrameWriter(identity);
    this.fileNames = new FileNames(this.settings.host, this.settings.folder);
    this.rest = new HubRest(settings);
    this.client = this.#makeClient(identity);
    this.sent = new SentMessages({
      copyIdOf,
      find: (messageId) => this.rest.findMessage(messageId),
      currentId: (instanceId) => this.rest.currentId(instanceId),
      isKnown: async (messageId) => (await this.client.ask({ action: "status", messageId })).ok,
      subscribersOf: (topic) => this.rest.subscribersOf(topic),
      ownerOf: (taskId) => this.rest.ownerOf(taskId),
    });
    this.waiters = new ReplyWaiters(this.sent);
    this.delivery = this.#makeDelivery(pushToChannel);
    const { client, delivery } = this;
    const notices = new Notices({
      client,
      delivery,
      problems: settings.problems,
      wakes: settings.wakes,
      now: Date.now,
    });
    this.#commands = new PersonCommands(this);
    this.#hookEvents = new HookEvents({
      delivery: this.delivery,
      transcript: this.#transcript,
      permissions: new Permissions(settings.permissions, (id) => this.senderOf(id)),
      dialect: host.hooks,
      takeNotice: () => notices.take(),
      openTasks: () => (client.isReady ? client.openTasks : undefined),
    });
    this.#collisions = new Collisions({
      mode: this.settings.claims,
      names: this.fileNames,
      isConnected: () => this.client.isReady,
      ask: (frame) => this.client.ask(frame),
    });
    this.#approvals = this.#makeApprovals();
    this.#timers = [
      setInterval(() => this.#tick(), TICK_MS).unref(),
      setInterval(() => void this.#own.takePlainId(), CLAIM_MS).unref(),
    ];
  }

  get instanceId(): string {
    return this.client.instanceId;
  }

  /** From whom a message of that id came to this session; undefined where none did. */
  senderOf(messageId: string): string | undefined {
    return this.delivery.parcels.find(messageId)?.facts.from;
  }

  /** Opens the port for hooks, takes an id, and connects. */
  async start(): Promise<void> {
    await this.#startHooks();
    await this.#own.begin(this.#hookServer?.address);
    await this.#takeStartNote();
    if (!this.host.isConnectedOnUse) this.#own.connect();
  }

  /** A tool is called: who asks is told with the call, where the host does so. */
  async noteCall(sessionId: string | undefined): Promise<void> {
    await this.#own.noteCall(sessionId);
    this.client.connect();
  }

  /** Answers a hook that the host runs as a call. */
  async answerToolHook(input: HookInput): Promise<ToolHookAnswer> {
    const { output, offer } = await this.#answerHook(input, NEVER_OVER);
    return { output, onWritten: () => this.delivery.finish(offer) };
  }

  end(): void {
    for (const timer of this.#timers) clearInterval(timer);
    void this.client.leave();
    this.#hookServer?.stop();
    this.#own.end();
  }

  /** Hooks are one way among several: without them the session still works. */
  async #startHooks(): Promise<void> {
    try {
      this.#hookServer = await HookServer.start({
        dataDir: this.settings.dataDir,
        parentPid: process.ppid,
        agent: this.host.name,
        ...(this.host.session.is === "one of many" ? { name: this.#own.id } : {}),
        session: () => this.#own.id,
        answer: (input, over) => this.#answerHook(input, over),
        onEnd: ({ offer }, isPrinted) => {
          if (isPrinted) this.delivery.finish(offer);
          else this.delivery.giveBack([...offer.shown, ...offer.listed]);
        },
        onPrompter: () => this.delivery.noteWakeable(),
        status: () => this.#commands.statusLine(),
        command: (words) => this.#commands.run(words),
      });
    } catch (error) {
      this.#log(`hooks cannot reach this server: ${(error as Error).message}`);
    }
  }

  async #answerHook(input: HookInput, over: AbortSignal): Promise<HookAnswer> {
    const { session_id: sessionId, agent_id: agent, hook_event_name: event, prompt } = input;
    if (sessionId !== undefined && agent === undefined) void this.#own.change(sessionId);
    this.#own.connect();
    this.#approvals.noteHook(input);
    if (this.#approvals.isFor(input)) return { output: await this.#approvals.answer(input, over), offer: NO_OFFER };
    const command = event === "UserPromptSubmit" ? readCommand(prompt ?? "") : undefined;
    if (command === undefined) return this.#hookEvents.answer(input, await this.#collisions.of(input));
    // The person is answered, and the model is not asked.
    const reason = await this.#commands.run(command);
    return { output: { decision: "block", reason }, offer: NO_OFFER };
  }

  /** The hook that tells of a session's start runs before its server: it leaves a note. */
  async #takeStartNote(): Promise<void> {
    const note = takeStartNote(this.settings.dataDir, process.ppid, this.host.name);
    await this.#own.noteCall(note?.session_id);
    if (note?.transcript_path === undefined) return;
    this.delivery.noteHook();
    this.#transcript.follow(note.transcript_path);
    this.delivery.readTranscript();
  }

  #tick(): void {
    void this.#own.guess();
    // A hook that found no server a moment ago may have written its note after the server had looked for one.
    if (this.#own.isAwaited) void this.#takeStartNote();
    this.delivery.tick();
    this.#approvals.tick();
  }

  #makeApprovals(): Approvals {
    return new Approvals({
      isOn: this.settings.approvals === "on",
      verdict: this.host.hooks.verdict,
      isAlone: this.host.isOneShot,
      timeoutSeconds: this.host.isOneShot ? APPROVAL_ONE_SHOT_SECONDS : APPROVAL_SECONDS,
      connection: () => (this.client.isReady ? this.client.welcome : undefined),
      ask: (frame) => this.client.ask(frame),
      tell: (frame) => this.client.tell(frame),
    });
  }

  #makeDelivery(pushToChannel: SessionOptions["pushToChannel"]): Delivery {
    const { delivery: mode } = this.settings;
    const { writer } = this;
    return new Delivery({
      mode,
      ways: this.host.wakeWays(mode, {
        writer,
        pushToChannel,
        sessionId: () => this.#own.id,
        prompt: (text) => this.#prompt(text),
      }),
      writer,
      transcript: this.#transcript,
      waiters: this.waiters,
      ack: (messageIds, state) => {
        for (let from = 0; from < messageIds.length; from += ACK_IDS_MAX) {
          this.client.tell({ action: "ack", messageIds: messageIds.slice(from, from + ACK_IDS_MAX), state });
        }
      },
      behindCount: () => this.client.behindCount,
      log: this.#log,
      now: Date.now,
      wakeLimit: this.settings.wakes,
    });
  }

  #prompt(text: string): Promise<void> {
    return this.#hookServer?.prompters.prompt(text) ?? Promise.reject(new Error("hooks cannot reach this server"));
  }

  #makeClient(identity: string): HubClient {
    const { hubUrl, apiKey, problems } = this.settings;
    return new HubClient({
      hubUrl,
      apiKey,
      problems,
      identity,
      isTransient: this.host.isOneShot,
      isPull: this.settings.delivery === "pull",
      words: wordsOf(this.host),
      instanceId: instanceIdOf(this.settings, this.#own.id),
      nextInstanceId: () => instanceIdOf(this.settings, suffixedSession(this.#own.id)),
      onDeliver: (messages) => this.delivery.receive(messages),
      onReceipt: (receipt) => this.#noteReceipt(receipt),
      onDecision: (decision) => this.#approvals.noteDecision(decision),
      log: this.#log,
    });
  }

  #noteReceipt({ messageId, state }: ReceiptFrame): void {
    this.receipts.delete(messageId);
    this.receipts.set(messageId, state);
    if (this.receipts.size > RECEIPTS_MAX) this.receipts.delete(this.receipts.keys().next().value as string);
  }
}

function wordsOf({ settingWords }: Host): ClientWords {
  return {
    newKey: settingWords.newKey,
    left: `This session is not on the hub: ${settingWords.rejoin}.`,
    checkMessage: (messageId) => `ask message_status for ${messageId}`,
    startedWhere: "where the agent starts",
  };
}
