/**
 * Converts the data of cc2cc 0.1 at the first start: there, each mailbox had its own queue, each topic its publications, and
 * the directory who exists. What 0.1 wrote is only read, and stays; a crash in between starts over (docs/decisions/0006).
 */
import { utf8Length } from "../../shared/message.ts";
import { digestOf } from "../content-digest.ts";
import { copyOf, messageIdOf, senderOf, withRecipient } from "../envelope.ts";
import { dumpTable, type LegacyRow, type LegacyRpc, readTable } from "../legacy/dump.ts";
import { readArchive } from "../legacy/read-archive.ts";
import { readLogRow } from "../legacy/read-log.ts";
import { log } from "../log.ts";
import type { JournalRpc } from "../rpc.ts";
import { sentLine } from "../stream-lines.ts";
import { State } from "./store/delivery-state.ts";
import { type ConvertedMessage, StoreWriter } from "./store/store-writer.ts";

/** What 0.1 left, object by object. */
export interface LegacyHub {
  directory: LegacyRpc;
  mailbox(instanceId: string): LegacyRpc;
  topic(name: string): LegacyRpc;
  journal: Pick<JournalRpc, "message" | "takeLines">;
}

/** States as 0.1 numbered them. */
const LEGACY_STATES: readonly State[] = [
  State.queued,
  State.delivered,
  State.acked,
  State.seen,
  State.expired,
  State.dead,
  State.removed,
];
const PROGRESS_EVERY = 200;

/** Fills an empty store. Returns how many instances it found; 0 for a hub that is new. */
export async function convertLegacy(storage: DurableObjectStorage, legacy: LegacyHub): Promise<number> {
  const writer = new StoreWriter(storage);
  const instances = await collect(readTable(legacy.directory, "instances"));
  if (instances.length === 0) return 0;
  log("info", "converting the data of cc2cc 0.1", { instances: instances.length });
  writer.clear();
  writer.addInstances(instances);
  await convertTopics(writer, legacy);
  for (const [index, { instance_id }] of instances.entries()) {
    await convertMailbox(writer, String(instance_id), legacy.mailbox(String(instance_id)));
    if ((index + 1) % PROGRESS_EVERY === 0) {
      log("info", "converting", { done: index + 1, of: instances.length, messages: writer.count });
    }
  }
  await convertLog(writer, storage, legacy);
  await tellOutbox(legacy, legacy.directory);
  log("info", "converted the data of cc2cc 0.1", { instances: instances.length, messages: writer.count });
  return instances.length;
}

async function convertTopics(writer: StoreWriter, legacy: LegacyHub): Promise<void> {
  for (const row of await collect(readTable(legacy.directory, "topics"))) {
    const name = String(row.name);
    const topic = legacy.topic(name);
    const members = await collect(readTable(topic, "subscribers"));
    writer.addTopic(
      row,
      members.map(({ instance_id }) => String(instance_id)),
      Date.now(),
    );
    for await (const publication of readTable(topic, "publications")) {
      writer.addPublication(name, publication);
      const pending = publication.persistent === 1 ? readPending(publication.pending) : [];
      writer.addMessages(pending.map((recipient) => toOwed(publication, recipient)));
    }
    await tellOutbox(legacy, topic);
  }
}

/** Whom a crash kept from being owed a publication. */
function readPending(json: LegacyRow[string] | undefined): string[] {
  return json == null ? [] : (JSON.parse(String(json)) as string[]);
}

function toOwed(publication: LegacyRow, owner: string): ConvertedMessage {
  const body = copyOf(String(publication.body), owner);
  return {
    ...QUEUED,
    owner,
    messageId: messageIdOf(body),
    sender: senderOf(body),
    body,
    bytes: utf8Length(body),
    acceptedAt: Number(publication.published_at),
    expiresAt: Number(publication.expires_at),
  };
}

async function convertMailbox(writer: StoreWriter, owner: string, mailbox: LegacyRpc): Promise<void> {
  const seen = new Map<string, number>();
  for await (const row of readTable(mailbox, "seen")) seen.set(String(row.message_id), Number(row.seen_at));
  for await (const row of readTable(mailbox, "archive")) {
    const archived = readArchive(String(row.lines), digestOf);
    writer.addMessages(
      archived.map(({ messageId, sender, digest, isSeen, attempts, ...at }) => ({
        ...QUEUED,
        ...{ owner, messageId, sender, body: null, digest, bytes: 0, attempts },
        state: at.ackedAt === 0 ? State.written : isSeen || seen.has(messageId) ? State.seen : State.acked,
        acceptedAt: at.queuedAt,
        expiresAt: 0,
        deliveredAt: at.deliveredAt || null,
        ackedAt: at.ackedAt || null,
        seenAt: seen.get(messageId) ?? (at.seenAt || null),
      })),
    );
  }
  for await (const row of readTable(mailbox, "messages")) writer.addMessages([fromMailboxRow(owner, row)]);
}

function fromMailboxRow(owner: string, row: LegacyRow): ConvertedMessage {
  const state = LEGACY_STATES[Number(row.state)] ?? State.dead;
  // A v1 client was written to and owes nothing: its lease is 0.
  const isWritten = state === State.delivered && row.lease_until === 0;
  return {
    owner,
    messageId: String(row.message_id),
    sender: String(row.sender),
    body: String(row.body),
    digest: null,
    bytes: Number(row.bytes),
    state: isWritten ? State.written : state,
    attempts: Number(row.attempts),
    acceptedAt: Number(row.queued_at),
    expiresAt: Number(row.expires_at),
    deliveredAt: Number(row.delivered_at) || null,
    ackedAt: null,
    seenAt: null,
    endedAt: row.ended_at === null ? null : Number(row.ended_at),
    reason: row.reason === null ? null : String(row.reason),
  };
}

/** What the log still held: mailboxes that do not have it owe it, and the journal hears of what it does not know. */
async function convertLog(writer: StoreWriter, storage: DurableObjectStorage, legacy: LegacyHub): Promise<void> {
  for (let offset: number | null = 0; offset !== null; ) {
    const { rows, next } = dumpTable(storage, "log", offset);
    for (const { recipient, body, acceptedAt, expiresAt } of rows.flatMap(readLogRow)) {
      const messageId = messageIdOf(body);
      const facts = { owner: recipient, messageId, sender: senderOf(body), bytes: utf8Length(body) };
      writer.addMessages([{ ...QUEUED, ...facts, body: withRecipient(body, recipient), acceptedAt, expiresAt }]);
      const isCopy = withRecipient(body, "") === body;
      if (!isCopy && (await legacy.journal.message(messageId)) === null) writer.tell(sentLine(body, acceptedAt));
    }
    offset = next;
  }
}

/** Events that an object of 0.1 had not told the journal yet; those that the journal has it knows by their place. */
async function tellOutbox({ journal }: LegacyHub, object: LegacyRpc): Promise<void> {
  const rows = await collect(readTable(object, "outbox"));
  const last = rows.at(-1);
  const id = await object.dumpLegacyText("outboxId");
  if (last === undefined || id === null) return;
  const name = await object.dumpLegacyText("name");
  const source = `${name === null ? "directory" : `topic:${name}`}#${id}`;
  await journal.takeLines(
    source,
    Number(last.seq),
    rows.map(({ seq, event }) => [Number(seq), String(event)]),
  );
}

const QUEUED = {
  digest: null,
  state: State.queued,
  attempts: 0,
  deliveredAt: null,
  ackedAt: null,
  seenAt: null,
  endedAt: null,
  reason: null,
};

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
