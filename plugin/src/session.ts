/** One Claude Code session on the hub: who it is, its link, its messages. Everything a tool or a hook works on. */
import { randomUUID } from "node:crypto";
import type { ReceiptFrame } from "../../shared/protocol.ts";
import { type ChannelFlag, readChannelFlag } from "./claude-flags.ts";
import { Delivery } from "./delivery.ts";
import { HookAnswers } from "./hook-answer.ts";
import { HookServer } from "./hook-server.ts";
import { HubClient } from "./hub-client.ts";
import { HubRest } from "./hub-rest.ts";
import { Claims, firstSession, instanceIdOf, readOrMakeToken, suffixedSession } from "./identity.ts";
import { type InboxSocket, postToInbox } from "./inbox-socket.ts";
import { ReplyWaiters } from "./reply-waiters.ts";
import type { Settings } from "./settings.ts";
import { Transcript } from "./transcript.ts";

/** Receipts are for message_status and wait_for_reply; the hub knows them all, so only the newest are kept. */
const RECEIPTS_MAX = 500;
/** What one ack frame may name. */
const ACK_IDS_MAX = 1_000;

export interface SessionOptions {
  settings: Settings;
  pushToChannel: ConstructorParameters<typeof Delivery>[0]["pushToChannel"];
  log(line: string): void;
}

export class Session {
  readonly settings: Settings;
  readonly client: HubClient;
  readonly rest: HubRest;
  readonly delivery: Delivery;
  readonly waiters = new ReplyWaiters();
  readonly channelFlag: ChannelFlag;
  readonly receipts = new Map<string, ReceiptFrame["state"]>();
  readonly #log: (line: string) => void;
  readonly #claims: Claims;
  readonly #hookAnswers: HookAnswers;
  #hookServer: HookServer | undefined;
  /** As Claude Code calls it; the id's last part may carry a suffix besides. */
  #sessionId: string;

  constructor({ settings, pushToChannel, log }: SessionOptions) {
    this.settings = settings;
    this.#log = log;
    this.#claims = new Claims(settings.dataDir);
    this.#sessionId = firstSession(settings);
    this.channelFlag = readChannelFlag(process.ppid, process.platform);
    this.delivery = this.#makeDelivery(pushToChannel);
    this.#hookAnswers = new HookAnswers(this.delivery, new Transcript());
    this.rest = new HubRest(settings);
    this.client = this.#connect();
  }

  get instanceId(): string {
    return this.client.instanceId;
  }

  /** Hooks are one way among several: without them the session still works. */
  async startHooks(): Promise<void> {
    try {
      this.#hookServer = await HookServer.start({
        dataDir: this.settings.dataDir,
        parentPid: process.ppid,
        session: () => this.#sessionId,
        answer: (input) => {
          if (input.session_id !== undefined && input.agent_id === undefined) this.change(input.session_id);
          return this.#hookAnswers.answer(input);
        },
        onEnd: ({ entries }, isPrinted) => this.delivery.release(entries, isPrinted),
      });
    } catch (error) {
      this.#log(`hooks cannot reach this server: ${(error as Error).message}`);
    }
  }

  /** Claude Code goes on under another session id (`/clear`, `/resume`): mail, role and topics come along. */
  change(sessionId: string): void {
    if (sessionId === this.#sessionId) return;
    this.#sessionId = sessionId;
    this.#hookServer?.announce();
    this.delivery.noteIdle();
    if (this.settings.pinnedSession !== undefined) return;
    this.client.changeInstanceId(instanceIdOf(this.settings, this.#claims.take(this.settings, sessionId)));
  }

  end(): void {
    this.client.close();
    this.#hookServer?.stop();
    this.#claims.releaseAll();
  }

  #makeDelivery(pushToChannel: SessionOptions["pushToChannel"]): Delivery {
    const { inboxSocket, delivery: mode } = this.settings;
    return new Delivery({
      mode,
      channelFlag: this.channelFlag,
      hasInboxSocket: inboxSocket !== undefined,
      waiters: this.waiters,
      pushToChannel,
      postToInbox: (messages) =>
        inboxSocket === undefined
          ? Promise.reject(new Error("CLAUDE_CODE_MESSAGING_SOCKET is not set"))
          : postToInbox(inboxSocket satisfies InboxSocket, messages),
      ack: (messageIds, state) => {
        for (let from = 0; from < messageIds.length; from += ACK_IDS_MAX) {
          this.client.tell({ action: "ack", messageIds: messageIds.slice(from, from + ACK_IDS_MAX), state });
        }
      },
      log: this.#log,
      now: Date.now,
    });
  }

  #connect(): HubClient {
    const { settings } = this;
    const { hubUrl, apiKey, problems, dataDir } = settings;
    return new HubClient({
      hubUrl,
      apiKey,
      problems,
      identity: tokenOf(dataDir, this.#log),
      instanceId: instanceIdOf(settings, this.#claims.take(settings, this.#sessionId)),
      nextInstanceId: () => instanceIdOf(settings, suffixedSession(this.#sessionId)),
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
