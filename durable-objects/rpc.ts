/** What the objects say to each other. No object imports another: this file is all they know of their peers. */
import type { ErrorCode, Failure, Result } from "../shared/errors.ts";
import type { HubEvent } from "../shared/events.ts";
import type {
  CopyCounts,
  JournalStats,
  MessagePage,
  MessageRecord,
  StatsSeries,
  Thread,
  ThreadPage,
  Traffic,
} from "../shared/history.ts";
import type { KeyInfo, KeyRequest, SessionLink } from "../shared/keys.ts";
import type { InstanceInfo, Message, MessageStatus } from "../shared/message.ts";
import type { DeadLetter, QueuePage } from "../shared/rest.ts";
import type { Draft } from "./compose.ts";
import type { FanOutColumns, LoggedColumns, ParcelColumns } from "./parcels.ts";
import type { Principal } from "./principal.ts";
import type { StateGroup } from "./states.ts";

/** What became of a parcel. `deliveredAt` is 0 while it waits. `moved`: the mailbox is retired (A4), its successor gets it. */
export type Verdict =
  | { ok: true; to: string; queued: boolean; duplicate: boolean; deliveredAt: number }
  | Failure
  | { ok: false; moved: string };

/** A verdict as the sender sees it: moves are followed by the exchange. */
export type FinalVerdict = Exclude<Verdict, { moved: string }>;

/** An id that an instance has left (Q8), and the greatest message id it had. */
export interface Predecessor {
  id: string;
  highestId: string;
}

/** Verdicts of a batch: what is usual stands in columns, everything else in `special`, by index. */
export interface VerdictColumns {
  /** When each was written to the recipient's socket, epoch ms; 0 for one that waits. */
  deliveredAt: number[];
  /** Whether the recipient is away, so that it waits in its queue. */
  isQueued: boolean[];
  special: [index: number, verdict: Verdict][];
}

/** What became of the copies of publications: how many, by the publication's index. */
export interface FanOutCounts {
  delivered: number[];
  /** Whose recipient is away. */
  queued: number[];
  refused: number[];
  /** Recipients that exist no more. */
  unknown: string[];
}

/** What became of messages, by who sent them; "" where no sender is to hear it. */
export type StateChanges = [sender: string, states: StateGroup[]][];

/** Who asks to hold an instance id (C8). */
export interface ConnectRequest {
  instanceId: string;
  version: 1 | 2;
  /** SHA-256 of the secret the client brought, hex; null when it brought none. */
  identityHash: string | null;
  /** Whose key the client came with. */
  principal: Principal;
  now: number;
}

export type ConnectVerdict =
  | {
      ok: true;
      /** Grows with every connection of this id; whoever names an older one is not heard (C7). */
      epoch: number;
      role: string | null;
      topics: string[];
      /** Made by the hub, to be told once to a v2 client that brought none. */
      identityToken: string | null;
    }
  | { ok: false; code: ErrorCode; error: string };

/** The new id's place in the directory after a session change (Q8). */
export interface FinishedMove {
  epoch: number;
  role: string | null;
  topics: string[];
}

/** A message on its way from a retired mailbox to its successor, with what became of it so far. Times in epoch ms. */
export interface MovedMessage {
  messageId: string;
  body: string;
  bytes: number;
  attempts: number;
  expiresAt: number;
  queuedAt: number;
  deliveredAt: number;
}

export type Resolution =
  | { kind: "one"; instanceId: string; online: boolean }
  | { kind: "many"; instanceIds: string[] }
  | { kind: "none" };

/** One topic as lists show it. Times ISO 8601. */
export interface TopicInfo {
  name: string;
  createdAt: string;
  createdBy: string;
  subscriberCount: number;
  /** Whether it goes away by itself some time after the last subscriber left. */
  autoExpire: boolean;
}

/** What a publisher asks of a topic. `from` is an instance id, or `dashboard` for REST. */
export interface PublishRequest {
  from: string;
  fromRole: string | null;
  draft: Draft;
  persistent: boolean;
}

export interface Published {
  delivered: number;
  queued: number;
  messageId: string;
  /** Q6: subscribers whose queue is full; they do not get it. */
  refused?: number;
  duplicate?: true;
}

export interface TopicRpc extends Rpc.DurableObjectBranded {
  /** Idempotent; returns whether it is new. `isExpiring`: goes away by itself some time after its last subscriber. */
  create(topic: string, createdBy: string, isExpiring: boolean, now: number): Promise<boolean>;
  /** Creates the topic if there is none (E5); idempotent. `isOwnWish`: the instance itself asked, so it need not be told. */
  subscribe(topic: string, instanceId: string, now: number, isOwnWish?: boolean): Promise<void>;
  /** Returns whether it was subscribed. */
  unsubscribe(instanceId: string, now: number, isOwnWish?: boolean): Promise<boolean>;
  /** Q8: the same subscription under another id. */
  replaceSubscriber(oldId: string, newId: string): Promise<void>;
  subscribers(): Promise<string[]>;
  /**
   * Q9. Publishes in the order given; answers when all are on disk and the persistent ones accepted for every subscriber
   * of that moment.
   */
  publish(requests: PublishRequest[]): Promise<Result<Published>[]>;
  /** Newest first; `cursor` as the last page returned it. */
  history(limit: number, cursor: string | null): Promise<{ items: Message[]; nextCursor: string | null }>;
  /** Refused while it has subscribers. */
  remove(): Promise<Result<{ subscriberCount: number }>>;
}

/** Who holds a relayed socket, and under which epoch of the new id. */
export interface RelayFacts {
  home: string;
  epoch: number;
  version: 1 | 2;
}

export interface MailboxRpc extends Rpc.DurableObjectBranded {
  fetch(request: Request): Promise<Response>;
  /** Takes a batch in; `receipts` are for this instance as a sender, and ride along. */
  apply(parcels: LoggedColumns, receipts: StateGroup[]): Promise<VerdictColumns>;
  /** How far a message got; only its sender hears, under any id it has had. */
  status(messageId: string, askers: string[]): Promise<MessageStatus | null>;
  isLive(epoch: number): Promise<boolean>;
  /** Writes bodies to the live socket, without a queue behind it; false when there is none. */
  writeLive(bodies: string[]): Promise<boolean>;
  /** Q8: takes over what a mailbox that retires has not got acked, oldest first. Idempotent. */
  adopt(instanceId: string, messages: MovedMessage[], predecessors: Predecessor[]): Promise<void>;
  /** Q8: the client goes on under this id, on a socket that another mailbox holds. */
  takeOver(instanceId: string, relay: RelayFacts, role: string | null): Promise<void>;
  /** A text of a client whose socket another mailbox holds; false when the client is not here (yet, or any more). */
  relayIn(epoch: number, data: string | ArrayBuffer): Promise<boolean>;
  relayClosed(epoch: number): Promise<void>;
  /** To the client whose socket is here; false when it is gone. */
  relayOut(instanceId: string, epoch: number, text: string): Promise<boolean>;
  relayClose(instanceId: string, epoch: number, code: number, reason: string): Promise<boolean>;
  holdsRelay(instanceId: string, epoch: number): Promise<boolean>;
  /** Q8: the socket here that speaks for `from` speaks for `to` from now on; false when it is gone. */
  retarget(from: string, fromEpoch: number, to: string, toEpoch: number): Promise<boolean>;
  /** M3 over a session change: of these ids, those this mailbox had before it was retired, as the repeat's answer. */
  recall(parcels: LoggedColumns): Promise<[index: number, verdict: FinalVerdict][]>;
  /** Of these ids, to whom this instance sent them. */
  sentTo(messageIds: string[]): Promise<[messageId: string, recipient: string][]>;
  /** The hub goes down: every socket here closes with 1001. */
  closeSockets(): Promise<void>;
  /** A topic of this instance changed elsewhere: tells a live v2 or v1 client. */
  syncTopics(topics: string[]): Promise<void>;
  /** Ends what is not acked as `removed`; returns how many that were. */
  flushQueue(now: number): Promise<number>;
  /** What is not acked, in order, behind a cursor of the page before (null for the first). Changes nothing. */
  peekQueue(limit: number, cursor: string | null): Promise<QueuePage>;
  /** Flushes the queue, closes the socket, and leaves nothing of the instance behind. */
  remove(now: number): Promise<void>;
  /** The newest first. */
  deadLetters(limit: number): Promise<DeadLetter[]>;
  /** Puts a dead letter back into the queue under its id; `not_found` where it is not here. */
  retryDeadLetter(messageId: string, now: number): Promise<Result<null>>;
  dropDeadLetter(messageId: string, now: number): Promise<Result<null>>;
  /** Closes the socket that came with this key (4003); from here on none may come with it. */
  revokeKey(keyId: string): Promise<void>;
}

/** A session as it is given out; times in epoch ms. */
export interface SignedIn {
  principal: Principal;
  session: string;
  expiresAt: number;
}

/** What a browser signs in with: a key, or the code of a link. */
export type SignInRequest = { key: string } | { code: string };

export interface ExchangeRpc extends Rpc.DurableObjectBranded {
  submit(parcels: ParcelColumns): Promise<VerdictColumns>;
  /** The same for publications (Q9): on disk is each body once for all its copies. In the order given. */
  fanOut(groups: FanOutColumns[]): Promise<FanOutCounts[]>;
  unconfirmed(recipient: string): Promise<LoggedColumns>;
  /** Whom a message of one of these senders is for, as long as the log has it; null if it does not. */
  recipientOf(messageId: string, senders: string[]): Promise<string | null>;
  /**
   * A mailbox has everything up to `position` on its own disk (null: nothing new), and word for senders, which the journal
   * hears too: resolves when it has. `isRepeat`: it may have heard some of it before a crash.
   */
  confirm(recipient: string, position: number | null, changes: StateChanges, isRepeat: boolean): Promise<void>;
  /** The same word again, for the journal alone, from a mailbox that does not know whether it was heard before a crash. */
  repeatStates(states: StateGroup[]): Promise<void>;
  /** Receipts for a sender that has another mailbox now (A4). */
  relayReceipts(sender: string, receipts: StateGroup[]): Promise<void>;
  /** A4: an id is retired; whether its mail has another taker is to be asked again. */
  forgetRecipient(instanceId: string): Promise<void>;
  /** Answers; the first question of a new process makes it deliver and tell history what the last one had accepted. */
  health(): Promise<void>;
}

export interface DirectoryRpc extends Rpc.DurableObjectBranded {
  openConnection(request: ConnectRequest): Promise<ConnectVerdict>;
  closeConnection(instanceId: string, epoch: number, now: number): Promise<void>;
  /** Q8, first step: whether an id may become another, and binds the new one's secret. Idempotent. */
  beginMove(from: string, to: string, identityHash: string | null, version: 1 | 2, now: number): Promise<Result<null>>;
  /** Q8: retires `from` in favour of `to`. Idempotent but for the epoch, which grows. */
  finishMove(from: string, to: string, isOnline: boolean, migrated: number, now: number): Promise<FinishedMove>;
  /** The ids that take mail in place of these: itself, its last successor (A4), or null where there is none. */
  recipientsOf(instanceIds: string[]): Promise<(string | null)[]>;
  /** A3, for many addresses at once. */
  resolvePartials(addresses: string[]): Promise<Resolution[]>;
  list(): Promise<InstanceInfo[]>;
  presence(instanceId: string): Promise<"online" | "offline" | "unknown">;
  reportDepth(instanceId: string, depth: number): Promise<void>;
  health(): Promise<{ online: number }>;
  /** Frees an offline id (C8): its queue ends as `removed`. `conflict` while it is online; removing nothing is fine. */
  removeInstance(instanceId: string, now: number): Promise<Result<null>>;
  reportDeadLetters(instanceId: string, count: number): Promise<void>;
  /** The ids whose mailboxes hold dead letters. */
  instancesWithDeadLetters(): Promise<string[]>;
  /** Who holds the minted key with this SHA-256 (hex); null for nobody. */
  principalOfKey(hash: string, now: number): Promise<Principal | null>;
  principalOfSession(session: string, now: number): Promise<Omit<SignedIn, "session"> | null>;
  /** `client` is what failures are counted by. */
  signIn(credential: SignInRequest, client: string, now: number): Promise<Result<SignedIn>>;
  /** A link that signs in once, as this key. */
  makeLink(keyId: string, now: number): Promise<SessionLink>;
  /** A key of the environment, which no object needs to ask about, was used. */
  noteAdminUse(keyId: string, now: number): Promise<void>;
  /** Those of the environment first, then the minted ones by age. */
  listKeys(): Promise<KeyInfo[]>;
  /** Makes a key; its text is in this answer and nowhere else. */
  mintKey(request: KeyRequest, now: number): Promise<KeyInfo & { key: string }>;
  /** Closes what is connected with the key, too. Returns whether there was such a key. */
  revokeKey(keyId: string): Promise<boolean>;
  /** E3: everyone with this role. */
  instancesWithRole(role: string): Promise<string[]>;
  setRole(instanceId: string, role: string | null): Promise<void>;
  onlineIds(): Promise<string[]>;
  /** Those of these that are online. */
  onlineAmong(instanceIds: string[]): Promise<string[]>;
  listTopics(): Promise<TopicInfo[]>;
  /** Creates the topic in the index if it is new; `created` says whether it was. */
  createTopic(
    name: string,
    createdBy: string,
    autoExpire: boolean,
    now: number,
  ): Promise<{ topic: TopicInfo; created: boolean }>;
  /** E5: whether a topic exists, and if not, the names nearest to it. */
  findTopic(name: string): Promise<{ topic: TopicInfo | null; nearest: string[] }>;
  removeTopic(name: string): Promise<void>;
  /** The hub goes down: closes the sockets of everyone online. Returns how many instances that were. */
  closeSockets(): Promise<number>;
  /** Passes an event on to the journal for an object that keeps no outbox of its own. */
  tell(event: HubEvent): Promise<void>;
  /** Keeps the index by instance in step with what a topic says. */
  noteSubscription(topic: string, instanceId: string, isSubscribed: boolean, subscriberCount: number): Promise<void>;
  topicsOf(instanceId: string): Promise<string[]>;
}

/** Events of one outbox as JSON, in order. */
export interface OutboxEvents {
  seqs: number[];
  events: string[];
}

/** What `GET /api/threads` asks for: `q` and `cursor` as in `search`; `isUnanswered` null takes all. */
export interface ThreadsRequest {
  q: string;
  isUnanswered: boolean | null;
  limit: number;
  cursor: string | null;
}

/** A span (epoch ms), in how many parts, and what it is narrowed to (null: all). */
export interface SeriesQuery {
  from: number;
  to: number;
  buckets: number;
  type: string | null;
  topic: string | null;
  instance: string | null;
}

/** What the exchange knows of messages, in the order of its knowing. */
export interface MessageFeed {
  /** Accepted direct and role messages as JSON, each with when it was accepted (epoch ms). */
  bodies: string[];
  acceptedAt: number[];
  /** Of these messages and of earlier ones. */
  states: StateGroup[];
  /** Whether any of it may have been sent before, as after a crash: then the journal looks before it takes. */
  isRepeat: boolean;
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
  /** Takes in what an outbox sends, each event once by (source, seq). Resolves when it is on disk. */
  takeEvents(source: string, events: OutboxEvents): Promise<void>;
  /** The same for what the exchange knows; each message once by its id, each state once by (message, state). */
  takeFeed(feed: MessageFeed): Promise<void>;
  /**
   * `GET /api/messages`, newest first. `query` takes words, "phrases", -negation, and the operators from: to: type:
   * topic: role: project: is: after: before: ("" finds everything). `limit` 1 to PAGE_MAX; `cursor` as the last page's
   * `nextCursor`, null for the first. A query that cannot be understood is `invalid_payload` with a sentence.
   */
  search(query: string, limit: number, cursor: string | null): Promise<Result<MessagePage>>;
  /** `GET /api/messages/:id`: null for one that history does not have (404). Publications and broadcasts by their own id. */
  message(messageId: string): Promise<MessageRecord | null>;
  /** How far the copies of a publication for these instances got; null where it has none for them. */
  copies(messageId: string, instanceIds: string[]): Promise<CopyCounts | null>;
  /** The journal's part of `GET /api/stats`; `activeInstances` is the directory's. */
  stats(now: number): Promise<JournalStats>;
  threads(request: ThreadsRequest): Promise<Result<ThreadPage>>;
  /** The whole thread that a message is in; null for a message that history does not have. */
  thread(messageId: string): Promise<Thread | null>;
  series(query: SeriesQuery, now: number): Promise<StatsSeries>;
  traffic(from: number, to: number): Promise<Traffic>;
  /** How many streams are open with each key. */
  countStreams(): Promise<[keyId: string, streams: number][]>;
  /** Closes the streams that came with this key (4003); from here on none may come with it. */
  revokeKey(keyId: string): Promise<void>;
}
