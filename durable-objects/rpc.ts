/** What the objects say to each other by call. No object imports another: this file and `link.ts` are all they know. */
import type { Decision, DecisionPage } from "../shared/decisions.ts";
import type { Result } from "../shared/errors.ts";
import type {
  CopyCounts,
  FoundMessage,
  JournalStats,
  MessagePage,
  Presence,
  RecipientPage,
  StatsSeries,
  Thread,
  ThreadPage,
  Traffic,
} from "../shared/history.ts";
import type { KeyInfo, KeyRequest, SessionLink } from "../shared/keys.ts";
import type { LoopStop } from "../shared/loops.ts";
import type { InstanceInfo, Message } from "../shared/message.ts";
import type { Pause } from "../shared/pauses.ts";
import type { ClaimPage, ClaimWaitPage, DeadLetter, PingAnswer, QueuePage } from "../shared/rest.ts";
import type {
  Schedule,
  ScheduleChanges,
  ScheduleDetail,
  ScheduleFiring,
  SchedulePage,
  ScheduleRequest,
} from "../shared/schedules.ts";
import type { Task, TaskDetail, TaskPage } from "../shared/tasks.ts";
import type { Draft } from "./compose.ts";
import type { Principal } from "./principal.ts";
import type {
  DecisionsRequest,
  MessageParties,
  Published,
  RecipientsRequest,
  SchedulesRequest,
  SeriesQuery,
  SignedIn,
  SignInRequest,
  TasksRequest,
  ThreadsRequest,
  TopicInfo,
  TopicListing,
  TopicPage,
  TopicsRequest,
} from "./rpc-types.ts";

/** A client's connection. All else that concerns it passes through its link (`link.ts`). */
export interface MailboxRpc extends Rpc.DurableObjectBranded {
  /** An upgrade to `/ws/plugin` that the worker has authorised. */
  fetch(request: Request): Promise<Response>;
}

/** One instance of a client that speaks MCP over HTTP. */
export interface McpRpc extends Rpc.DurableObjectBranded {
  /** A request to `/mcp` that the worker has authorised (`mcp/request.ts`). */
  fetch(request: Request): Promise<Response>;
}

/** One topic, as REST asks for it. `unknown_topic`, with the nearest names, where it does not exist (E5). */
export interface TopicRpc extends Rpc.DurableObjectBranded {
  create(autoExpire: boolean): Promise<{ topic: TopicInfo; isNew: boolean }>;
  /** For admins and who answers for its maker; refused while anybody is in it. */
  remove(by: Principal): Promise<Result<null>>;
  /** Instance ids, by name. */
  subscribers(): Promise<Result<string[]>>;
  /** Creates the topic where there is none (E5). */
  subscribe(instanceId: string): Promise<Result<null>>;
  unsubscribe(instanceId: string): Promise<Result<null>>;
  /** Publishes as `dashboard`. What comes by one key is limited together (E4); a person's passes pauses (H3). */
  publish(by: Principal, draft: Draft, isPersistent: boolean, now: number): Promise<Result<Published>>;
  /** `cursor` as the last page returned it, null for the first. */
  history(limit: number, cursor: string | null): Promise<Result<TopicPage>>;
}

/** The hub's store. What clients ask comes by links; this is what REST and the directory ask. Ids may be retired ones (A4). */
export interface ExchangeRpc extends Rpc.DurableObjectBranded {
  /** A mailbox opens a link. */
  fetch(request: Request): Promise<Response>;
  /** How many instances are online. */
  health(): Promise<{ online: number }>;
  /** The hub goes down: closes the sockets of everyone online. Returns how many instances that were. */
  closeSockets(): Promise<number>;
  /** Closes the sockets that came with this key or session (4003); from here on none may come with it. */
  revoke(name: string): Promise<void>;
  /** Takes the patterns of all keys: the ids in them are for their holders (C8). */
  reserve(patterns: string[]): Promise<void>;
  /** Who is online with each key. */
  connectionsByKey(): Promise<[keyId: string, instanceIds: string[]][]>;
  /** Whether the disk has room: without, new messages are refused, and all else goes on. */
  noteDisk(hasRoom: boolean): Promise<void>;
  listInstances(): Promise<InstanceInfo[]>;
  /** For whom a persistent publication was accepted, while the exchange remembers it; null for any other message. */
  addressees(messageId: string): Promise<string[] | null>;
  ping(to: string): Promise<Result<PingAnswer>>;
  /**
   * Frees an offline id (C8), and those that forward to it: its queue ends as `removed`. `conflict` while it is online;
   * removing nothing is fine. `forbidden` where `by` may not do so with one of these ids.
   */
  removeInstance(instanceId: string, by: Principal): Promise<Result<null>>;
  /** Ends what is not acked as `removed`; returns how many that were. It is the queue of the id's successor (A4). */
  flushQueue(instanceId: string, by: Principal): Promise<Result<number>>;
  /** What is not acked, in order, behind a cursor of the page before (null for the first). */
  peekQueue(instanceId: string, limit: number, cursor: string | null): Promise<Result<QueuePage>>;
  /** For admins, and who answers for its sender or recipient. `told`: what history knows of it; null for nothing. */
  deleteMessage(messageId: string, by: Principal, told: MessageParties | null): Promise<Result<null>>;
  /** The newest first. */
  deadLetters(limit: number): Promise<DeadLetter[]>;
  /** Puts a dead letter back into the queue under its id; `not_found` where there is none. */
  retryDeadLetter(messageId: string): Promise<Result<null>>;
  dropDeadLetter(messageId: string): Promise<Result<null>>;
  /** The newest first. */
  tasks(request: TasksRequest): Promise<TaskPage>;
  task(taskId: string): Promise<TaskDetail | null>;
  /** For admins, and who answers for its requester or owner. */
  cancelTask(taskId: string, note: string | undefined, by: Principal): Promise<Result<Task>>;
  /** For the same. `to`: an instance's full id; `told`: what history has under the task's id, null for nothing. */
  reassignTask(
    taskId: string,
    to: string,
    note: string | undefined,
    by: Principal,
    told: Message | null,
  ): Promise<Result<Task>>;
  decisions(request: DecisionsRequest): Promise<DecisionPage>;
  decision(decisionId: string): Promise<Decision | null>;
  /** The first answer counts; `conflict` says whose that was. `forbidden` where `by` may not answer it. */
  answerDecision(decisionId: string, answer: string, note: string | null, by: Principal): Promise<Result<Decision>>;
  /** All that is held, the oldest first, behind a token. */
  listClaims(after: number, limit: number): Promise<ClaimPage>;
  /** Those who wait for claims, the first in line first, behind the number of one. */
  listClaimWaits(after: number, limit: number): Promise<ClaimWaitPage>;
  /** Takes a name from those who hold it, and tells them who did so; returns their ids. `not_found` where nobody does. */
  forceRelease(name: string, by: string): Promise<Result<string[]>>;
  /** The newest first; of long contents the beginning. */
  schedules(request: SchedulesRequest): Promise<SchedulePage>;
  schedule(scheduleId: string): Promise<ScheduleDetail | null>;
  createSchedule(request: ScheduleRequest, by: Principal): Promise<Result<Schedule>>;
  /** These for who made it, admins, and who answers for the instance that made it. */
  updateSchedule(scheduleId: string, changes: ScheduleChanges, by: Principal): Promise<Result<Schedule>>;
  deleteSchedule(scheduleId: string, by: Principal): Promise<Result<{ scheduleId: string }>>;
  /** Once now, besides its times. */
  runSchedule(scheduleId: string, by: Principal): Promise<Result<ScheduleFiring>>;
  /** The oldest first. */
  listPauses(): Promise<Pause[]>;
  /** `target` as `readPauseTarget` takes it. For admins; a session also for who answers for it. */
  pause(target: string, reason: string | undefined, by: Principal): Promise<Result<Pause>>;
  /** `false`: it was not paused. */
  resume(target: string, by: Principal): Promise<Result<boolean>>;
  /** Exchanges that were stopped (G1), the oldest first. */
  listLoops(): Promise<LoopStop[]>;
  /** Lets one go on; for any member, with a pattern only where that has one of its sessions. */
  resumeLoop(loopId: string, by: Principal): Promise<Result<LoopStop>>;
  /** By name. */
  listTopics(request: TopicsRequest): Promise<TopicListing[]>;
  createTopic(name: string, autoExpire: boolean): Promise<{ topic: TopicInfo; isNew: boolean }>;
  /** For admins, and who answers for the instance that made it. Refused while anybody is in it. */
  removeTopic(name: string, by: Principal): Promise<Result<null>>;
  /** By name; `unknown_topic`, with the nearest names, where it does not exist (E5), as in all that follow. */
  subscribers(name: string): Promise<Result<string[]>>;
  /** Creates the topic where there is none. */
  subscribe(name: string, instanceId: string): Promise<Result<null>>;
  unsubscribe(name: string, instanceId: string): Promise<Result<null>>;
  /** Publishes as `dashboard`; a person's, who asks with a sign-in, passes pauses (H3). */
  publish(name: string, draft: Draft, persistent: boolean, isPerson: boolean): Promise<Result<Published>>;
  /** Newest first; `cursor` as the last page returned it. */
  topicHistory(name: string, limit: number, cursor: string | null): Promise<Result<TopicPage>>;
}

/** Keys and sign-ins. */
export interface DirectoryRpc extends Rpc.DurableObjectBranded {
  health(): Promise<void>;
  /** Who holds the minted key with this SHA-256 (hex); null for nobody. */
  principalOfKey(hash: string, now: number): Promise<Principal | null>;
  principalOfSession(session: string, now: number): Promise<Omit<SignedIn, "session"> | null>;
  /** `client` is what failures are counted by. */
  signIn(credential: SignInRequest, client: string, now: number): Promise<Result<SignedIn>>;
  /** A link that signs in once, as this key. */
  makeLink(keyId: string, now: number): Promise<SessionLink>;
  /** The patterns of keys with which instances connect (C8). */
  listPatterns(): Promise<string[]>;
  /** A key of the environment, which no object needs to ask about, was used. */
  noteAdminUse(keyId: string, now: number): Promise<void>;
  /** Those of the environment first, then the minted ones by age. */
  listKeys(): Promise<KeyInfo[]>;
  /** Makes a key; its text is in this answer and nowhere else. Refused where the one that asks was revoked meanwhile. */
  mintKey(request: KeyRequest, mintedBy: string, now: number): Promise<Result<KeyInfo & { key: string }>>;
  /** Ends a key and those that it minted, unless those are to be kept, and closes what is connected with them. Returns which. */
  revokeKey(keyId: string, keepsMinted: boolean): Promise<string[]>;
  /** Ends a session, and closes what is connected with it. */
  endSession(session: string, now: number): Promise<void>;
}

/**
 * History, search, counts, and the event stream. Fed from outboxes, never on the path of a delivery: a message shows up
 * here some tenths of a second after its sender has its reply.
 */
export interface JournalRpc extends Rpc.DurableObjectBranded {
  /** An upgrade to `/ws/dashboard` (C2). */
  fetch(request: Request): Promise<Response>;
  /** The hub goes down: every stream closes with 1001. */
  closeSockets(): Promise<void>;
  /**
   * Takes in rows of an outbox, in the order of their positions: what was taken before from this source is left out. Lines
   * are those of the stream (`stream-lines.ts`), joined by line breaks. Resolves when they are on disk.
   */
  takeLines(source: string, upTo: number, rows: [seq: number, lines: string][]): Promise<void>;
  /**
   * `GET /api/messages`, newest first. `query` takes words, "phrases", -negation, and the operators from: to: type:
   * topic: role: project: is: after: before: ("" finds everything). `limit` 1 to PAGE_MAX; `cursor` as the last page's
   * `nextCursor`, null for the first. A query that cannot be understood is `invalid_payload` with a sentence.
   */
  search(query: string, limit: number, cursor: string | null): Promise<Result<MessagePage>>;
  /** `GET /api/messages/:id`: null for one that history does not have (404). Publications and broadcasts by their own id. */
  message(messageId: string): Promise<FoundMessage | null>;
  /** How far the copies of a publication for these instances got; null where it has none for them. */
  copies(messageId: string, instanceIds: string[]): Promise<CopyCounts | null>;
  /** `GET /api/messages/:id/recipients`: whom a message was for, with the others of one role message. Null for an unknown one. */
  recipients(request: RecipientsRequest): Promise<RecipientPage | null>;
  /** The journal's part of `GET /api/stats`; `activeInstances` is the directory's. */
  stats(now: number): Promise<JournalStats>;
  threads(request: ThreadsRequest): Promise<Result<ThreadPage>>;
  /** The whole thread that a message is in; null for a message that history does not have. */
  thread(messageId: string): Promise<Thread | null>;
  series(query: SeriesQuery, now: number): Promise<StatsSeries>;
  traffic(from: number, to: number): Promise<Traffic>;
  /** When an instance was online between two times, epoch ms. */
  presence(instanceId: string, from: number, to: number): Promise<Presence>;
  /** How many streams are open with each key. */
  countStreams(): Promise<[keyId: string, streams: number][]>;
  /** Closes the streams that came with this key or session (4003); from here on none may come with it. */
  revoke(name: string): Promise<void>;
}
