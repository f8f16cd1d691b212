/** For the tests of this folder: a journal of their own, messages to feed it, and a consumer of its stream. */
import { env } from "cloudflare:workers";
import type { Result } from "../../shared/errors.ts";
import type { HubEvent, StreamEvent } from "../../shared/events.ts";
import type { MessagePage } from "../../shared/history.ts";
import type { Message } from "../../shared/message.ts";
import { bodyOf } from "../envelope.ts";
import type { JournalRpc } from "../rpc.ts";
import type { StateGroup } from "../states.ts";
import { groupLine, sentLine } from "../stream-lines.ts";
import { upgradeRequest } from "../upgrade.ts";

export const ALICE = "alice@laptop:web/s1";
export const BOB = "bob@server:api/s2";
export const NOON = Date.parse("2026-11-22T12:00:00.000Z");

let made = 0;

export function makeJournal(name: string): DurableObjectStub<JournalRpc> {
  return env.JOURNAL.getByName(name);
}

export function makeMessage(fields: Partial<Message> = {}): Message {
  return {
    messageId: crypto.randomUUID(),
    from: ALICE,
    to: BOB,
    type: "task",
    content: `message ${++made}`,
    timestamp: new Date(NOON + made).toISOString(),
    ...fields,
  };
}

export function stateGroup(messageId: string, state: StateGroup["state"], at = NOON): StateGroup {
  return { state, at, instanceId: BOB, ids: messageId };
}

/** Messages and states as lines of the exchange's outbox. */
export function makeFeed(messages: readonly Message[], states: readonly StateGroup[] = []): string[] {
  const sent = messages.map((message) => sentLine(bodyOf(message), Date.parse(message.timestamp)));
  return [...sent, ...states.map(groupLine)];
}

let fed = 0;

/** Hands lines to a journal that it has not had before; resolves when history has what they tell. */
export async function takeFeed(
  journal: Pick<JournalRpc, "takeLines" | "search">,
  lines: readonly string[],
): Promise<void> {
  const seq = ++fed;
  if (lines.length > 0) await journal.takeLines("exchange", seq, [[seq, lines.join("\n")]]);
  while (await isBehind(journal));
}

/** A question works for some time at most, and then says that the newest are still missing. */
async function isBehind(journal: Pick<JournalRpc, "search">): Promise<boolean> {
  const page = await (journal.search("", 1, null) as Promise<Result<MessagePage>>);
  return page.ok && page.value.isBehind === true;
}

/** Hands events to a journal as rows of an outbox. */
export async function takeEvents(
  journal: Pick<JournalRpc, "takeLines">,
  source: string,
  { seqs, events }: { seqs: number[]; events: string[] },
): Promise<void> {
  await journal.takeLines(
    source,
    seqs.at(-1) ?? 0,
    events.map((event, index) => [seqs[index] as number, event]),
  );
}

export function joined(instanceId: string): HubEvent {
  return { event: "instance:joined", timestamp: new Date(NOON).toISOString(), instanceId };
}

/** A consumer of the stream, and what it was told. */
export class TestConsumer {
  readonly events: StreamEvent[] = [];
  readonly texts: string[] = [];
  readonly ws: WebSocket;
  #look: () => void = () => {};

  private constructor(ws: WebSocket) {
    this.ws = ws;
    ws.addEventListener("message", ({ data }) => {
      this.texts.push(String(data));
      if (data !== "pong") this.events.push(...([JSON.parse(String(data))].flat() as StreamEvent[]));
      this.#look();
    });
    ws.accept();
  }

  static async open(
    journal: DurableObjectStub<JournalRpc>,
    start: { version?: 1 | 2; since?: number | null } = {},
  ): Promise<TestConsumer> {
    const principal = { keyId: "test", scope: "observer" as const, name: null, pattern: null };
    const facts = { principal, version: 2 as const, since: null, isSubprotocolAsked: false, ...start };
    const response = await journal.fetch(upgradeRequest(facts));
    return new TestConsumer(response.webSocket as WebSocket);
  }

  /** Resolves when it was told so many events, those of the hub about the stream included. */
  until(count: number): Promise<StreamEvent[]> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (this.events.length >= count) resolve(this.events);
      };
      this.#look();
    });
  }

  get cursors(): number[] {
    return this.events.flatMap((event) => (event.event === "hub:hello" ? [] : [event.cursor]));
  }
}
