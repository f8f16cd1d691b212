/** One session of a coding agent on the hub: who it is, its link, its messages. Everything a tool or a hook works on. */
import { randomUUID } from "node:crypto";
import { type ClientWords, HubClient } from "../../client/hub-client.ts";
import { Claims } from "../../client/identity/claims.ts";
import { instanceIdOf, keepNames, readOrMakeToken, suffixedSession } from "../../client/identity/identity.ts";
import type { ReceiptFrame } from "../../shared/protocol.ts";
import { ReplyWaiters } from "../../shared/replies/reply-waiters.ts";
import { SentMessages } from "../../shared/replies/sent-messages.ts";
import { type ChannelFlag, readChannelFlag } from "./delivery/claude-flags.ts";
import { Delivery, type DeliveryOptions } from "./delivery/delivery.ts";
import { FrameWriter } from "./delivery/frame.ts";
import { postToInbox } from "./delivery/inbox-socket.ts";
import { NO_OFFER } from "./delivery/offer.ts";
import { Transcript } from "./delivery/transcript.ts";
import { type HookAnswer, HookEvents, type HookInput } from "./hooks/hook-events.ts";
import { HookServer, takeStartNote } from "./hooks/hook-server.ts";
import { Permissions } from "./hooks/permissions.ts";
import { copyIdOf } from "./hub/copy-id.ts";
import { HubRest } from "./hub/hub-rest.ts";
import { PersonCommands, readCommand } from "./person/commands.ts";
import { Notices } from "./person/notices.ts";
import type { Settings } from "./settings.ts";

/** Receipts are for wait_for_reply; the hub knows them all, so only the newest are kept. */
const RECEIPTS_MAX = 500;
/** What one ack frame may name. */
const ACK_IDS_MAX = 1_000;
/** How soon a proof in the transcript, or a path that failed, is noticed without a hook. */
const TICK_MS = 500;
/** How soon a second process of a session takes over the id of the first one that has ended. */
const CLAIM_MS = 5_000;

const WORDS: ClientWords = {
  newKey: "Set the hub's current key as CC2CC_API_KEY or in /plugin, then restart this session",
  left: "This session is not on the hub: its person can type /cc2cc join.",
  checkMessage: (messageId) => `ask message_status for ${messageId}`,
  startedWhere: "where the agent starts",
};

export interface SessionOptions {
  settings: Settings;
  pushToChannel: DeliveryOptions["pushToChannel"];
  log(line: string): void;
}

export class Session {
  readonly settings: Settings;
  readonly client: HubClient;
  readonly rest: HubRest;
  readonly delivery: Delivery;
  readonly waiters: ReplyWaiters;
  readonly sent: SentMessages;
  readonly writer: FrameWriter;
  readonly channelFlag: ChannelFlag;
  readonly receipts = new Map<string, ReceiptFrame["state"]>();
  readonly #log: (line: string) => void;
  readonly #transcript = new Transcript();
  readonly #hookEvents: HookEvents;
  readonly #commands: PersonCommands;
  readonly #timers: NodeJS.Timeout[];
  #claims: Claims | undefined;
  #hookServer: HookServer | undefined;
  /** As the host calls it; the id's last part may carry a suffix besides. */
  #sessionId: string;

  constructor({ settings, pushToChannel, log }: SessionOptions) {
    this.settings = { ...settings, ...namesOf(settings, log) };
    this.#log = log;
    this.#sessionId = firstSession(settings);
    this.channelFlag = readChannelFlag(process.ppid, process.platform);
    const identity = tokenOf(settings.dataDir, log);
    this.writer = new FrameWriter(identity);
    this.rest = new HubRest(settings);
    this.client = this.#makeClient(identity);
    this.sent = new SentMessages({
      copyIdOf,
      find: (messageId) => this.rest.findMessage(messageId),
      currentId: (instanceId) => this.rest.currentId(instanceId),
      isKnown: async (messageId) => (await this.client.ask({ action: "status", messageId })).ok,
      subscribersOf: (topic) => this.rest.subscribersOf(topic),
    });
    this.waiters = new ReplyWaiters(this.sent);
    this.delivery = this.#makeDelivery(pushToChannel);
    const { client, delivery } = this;
    const notices = new Notices({ client, delivery, problems: settings.problems, now: Date.now });
    this.#commands = new PersonCommands(this);
    this.#hookEvents = new HookEvents({
      delivery: this.delivery,
      transcript: this.#transcript,
      permissions: new Permissions(settings.permissions, (id) => this.senderOf(id)),
      takeNotice: () => notices.take(),
    });
    this.#timers = [
      setInterval(() => this.delivery.tick(), TICK_MS).unref(),
      setInterval(() => void this.#takePlainId(), CLAIM_MS).unref(),
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
    // Where there is no port, nothing shows that this process lives: it claims nothing and pushes nobody aside.
    const address = this.#hookServer?.address;
    if (address !== undefined) {
      this.#claims = new Claims(this.settings.dataDir, address);
      const session = await this.#claims.take(this.settings, this.#sessionId);
      this.client.changeInstanceId(instanceIdOf(this.settings, session));
    }
    this.#takeStartNote();
    if (!this.settings.isConnectedOnUse) this.client.connect();
  }

  /** The host goes on under another session id (`/clear`, `/resume`): mail, role and topics come along. */
  async change(sessionId: string): Promise<void> {
    if (sessionId === this.#sessionId) return;
    this.#sessionId = sessionId;
    this.#hookServer?.announce();
    if (this.settings.pinnedSession !== undefined) return;
    const session = (await this.#claims?.take(this.settings, sessionId)) ?? sessionId;
    if (sessionId === this.#sessionId) this.client.changeInstanceId(instanceIdOf(this.settings, session));
  }

  end(): void {
    for (const timer of this.#timers) clearInterval(timer);
    void this.client.leave();
    this.#hookServer?.stop();
    this.#claims?.releaseAll();
  }

  /** Hooks are one way among several: without them the session still works. */
  async #startHooks(): Promise<void> {
    try {
      this.#hookServer = await HookServer.start({
        dataDir: this.settings.dataDir,
        parentPid: process.ppid,
        session: () => this.#sessionId,
        answer: (input) => this.#answerHook(input),
        onEnd: ({ offer }, isPrinted) => {
          if (isPrinted) this.delivery.finish(offer);
          else this.delivery.giveBack([...offer.shown, ...offer.listed]);
        },
        status: () => this.#commands.statusLine(),
        command: (words) => this.#commands.run(words),
      });
    } catch (error) {
      this.#log(`hooks cannot reach this server: ${(error as Error).message}`);
    }
  }

  async #answerHook(input: HookInput): Promise<HookAnswer> {
    this.client.connect();
    const { session_id: sessionId, agent_id: agent, hook_event_name: event, prompt } = input;
    if (sessionId !== undefined && agent === undefined) void this.change(sessionId);
    const command = event === "UserPromptSubmit" ? readCommand(prompt ?? "") : undefined;
    if (command === undefined) return this.#hookEvents.answer(input);
    // The person is answered, and the model is not asked.
    const reason = await this.#commands.run(command);
    return { output: { decision: "block", reason }, offer: NO_OFFER };
  }

  /** The hook that tells of a session's start runs before its server: it leaves a note. */
  #takeStartNote(): void {
    const note = takeStartNote(this.settings.dataDir, process.ppid);
    if (note?.transcript_path === undefined) return;
    this.delivery.noteHook();
    this.#transcript.follow(note.transcript_path);
    this.delivery.readTranscript();
  }

  /** After the first process of a session has ended, mail to its plain id is for the second one. */
  async #takePlainId(): Promise<void> {
    const plain = instanceIdOf(this.settings, this.#sessionId);
    if (this.#claims === undefined || this.instanceId === plain || !this.client.isReady) return;
    if (this.settings.pinnedSession === undefined && (await this.#claims.claim(plain))) {
      this.client.changeInstanceId(plain);
    }
  }

  #makeDelivery(pushToChannel: SessionOptions["pushToChannel"]): Delivery {
    const { inboxSocket, delivery: mode } = this.settings;
    return new Delivery({
      mode,
      channelFlag: this.channelFlag,
      hasInboxSocket: inboxSocket !== undefined,
      writer: this.writer,
      transcript: this.#transcript,
      waiters: this.waiters,
      pushToChannel,
      postToInbox: (content) =>
        inboxSocket === undefined
          ? Promise.reject(new Error("CLAUDE_CODE_MESSAGING_SOCKET is not set"))
          : postToInbox(inboxSocket, content),
      ack: (messageIds, state) => {
        for (let from = 0; from < messageIds.length; from += ACK_IDS_MAX) {
          this.client.tell({ action: "ack", messageIds: messageIds.slice(from, from + ACK_IDS_MAX), state });
        }
      },
      behindCount: () => this.client.behindCount,
      log: this.#log,
      now: Date.now,
    });
  }

  #makeClient(identity: string): HubClient {
    const { hubUrl, apiKey, problems, isOneShot: isTransient } = this.settings;
    return new HubClient({
      hubUrl,
      apiKey,
      problems,
      identity,
      isTransient,
      words: WORDS,
      instanceId: instanceIdOf(this.settings, this.#sessionId),
      nextInstanceId: () => instanceIdOf(this.settings, suffixedSession(this.#sessionId)),
      onDeliver: (messages) => this.delivery.receive(messages),
      onReceipt: (receipt) => this.#noteReceipt(receipt),
      log: this.#log,
    });
  }

  #noteReceipt({ messageId, state }: ReceiptFrame): void {
    this.receipts.delete(messageId);
    this.receipts.set(messageId, state);
    if (this.receipts.size > RECEIPTS_MAX) this.receipts.delete(this.receipts.keys().next().value as string);
  }
}

/** Where nothing can be written, the session holds its id for its own lifetime. */
function tokenOf(dataDir: string, log: (line: string) => void): string {
  try {
    return readOrMakeToken(dataDir);
  } catch (error) {
    log(`cannot keep the identity token in ${dataDir}: ${(error as Error).message}`);
    return randomUUID().replaceAll("-", "");
  }
}

/** The names that were chosen, or that this machine had when it was first seen. */
function namesOf(settings: Settings, log: (line: string) => void): Pick<Settings, "username" | "host"> {
  const { username, host, isUsernameChosen, isHostChosen, dataDir } = settings;
  if (isUsernameChosen && isHostChosen) return { username, host };
  try {
    const kept = keepNames(dataDir, { username, host });
    return { username: isUsernameChosen ? username : kept.username, host: isHostChosen ? host : kept.host };
  } catch (error) {
    log(`cannot keep this machine's name in ${dataDir}: ${(error as Error).message}`);
    return { username, host };
  }
}

/** The session to begin with: a launcher's choice, the host's own, or one of ours where nobody says. */
function firstSession(settings: Settings): string {
  return settings.pinnedSession ?? settings.claudeSession ?? randomUUID();
}
