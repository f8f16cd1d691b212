/** What the calls of `rpc.ts` take and answer, as far as the hub's clients do not know it. */
import type { DecisionKind } from "../shared/decision-state.ts";
import type { DecisionFilterState } from "../shared/decisions.ts";
import type { Message } from "../shared/message.ts";
import type { TaskFilterState } from "../shared/task-move.ts";
import type { Principal } from "./principal.ts";

/** One topic as lists show it. Times ISO 8601. */
export interface TopicInfo {
  name: string;
  createdAt: string;
  createdBy: string;
  subscriberCount: number;
  /** Whether it goes away by itself some time after the last subscriber left. */
  autoExpire: boolean;
}

/** The fields of the reply to a publication. */
export interface Published {
  delivered: number;
  queued: number;
  messageId: string;
  /** Q6: subscribers whose queue is full; they do not get it. */
  refused?: number;
  duplicate?: true;
}

/** Between whom a message is: `to` as the message has it. */
export type MessageParties = Pick<Message, "from" | "to">;

/** A page of what was published, newest first. */
export interface TopicPage {
  items: Message[];
  nextCursor: string | null;
}

/** Which tasks a list has; null takes all. Ids as anybody may know them: retired ones, too (A4). */
export interface TasksRequest {
  owner: string | null;
  requester: string | null;
  role: string | null;
  state: TaskFilterState;
  /** Those whose last change is within this, epoch ms, the last first; `to` is not part of it. Null: all, the newest first. */
  changed: { from: number; to: number } | null;
  limit: number;
  cursor: string | null;
}

/** Which schedules a list has: those that concern an instance, or (null) all. */
export interface SchedulesRequest {
  instance: string | null;
  limit: number;
  cursor: string | null;
}

/** Which decisions a list has; null takes both kinds. */
export interface DecisionsRequest {
  state: DecisionFilterState;
  kind: DecisionKind | null;
  limit: number;
  cursor: string | null;
}

/** Which topics a list has: those behind a name, so many at most (null: all). */
export interface TopicsRequest {
  after: string | null;
  limit: number | null;
  withSubscribers: boolean;
}

export interface TopicListing extends TopicInfo {
  /** Instance ids, by name. */
  subscribers?: string[];
}

/** A session as it is given out; times in epoch ms. */
export interface SignedIn {
  principal: Principal;
  session: string;
  expiresAt: number;
}

/** What a browser signs in with: a key, or the code of a link. */
export type SignInRequest = { key: string } | { code: string };

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

export interface RecipientsRequest {
  messageId: string;
  /** Copies of publications are in no list of the journal, but their ids follow from whose they are: those of these are looked for. */
  instanceIds: string[];
  /** Whether it was for all of these, so that those of whom nothing was told yet have it waiting. */
  isForAll: boolean;
  /** How many to leave out. */
  from: number;
  limit: number;
}
