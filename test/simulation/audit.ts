/** Compares what clients said and saw with what the hub tells everyone else: REST, search, topic history and the stream. */
import type { HubEvent } from "../../shared/events.ts";
import type { MessageRecord } from "../../shared/history.ts";
import type { InstanceInfo, Message } from "../../shared/message.ts";
import type { DeadLetter } from "../../shared/rest.ts";
import { call, pathOf } from "../helpers/workerd/rest.ts";
import { copyIdsFor, type Item, type Ledger, type Person } from "./ledger.ts";
import type { Observer } from "./observer.ts";

/** The journal is some tenths of a second behind; after this long it is not late but wrong. */
const PATIENCE_LOOKS = 8;
const LOOK_EVERY_MS = 600;

const RANK: Record<string, number> = { queued: 0, delivered: 1, acked: 2, seen: 3, expired: 4, dead: 4, removed: 4 };

type Faults = string[];
type StateEvent = Extract<HubEvent, { event: "message:state" }> & { cursor: number };

/** Looks until nothing is wrong any more; returns what is still wrong at the last look. */
export async function untilRight(
  look: () => Promise<Faults>,
  looks = PATIENCE_LOOKS,
  everyMs = LOOK_EVERY_MS,
): Promise<Faults> {
  for (let left = looks; ; left--) {
    const faults = await look();
    if (faults.length === 0 || left <= 1) return faults;
    await scheduler.wait(everyMs);
  }
}

/** Everything there is to compare when a run is over and all is acked. */
export async function audit(ledger: Ledger, observer: Observer, partial: string): Promise<Faults> {
  const history = await searchAll(`project:${partial.slice(partial.indexOf(":") + 1)}`);
  const faults = [...observer.faults];
  const byId = Map.groupBy(history, (record) => record.messageId);
  for (const [id, records] of byId) {
    if (records.length > 1) faults.push(`search finds ${id} ${records.length} times`);
    if (ledger.itemOf(records[0]?.content ?? "") === undefined) faults.push(`search finds ${id}, which nobody said`);
  }
  for (const item of ledger.items) {
    if (item.kind === "role") auditRole(item, ledger, byId, observer, faults);
    else auditWhole(item, item.messageId, isKnown(item, ledger), byId, observer, faults);
  }
  for (const person of ledger.people) auditStates(person, ledger, observer, faults);
  await auditRecords(ledger, byId, faults);
  await auditTopics(ledger, faults);
  await auditDeadLetters(ledger, faults);
  return faults;
}

/** Accepted by an answer, or proven by someone who had it. */
function isKnown(item: Item, { people }: Ledger): boolean {
  return item.acceptedAt > 0 || people.some((person) => person.had.includes(item));
}

/** E3: each recipient's copy is a message of its own. Which of someone's ids it was made for, the hub knows. */
function auditRole(
  item: Item,
  ledger: Ledger,
  byId: Map<string, MessageRecord[]>,
  observer: Observer,
  faults: Faults,
): void {
  for (const person of ledger.people) {
    const had = [...person.seen].find(([, other]) => other === item)?.[0];
    const ids = had === undefined ? copyIdsFor(item, person).filter((id) => byId.has(id)) : [had];
    for (const id of ids) auditWhole(item, id, had !== undefined, byId, observer, faults);
    if (had === undefined && item.acceptedAt > 0 && item.to.has(person) && ids.length !== 1) {
      faults.push(`role message ${item.content} to ${person.name} is ${ids.length} times in the history`);
    }
  }
}

/** Search and stream know a message once if it was accepted, and at most once otherwise. */
function auditWhole(
  item: Item,
  id: string,
  isSure: boolean,
  byId: Map<string, MessageRecord[]>,
  observer: Observer,
  faults: Faults,
): void {
  const what = `${item.kind} message ${item.content} (${id})`;
  const events = observer.events.filter(
    (event) => (event.event === "message:sent" || event.event === "topic:message") && event.message.messageId === id,
  );
  if (events.length > 1) faults.push(`${what} is ${events.length} times in the stream`);
  if (isSure && events.length === 0) faults.push(`${what} is not in the stream`);
  const found = byId.get(id) ?? [];
  if (isSure && found.length === 0) faults.push(`${what} is not found by search`);
  for (const { content, from } of found) {
    if (content !== item.content || !item.author.ids.includes(from)) faults.push(`${what} is changed in the history`);
  }
}

/** Right after a crash, with nobody back: what was answered is in stream and history without anything to wake them. */
export async function auditWholes(items: readonly Item[], observer: Observer): Promise<Faults> {
  const faults: Faults = [];
  for (const { kind, content, messageId } of items) {
    if (kind === "role") continue;
    const isTold = observer.events.some((event) => "message" in event && event.message.messageId === messageId);
    const { status } = await call(`GET /api/messages/${messageId}`);
    const what = `${kind} message ${content} (${messageId}), answered before a crash,`;
    if (!isTold) faults.push(`${what} is not in the stream`);
    if (status !== 200) faults.push(`${what} is answered with ${status}`);
  }
  return faults;
}

/** Stream states of each copy that someone had: each once, in their order (but for what a retry brought back), as told by receipts. */
function auditStates(person: Person, ledger: Ledger, observer: Observer, faults: Faults): void {
  const states = observer.events.filter((event): event is StateEvent => event.event === "message:state");
  const byId = Map.groupBy(states, (event) => event.messageId);
  for (const [id, item] of person.seen) {
    if (item.kind === "live") continue;
    const events = byId.get(id) ?? [];
    const told = events.map((event) => event.state);
    const what = `${item.kind} message ${item.content} (${id}) for ${person.name}, of which the stream told ${told.join()}`;
    if (!item.isRetried) {
      // After a change of id it may be delivered again, to the new one.
      const steps = new Set(events.map(({ state, instanceId }) => `${state} ${instanceId}`));
      if (steps.size !== told.length) faults.push(`${what}: twice the same`);
      const ranks = told.map((state) => RANK[state] as number);
      if (ranks.some((rank, i) => rank < (ranks[i - 1] ?? 0))) faults.push(`${what}: out of order`);
    }
    const isEnded = person.flushed.has(item) || person.perhapsEnded.has(item) || ledger.mayHaveExpired(item);
    if (person.surelyAcked.has(id) && !isEnded && !told.some((state) => state === "acked" || state === "seen")) {
      faults.push(`${what}: its ack was answered`);
    }
  }
  for (const { messageId, state } of person.receipts) {
    if (!(byId.get(messageId) ?? []).some((event) => event.state === state)) {
      faults.push(`the stream did not tell ${state} of ${messageId}, of which ${person.name} has a receipt`);
    }
  }
}

/** Each message by its id, with its state: what an answered ack made of it, and what its sender's `status` says. */
async function auditRecords(ledger: Ledger, byId: Map<string, MessageRecord[]>, faults: Faults): Promise<void> {
  for (const item of ledger.items) {
    if (item.kind !== "direct" || !isKnown(item, ledger)) continue;
    const { status, body } = await call(`GET /api/messages/${item.messageId}`);
    const { state, history } = body as MessageRecord;
    const what = `direct message ${item.content} (${item.messageId})`;
    if (status !== 200) {
      faults.push(`${what} was asked for and answered with ${status}`);
      continue;
    }
    if (byId.get(item.messageId)?.[0]?.state !== state) faults.push(`${what} has another state by search than by id`);
    const [reader] = item.to;
    if (reader === undefined || item.isRetried) continue;
    const isEnded = reader.flushed.has(item) || reader.perhapsEnded.has(item) || ledger.mayHaveExpired(item);
    const isAcked = state === "acked" || state === "seen";
    if (reader.surelyAcked.has(item.messageId) && !isEnded && !isAcked) faults.push(`${what} ended as ${state}`);
    if (state === "queued" || state === "delivered") faults.push(`${what} is still ${state} at the end`);
    const ranks = history.map((step) => RANK[step.state] as number);
    if (ranks.some((rank, i) => rank < (ranks[i - 1] ?? 0)))
      faults.push(`${what} has the history ${JSON.stringify(history)}`);
  }
}

async function auditTopics(ledger: Ledger, faults: Faults): Promise<void> {
  const items = ledger.items.filter((item) => item.topic !== undefined);
  for (const [topic, said] of Map.groupBy(items, (item) => item.topic as string)) {
    const { status, body } = await call(`GET /api/topics/${pathOf(topic)}/messages?limit=200`);
    const found = status === 200 ? (body as { items: Message[] }).items : [];
    for (const item of said) {
      const times = found.filter((message) => message.messageId === item.messageId).length;
      const isMissing = times === 0 && isKnown(item, ledger);
      if (times > 1 || isMissing) faults.push(`${item.kind} message ${item.content} is ${times} times in ${topic}`);
    }
  }
}

/** Q6: what a flush or its time has ended is a dead letter; what was acked is none. */
async function auditDeadLetters(ledger: Ledger, faults: Faults): Promise<void> {
  const dead = new Set((await deadLetters()).map((letter) => letter.messageId));
  for (const item of ledger.items) {
    if (item.kind === "live" || item.isRetried) continue;
    for (const person of [...item.to]) {
      const ids = copyIdsFor(item, person);
      const isAckSent = ids.some((id) => person.acked.has(id));
      const isDead = ids.some((id) => dead.has(id));
      const what = `${item.kind} message ${item.content} for ${person.name}`;
      const isAcked = ids.some((id) => person.surelyAcked.has(id));
      if (
        isAcked &&
        isDead &&
        !person.flushed.has(item) &&
        !person.perhapsEnded.has(item) &&
        !ledger.mayHaveExpired(item)
      ) {
        faults.push(`Q6: ${what} was acked and is a dead letter`);
      }
      if (person.flushed.has(item) && item.acceptedAt > 0 && !isAckSent && !isDead) {
        faults.push(`Q6: ${what} was flushed and is no dead letter`);
      }
    }
  }
}

export async function deadLetters(): Promise<DeadLetter[]> {
  return (await call("GET /api/dead-letters")).body as DeadLetter[];
}

/** Lists hold only the newest, and others on this hub may have let more time pass than a run will: they make room. */
export async function dropDeadLetters(): Promise<void> {
  for (let page = await deadLetters(); page.length > 0; page = await deadLetters()) {
    for (const { messageId } of page) await call(`DELETE /api/dead-letters/${messageId}`);
  }
}

/** Everything search finds, page by page. */
async function searchAll(query: string): Promise<MessageRecord[]> {
  const all: MessageRecord[] = [];
  for (let cursor = ""; ; ) {
    const { status, body } = await call(`GET /api/messages?q=${encodeURIComponent(query)}&limit=200${cursor}`);
    if (status !== 200) throw new Error(`search answered ${status}: ${JSON.stringify(body)}`);
    const page = body as { items: MessageRecord[]; nextCursor?: string };
    all.push(...page.items);
    if (page.nextCursor === undefined) return all;
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
}

/** Whose id is gone although mail waits for it. */
export async function auditPresence(ledger: Ledger, people: readonly Person[]): Promise<Faults> {
  const all = (await call("GET /api/instances")).body as InstanceInfo[];
  const known = new Set(all.map(({ instanceId }) => instanceId));
  return people.flatMap((person) => {
    const owed = ledger.surelyOwed(person).length;
    return owed === 0 || person.ids.some((id) => known.has(id))
      ? []
      : [`Q6: ${person.id} is gone, with ${owed} messages`];
  });
}

/** What `/api/instances` and `/api/queue` say of someone's depth against what may and what must be owed. */
export async function auditDepths(ledger: Ledger, people: readonly Person[]): Promise<Faults> {
  const all = (await call("GET /api/instances")).body as InstanceInfo[];
  const faults: Faults = [];
  for (const person of people) {
    const row = all.find((instance) => instance.instanceId === person.id);
    const [least, most] = [ledger.surelyOwed(person), ledger.perhapsOwed(person)];
    const what = `${person.name} (${person.id}), who is owed ${least.length} to ${most.length}`;
    if (row === undefined) {
      if (least.length > 0 || !person.isTab) faults.push(`${what}, is not among the instances`);
      continue;
    }
    if (row.queueDepth < least.length || row.queueDepth > most.length) {
      faults.push(`${what}, has depth ${row.queueDepth} by /api/instances`);
      continue;
    }
    const { depth } = (await call(`GET /api/queue/${pathOf(person.id)}`)).body as { depth: number };
    if (depth !== row.queueDepth)
      faults.push(`${what}: depth ${row.queueDepth} by /api/instances, ${depth} by /api/queue`);
  }
  return faults;
}
