import { env, exports } from "cloudflare:workers";
import type { ErrorCode } from "../../../shared/errors.ts";
import type { InstanceInfo, Message, MessageStatus } from "../../../shared/message.ts";
import type {
  ClientFrameInput,
  DeliveredMessage,
  DeliverFrame,
  HubFrame,
  ReceiptFrame,
  WelcomeFrame,
} from "../../../shared/protocol.ts";
import type { Schedule, ScheduleDetail } from "../../../shared/schedules.ts";
import type { Task } from "../../../shared/tasks.ts";

/** How long a test waits for what should come at once, before it fails with what did come. */
const PATIENCE_MS = 15_000;

/** Any reply: the fields that some action answers with, or those of an error. */
export interface Reply extends Partial<Omit<MessageStatus, "messageId">> {
  requestId?: string;
  code?: ErrorCode;
  error?: string;
  details?: Record<string, unknown>;
  retryAfterMs?: number;
  messageId?: string;
  queued?: boolean;
  to?: string;
  warning?: string;
  duplicate?: boolean;
  replyToUnknown?: boolean;
  acked?: number;
  messages?: Message[];
  instances?: InstanceInfo[];
  online?: boolean;
  instanceId?: string;
  matches?: string[];
  openTasks?: number;
  task?: Task;
  tasks?: Task[];
  schedule?: Schedule & Partial<ScheduleDetail>;
  schedules?: Schedule[];
  nextCursor?: string;
}

export interface ConnectOptions {
  version?: 1 | 2;
  /** C8: null brings none. By default each id has a secret of its own, so that it can come back. */
  identity?: string | null;
  /** Whether to ack what arrives, as it arrives. */
  isAcking?: boolean;
  query?: Record<string, string>;
  headers?: Record<string, string>;
}

export interface Closed {
  code: number;
  reason: string;
}

/** The upgrade request as it is: for what the hub refuses. `Authorization` carries the key unless `headers` says else, or has a cookie. */
export function requestUpgrade(query: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
  return exports.default.fetch(`http://hub/ws/plugin?${new URLSearchParams(query)}`, {
    headers: {
      upgrade: "websocket",
      ...(headers.cookie === undefined && { authorization: `Bearer ${env.CC2CC_HUB_API_KEY}` }),
      ...headers,
    },
  });
}

/** The same secret for the same id, so that a later client of a test holds what an earlier one bound. */
export function secretOf(instanceId: string): string {
  return instanceId.replace(/[^A-Za-z0-9]/g, "_").padEnd(22, "_");
}

/** One socket of one instance, with everything that came by it in order. */
export class TestClient {
  readonly instanceId: string;
  /** Text messages as they came, and frames, those of arrays one by one. */
  readonly texts: string[] = [];
  readonly frames: Record<string, unknown>[] = [];
  /** Messages as they came: of `deliver` frames, or bare for a v1 client. */
  readonly delivered: DeliveredMessage[] = [];
  readonly receipts: ReceiptFrame[] = [];
  closed: Closed | undefined;
  /** Resolves when the socket is closed, however long that takes. */
  readonly onClosed: Promise<Closed>;
  readonly #ws: WebSocket;
  readonly #isAcking: boolean;
  readonly #waiting = new Set<() => void>();
  #requests = 0;

  private constructor(ws: WebSocket, instanceId: string, isAcking: boolean) {
    this.#ws = ws;
    this.instanceId = instanceId;
    this.#isAcking = isAcking;
    ws.addEventListener("message", ({ data }) => this.#take(String(data)));
    this.onClosed = new Promise((resolve) => {
      ws.addEventListener("close", ({ code, reason }) => {
        this.closed = { code, reason };
        this.#look();
        resolve(this.closed);
      });
    });
    ws.accept();
  }

  /** A client with its first frame: `welcome`, or for v1 `subscriptions:sync`. */
  static async connect(instanceId: string, options: ConnectOptions = {}): Promise<TestClient> {
    const { version = 2, isAcking = false, query = {}, headers = {} } = options;
    const identity = options.identity === undefined && version === 2 ? secretOf(instanceId) : options.identity;
    const response = await requestUpgrade(
      { instanceId, ...(version === 2 ? { v: "2" } : {}), ...(identity ? { identity } : {}), ...query },
      headers,
    );
    if (response.webSocket === null) throw new Error(`upgrade refused: ${response.status} ${await response.text()}`);
    const client = new TestClient(response.webSocket, instanceId, isAcking);
    await client.until(() => client.frames.length > 0, "the first frame");
    return client;
  }

  get welcome(): WelcomeFrame {
    return this.frames.find((frame) => frame.action === "welcome") as unknown as WelcomeFrame;
  }

  /** Neither side has begun to close. */
  get canSend(): boolean {
    return this.#ws.readyState === WebSocket.READY_STATE_OPEN;
  }

  get contents(): string[] {
    return this.delivered.map((message) => message.content);
  }

  /** Replies to no request: errors of frames that carried no id. */
  get errors(): Reply[] {
    return this.frames.filter((frame) => "code" in frame && !("requestId" in frame)) as Reply[];
  }

  /** States that receipts have told of a message, in their order. */
  receiptsOf(messageId: string | undefined): string[] {
    return this.receipts.filter((receipt) => receipt.messageId === messageId).map((receipt) => receipt.state);
  }

  sendText(text: string | ArrayBuffer): void {
    this.#ws.send(text);
  }

  /** One frame alone, several as an array (B1). */
  send(...frames: ClientFrameInput[]): void {
    this.sendText(JSON.stringify(frames.length === 1 ? frames[0] : frames));
  }

  /** Sends frames in one text and resolves with their replies, in the order of the frames. */
  async askAll(...frames: ClientFrameInput[]): Promise<Reply[]> {
    const asked = frames.map((frame) => ({ ...frame, requestId: `q${++this.#requests}` }));
    this.send(...asked);
    return Promise.all(asked.map(({ requestId }) => this.reply(requestId)));
  }

  async ask(frame: ClientFrameInput): Promise<Reply> {
    return (await this.askAll(frame))[0] as Reply;
  }

  reply(requestId: string): Promise<Reply> {
    return this.frame((frame) => frame.requestId === requestId, `the reply to ${requestId}`) as Promise<Reply>;
  }

  /** Sends one message and resolves with its reply. */
  message(
    to: string,
    content: string,
    more: Partial<ClientFrameInput & { action: "send_message" }> = {},
  ): Promise<Reply> {
    return this.ask({ action: "send_message", type: "task", to, content, ...more });
  }

  /** Sends messages in one text and resolves with their ids when all are accepted. */
  async messages(to: string, contents: readonly string[]): Promise<string[]> {
    const ids: string[] = [];
    for (let from = 0; from < contents.length; from += 200) {
      const frames = contents
        .slice(from, from + 200)
        .map((content) => ({ action: "send_message", type: "task", to, content }) as const);
      for (const reply of await this.askAll(...frames)) {
        if (reply.messageId === undefined) throw new Error(`not accepted: ${JSON.stringify(reply)}`);
        ids.push(reply.messageId);
      }
    }
    return ids;
  }

  /** Acks up to the last message that came, and waits until that is on disk. */
  async ackAll(): Promise<number | undefined> {
    const upTo = Math.max(0, ...this.delivered.map((message) => message.seq ?? 0));
    return (await this.ask({ action: "ack", upTo })).acked;
  }

  /** A round trip to the mailbox: what it had written before is here afterwards. */
  async sync(): Promise<void> {
    await this.ask({ action: "ack" });
  }

  async frame(isIt: (frame: Record<string, unknown>) => boolean, what: string): Promise<Record<string, unknown>> {
    await this.until(() => this.frames.some(isIt), what);
    return this.frames.find(isIt) as Record<string, unknown>;
  }

  untilDelivered(count: number): Promise<void> {
    return this.until(() => this.delivered.length >= count, `${count} messages`);
  }

  untilReceipt(messageId: string | undefined, state: ReceiptFrame["state"]): Promise<void> {
    return this.until(() => this.receiptsOf(messageId).includes(state), `the receipt ${state} of ${messageId}`);
  }

  async untilClosed(): Promise<Closed> {
    await this.until(() => this.closed !== undefined, "the close");
    return this.closed as Closed;
  }

  /** Closes as a client does, and waits until the hub has answered. */
  async close(code = 1000, reason = ""): Promise<void> {
    this.#ws.close(code, reason);
    await this.untilClosed();
  }

  /** Resolves when the condition holds; it is looked at whenever something comes. */
  until(isTrue: () => boolean, what: string): Promise<void> {
    if (isTrue()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const look = () => {
        if (!isTrue()) return;
        end();
        resolve();
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`${this.instanceId} waited in vain for ${what}; ${this.#describe()}`));
      }, PATIENCE_MS);
      this.#waiting.add(look);
    });
  }

  #take(text: string): void {
    this.texts.push(text);
    const frames = text === "pong" ? [] : [JSON.parse(text)].flat();
    for (const frame of frames as (HubFrame & Record<string, unknown>)[]) {
      this.frames.push(frame);
      if (frame.action === "deliver") this.#deliver(frame);
      else if (frame.action === "receipt") this.receipts.push(frame);
      else if ("from" in frame) this.delivered.push(frame as unknown as DeliveredMessage);
    }
    this.#look();
  }

  #deliver({ messages }: DeliverFrame): void {
    this.delivered.push(...messages);
    const upTo = messages.at(-1)?.seq;
    if (this.#isAcking && upTo !== undefined) this.send({ action: "ack", upTo });
  }

  #look(): void {
    for (const look of this.#waiting) look();
  }

  #describe(): string {
    const last = this.texts.slice(-5).map((text) => text.slice(0, 300));
    return `closed: ${JSON.stringify(this.closed)}; ${this.frames.length} frames came, the last texts: ${last.join(" | ")}`;
  }
}
