/** What there is to read: instances, topics, messages, a thread, a message's way, dead letters. */
import type { Command } from "commander";
import type { MessagePage, MessageRecord, Thread } from "../../shared/history.ts";
import { partialOf } from "../../shared/id-parts.ts";
import type { InstanceInfo } from "../../shared/message.ts";
import type { DeadLetter, Topic } from "../../shared/rest.ts";
import { findHub } from "../find-hub.ts";
import { parseMessageId, parsePositive } from "../message-options.ts";
import { agoOf, note, paint, print, printJson, printTable } from "../output.ts";
import { renderMessage } from "../render-message.ts";
import { askRest } from "../rest.ts";
import { showHub } from "./hub.ts";

const LIMIT = 20;

interface ReadOptions {
  json?: boolean;
  limit: number;
}

export function addReaders(program: Command): void {
  const reader = (name: string, description: string) =>
    program.command(name).description(description).option("--json", "print JSON");
  reader("instances", "who is on the hub").action(listInstances);
  reader("topics", "which topics there are").action(listTopics);
  reader("messages", "find messages, the newest first")
    .argument("[search...]", 'words, "phrases", from:ada type:task is:unanswered …')
    .option("--limit <number>", "how many at most", parsePositive, LIMIT)
    .action(searchMessages);
  reader("thread", "the conversation that a message is in")
    .argument("<id>", "a message in it", parseMessageId)
    .action(showThread);
  reader("status", "how the hub is, or how far a message got")
    .argument("[id]", "a message; without it, the hub", parseMessageId)
    .action((id: string | undefined, options: ReadOptions) =>
      id === undefined ? showHub(options) : showMessage(id, options),
    );
  reader("dead-letters", "what could not be delivered, and why").action(listDeadLetters);
}

async function listInstances({ json }: ReadOptions): Promise<void> {
  const instances = await askRest<InstanceInfo[]>(findHub(process.env), "/api/instances");
  if (json) return printJson(instances);
  const rows = instances
    .toSorted((a, b) => b.status.localeCompare(a.status) || a.instanceId.localeCompare(b.instanceId))
    .map(({ instanceId, status, role, queueDepth, lastSeenAt, paused }) => [
      `${status === "online" ? "online" : agoOf(lastSeenAt, Date.now())}${paused === undefined ? "" : ", paused"}`,
      instanceId,
      role ?? "",
      queueDepth > 0 ? `${queueDepth} waiting` : "",
    ]);
  printTable(["SEEN", "ID", "ROLE", "QUEUE"], rows, "nobody is on the hub yet.");
}

async function listTopics({ json }: ReadOptions): Promise<void> {
  const topics = await askRest<Topic[]>(findHub(process.env), "/api/topics");
  if (json) return printJson(topics);
  const rows = topics.map(({ name, subscriberCount, createdBy }) => [name, String(subscriberCount), createdBy]);
  printTable(["TOPIC", "FOLLOWED BY", "MADE BY"], rows, "there are no topics yet.");
}

async function searchMessages(words: string[], { json, limit }: ReadOptions): Promise<void> {
  const query = new URLSearchParams({ q: words.join(" "), limit: String(limit) });
  const page = await askRest<MessagePage>(findHub(process.env), `/api/messages?${query}`);
  if (json) return printJson(page.items);
  if (page.items.length === 0) note("nothing was found.");
  for (const item of page.items) printRecord(item);
  if (page.isBehind) note("history is catching up with a burst: ask again for the newest.");
}

async function showThread(id: string, { json }: ReadOptions): Promise<void> {
  const thread = await askRest<Thread>(findHub(process.env), `/api/threads/${encodeURIComponent(id)}`);
  if (json) return printJson(thread);
  for (const item of thread.items) printRecord(item);
  if (thread.truncated) note("it is longer than this; these are around the message.");
}

async function showMessage(id: string, { json }: ReadOptions): Promise<void> {
  const record = await askRest<MessageRecord>(findHub(process.env), `/api/messages/${encodeURIComponent(id)}`);
  if (json) return printJson(record);
  printRecord(record);
  for (const { state, at } of record.history) print(`  ${state.padEnd(10)} ${at}`);
  if (record.answeredAt !== undefined) print(`  ${"answered".padEnd(10)} ${record.answeredAt}`);
}

async function listDeadLetters({ json }: ReadOptions): Promise<void> {
  const letters = await askRest<DeadLetter[]>(findHub(process.env), "/api/dead-letters");
  if (json) return printJson(letters);
  const rows = letters.map(({ messageId, state, from, instanceId, reason }) => [
    messageId,
    state,
    `${from.includes("/") ? partialOf(from) : from} → ${partialOf(instanceId)}`,
    reason,
  ]);
  printTable(["ID", "STATE", "FROM → TO", "WHY"], rows, "there are no dead letters.");
}

/** One message with its id, to go on with: `thread`, `status` and `reply` take it. */
function printRecord(record: MessageRecord): void {
  for (const line of renderMessage(record, { width: process.stdout.columns ?? 80, mark: record.state })) print(line);
  print(paint("dim", `          ${record.messageId}`));
}
