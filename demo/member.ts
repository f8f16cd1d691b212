/** One member of the team on the hub: comes back when the hub does, reads what it is sent. */
import { uuidv7 } from "uuidv7";
import { HubClient } from "../client/hub-client.ts";
import type { ClientFrameInput, DeliveredMessage, ReplyFrame } from "../shared/protocol.ts";
import { DemoProblem } from "./demo-problem.ts";
import type { Person } from "./team.ts";

/** The demo waits for a hub that is away as long as it takes; timers know no longer wait. */
const FOREVER_MS = 2 ** 31 - 1;

export interface HubAddress {
  url: string;
  key: string;
}

export interface MemberOptions {
  hub: HubAddress;
  person: Person;
  /** How long it takes to read what it was sent: from `acked` to `seen`. */
  readingMs: number;
  /** The hub does not want this member (any more); it will not come back. */
  onRefused(problem: DemoProblem): void;
}

export class Member {
  readonly #client: HubClient;
  readonly #readingMs: number;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor({ hub, person, readingMs, onRefused }: MemberOptions) {
    this.#readingMs = readingMs;
    this.#client = new HubClient({
      hubUrl: new URL(hub.url),
      apiKey: hub.key,
      identity: person.identity,
      instanceId: person.instanceId,
      problems: [],
      waits: { connectMs: FOREVER_MS, replyMs: FOREVER_MS },
      retry: { minMs: 1_000, maxMs: 1_000 },
      words: {
        newKey: "Take a member's or an admin's key without a pattern, by CC2CC_API_KEY",
        left: "This member has left.",
        checkMessage: (messageId) => `look for ${messageId} in the dashboard`,
        startedWhere: "where the demo starts",
      },
      onDeliver: (messages) => this.#readMessages(messages),
      onReceipt: () => undefined,
      // Members come back under their ids, so another demo or another holder ends this one.
      nextInstanceId: () => undefined,
      onRefused: (reason) => onRefused(new DemoProblem(`the hub refused ${person.instanceId}: ${reason}.`)),
      log: () => undefined,
    });
    this.#client.connect();
  }

  /** Sends a frame and resolves with its reply, which is an error where it has a `code`; waits for the hub while it is away. */
  async ask(frame: ClientFrameInput): Promise<ReplyFrame> {
    // An id of our own: what is sent again after a break of the link is stored once (M3).
    const messageId = "content" in frame ? { messageId: uuidv7() } : {};
    const answer = await this.#client.ask({ ...messageId, ...frame });
    return answer.ok ? answer.reply : { code: "unauthorized", ...answer };
  }

  /** Says goodbye; nothing of it runs on. */
  async leave(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#client.leave();
  }

  /** As the plugin does: acked when the session has it, seen when the model does. */
  #readMessages(messages: DeliveredMessage[]): void {
    const messageIds = messages.flatMap((message) => (message.seq === undefined ? [] : message.messageId));
    if (messageIds.length === 0) return;
    this.#client.tell({ action: "ack", messageIds });
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#client.tell({ action: "ack", messageIds, state: "seen" });
    }, this.#readingMs);
    this.#timers.add(timer);
  }
}
