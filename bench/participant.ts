import { uuidv7 } from "uuidv7";
import type { RunningHub } from "../test/helpers/hub.ts";
import { ackFrame, Client, type Frame, sendFrame } from "./client.ts";
import { CONTENT, OUTSTANDING } from "./workload.ts";

/** One message in this many has its times taken. */
const SAMPLE_EVERY = 20;

/** Whether a client puts the frames that it has ready into one text (B1). */
export type Texts = "arrays" | "single frames";

/** What all participants of one load have seen together. */
export class Tally {
  sent = 0;
  accepted = 0;
  received = 0;
  acked = 0;
  readonly acceptedMs: number[] = [];
  readonly receivedMs: number[] = [];
  /** Of the messages whose times are taken. */
  readonly sentAt = new Map<string, number>();

  /** How many messages are through all three. */
  get done(): number {
    return Math.min(this.accepted, this.received, this.acked);
  }

  get counts(): object {
    const { sent, accepted, received, acked } = this;
    return { sent, accepted, received, acked };
  }

  get isSettled(): boolean {
    return [this.accepted, this.received, this.acked].every((count) => count === this.sent);
  }
}

/** An instance that sends to everyone in turn with `OUTSTANDING` messages not yet accepted, and acks what it receives. */
export class Participant {
  readonly #client: Client;
  readonly #everyone: readonly string[];
  readonly #texts: Texts;
  readonly #tally: Tally;
  #turn: number;
  #isSending = false;
  /** By recipient, and by sender: the number of the last message. */
  readonly #sentNumbers = new Map<string, number>();
  readonly #receivedNumbers = new Map<string, number>();

  private constructor(client: Client, everyone: readonly string[], texts: Texts, tally: Tally) {
    this.#client = client;
    this.#everyone = everyone;
    this.#texts = texts;
    this.#tally = tally;
    this.#turn = everyone.indexOf(client.id);
  }

  static async join(hub: RunningHub, id: string, everyone: readonly string[], texts: Texts, tally: Tally) {
    const client = await Client.connect(hub, id);
    const participant = new Participant(client, everyone, texts, tally);
    client.onFrames = (frames) => participant.#take(frames);
    return participant;
  }

  start(): void {
    this.#isSending = true;
    this.#send(this.#nextMessages(OUTSTANDING));
  }

  stop(): void {
    this.#isSending = false;
  }

  #take(frames: readonly Frame[]): void {
    let upTo = 0;
    let answered = 0;
    for (const frame of frames) {
      if (frame.action === "deliver") upTo = this.#receive(frame.messages);
      else if (frame.action === "receipt") this.#tally.acked += Number(frame.state === "acked");
      else if (frame.action === undefined) {
        if (frame.error !== undefined) throw new Error(`the hub refused a message: ${frame.error}`);
        answered++;
        this.#sample(frame.requestId, this.#tally.acceptedMs);
      }
    }
    this.#tally.accepted += answered;
    const acks = upTo === 0 ? [] : [ackFrame(upTo)];
    this.#send(this.#isSending ? [...acks, ...this.#nextMessages(answered)] : acks);
  }

  /** Checks that from each sender every message comes once and in order. Returns the last seq. */
  #receive(messages: Extract<Frame, { action: "deliver" }>["messages"]): number {
    for (const { messageId, from, content, attempt } of messages) {
      const number = Number.parseInt(content, 10);
      const expected = (this.#receivedNumbers.get(from) ?? 0) + 1;
      if (number !== expected || attempt !== 1) {
        throw new Error(`${this.#client.id} got ${number} of ${from}, attempt ${attempt}, instead of ${expected}`);
      }
      this.#receivedNumbers.set(from, number);
      this.#sample(messageId, this.#tally.receivedMs);
    }
    this.#tally.received += messages.length;
    return messages.at(-1)?.seq ?? 0;
  }

  #nextMessages(count: number): string[] {
    return Array.from({ length: count }, () => {
      const to = this.#everyone[this.#turn++ % this.#everyone.length] as string;
      const number = (this.#sentNumbers.get(to) ?? 0) + 1;
      this.#sentNumbers.set(to, number);
      const messageId = uuidv7();
      if (++this.#tally.sent % SAMPLE_EVERY === 0) this.#tally.sentAt.set(messageId, performance.now());
      return sendFrame(to, messageId, `${number} ${CONTENT}`.slice(0, CONTENT.length));
    });
  }

  #send(frames: readonly string[]): void {
    if (frames.length === 0) return;
    if (this.#texts === "arrays") this.#client.send(frames);
    else for (const frame of frames) this.#client.send([frame]);
  }

  #sample(messageId: string, times: number[]): void {
    const sentAt = this.#tally.sentAt.get(messageId);
    if (sentAt !== undefined) times.push(performance.now() - sentAt);
  }
}
