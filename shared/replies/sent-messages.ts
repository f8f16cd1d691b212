/**
 * What this session sent and to whom, so that an answer counts only from those who were asked: every member of the hub
 * can see a message's id, and could answer with it.
 */
import { systemId } from "../ids.ts";
import type { DeliveredMessage } from "../protocol.ts";

/** Older ones are asked of the hub. */
const REMEMBERED_MAX = 1_000;

export type Audience =
  /** These instances; each may have gone on under another id since. */
  | { kind: "instances"; instanceIds: string[] }
  /** T3: whoever has the task by then. */
  | { kind: "owner" }
  /** H1: a person, whose answer the hub's inbox says; no session's counts. */
  | { kind: "people" }
  /** Each recipient's copy has an id of its own, made from the publication's (protocol M3). */
  | { kind: "topic"; topic: string }
  | { kind: "everyone" };

export interface SentMessage {
  messageId: string;
  audience: Audience;
  /** Ids of the copies of a message to a role, with their recipients. */
  copies: Map<string, string>;
}

/** Of a message, what tells whom it was for. */
interface Addressed {
  to: string;
  topicName?: string | undefined;
  anyOf?: string | undefined;
}

/** What is asked about a message or its recipients, most of it of the hub. */
export interface AudienceQuestions {
  /** The id of one recipient's copy of a publication: UUIDv5 of its name in the publication's id (M3). */
  copyIdOf(messageId: string, recipient: string): string;
  /** Returns what the hub's history says of a message; undefined where it has none. */
  find(messageId: string): Promise<Addressed | undefined>;
  /** Returns the id under which a recipient goes on. */
  currentId(instanceId: string): Promise<string | undefined>;
  /** Whether the hub delivered, or owes, a message of that id. */
  isKnown(messageId: string): Promise<boolean>;
  subscribersOf(topic: string): Promise<string[]>;
  /** Who has a task, or had it when it ended; undefined where nobody does. */
  ownerOf(taskId: string): Promise<string | undefined>;
}

const INBOX = systemId("inbox");

export class SentMessages {
  readonly #ask: AudienceQuestions;
  readonly #byId = new Map<string, SentMessage>();

  constructor(ask: AudienceQuestions) {
    this.#ask = ask;
  }

  /** Notes a message; `copies` are pairs of a copy's id and its recipient. */
  note(messageId: string, audience: Audience, copies: readonly (readonly [string, string])[] = []): void {
    const sent: SentMessage = { messageId, audience, copies: new Map(copies) };
    for (const id of [messageId, ...sent.copies.keys()]) this.#byId.set(id, sent);
    while (this.#byId.size > REMEMBERED_MAX) this.#byId.delete(this.#byId.keys().next().value as string);
  }

  /** Whether a message can be an answer to the one that is waited for, by the ids alone. */
  isAnswerTo(waitedId: string, reply: DeliveredMessage): boolean {
    const { replyToMessageId: answered, type, from } = reply;
    if (answered === undefined || type === "ack") return false;
    if (answered === waitedId) return true;
    const sent = this.#byId.get(waitedId);
    const isOfCopy = sent?.messageId === waitedId && sent.copies.has(answered);
    return isOfCopy || answered === this.#ask.copyIdOf(waitedId, from);
  }

  /** Whether the sender of an answer was asked. */
  async mayAnswer(waitedId: string, reply: DeliveredMessage): Promise<boolean> {
    // Nobody can take the inbox's id, and it answers decisions alone: this session may have forgotten that it asked for one.
    if (reply.from === INBOX) return reply.replyToMessageId === waitedId;
    const sent = this.#byId.get(waitedId) ?? (await this.#find(waitedId));
    if (sent === undefined) return false;
    const copyOf = sent.copies.get(reply.replyToMessageId ?? "");
    if (copyOf !== undefined) return this.#isFrom([copyOf], reply.from);
    const { audience } = sent;
    if (audience.kind === "everyone") return true;
    if (audience.kind === "people") return false;
    if (audience.kind === "owner") return (await this.#ask.ownerOf(sent.messageId)) === reply.from;
    if (audience.kind === "instances") return this.#isFrom(audience.instanceIds, reply.from);
    const copy = this.#ask.copyIdOf(sent.messageId, reply.from);
    if (await this.#ask.isKnown(copy)) return true;
    return this.#isFrom(await this.#ask.subscribersOf(audience.topic), reply.from);
  }

  async #isFrom(recipients: readonly string[], from: string): Promise<boolean> {
    if (recipients.includes(from)) return true;
    const current = await Promise.all(recipients.map((id) => this.#ask.currentId(id)));
    return current.includes(from);
  }

  async #find(messageId: string): Promise<SentMessage | undefined> {
    const found = await this.#ask.find(messageId);
    if (found === undefined) return undefined;
    this.note(messageId, audienceOf(found));
    return this.#byId.get(messageId);
  }
}

function audienceOf({ to, topicName, anyOf }: Addressed): Audience {
  if (anyOf !== undefined) return { kind: "owner" };
  if (topicName !== undefined) return { kind: "topic", topic: topicName };
  return to === "broadcast" ? { kind: "everyone" } : { kind: "instances", instanceIds: [to] };
}
