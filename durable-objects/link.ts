/**
 * The link: the kept WebSocket between a mailbox and the exchange. A mailbox opens one for each client that connects, and
 * everything that concerns this client passes through it in order. The rules of `rpc.ts` hold: this file is all that the two
 * ends know of each other.
 *
 * A text is a line of JSON, and behind it, a line each, the messages it speaks of: they are JSON without line breaks, and
 * nesting them would mean to escape and to parse them once more.
 */
import type { ClaimMode } from "../shared/claims.ts";
import type { DecisionKind } from "../shared/decision-state.ts";
import type { Result } from "../shared/errors.ts";
import type { Pause } from "../shared/pauses.ts";
import type { DecisionFrame } from "../shared/protocol.ts";
import type { ScheduleChanges, ScheduleRequest } from "../shared/schedules.ts";
import type { TaskFilterState, TaskMove } from "../shared/task-move.ts";
import type { Principal } from "./principal.ts";
import type { StateGroup } from "./states.ts";

/** Who a client is, when its mailbox opens a link for it. */
export interface LinkRequest {
  instanceId: string;
  version: 1 | 2;
  /** SHA-256 of the secret that the client brought, or of one that the mailbox made for it, hex; null for none. */
  identityHash: string | null;
  /** Whether the mailbox made the secret: then it opens nothing that another one holds. */
  isIdentityNew: boolean;
  principal: Principal;
  /** C10. */
  isTransient: boolean;
  /** C11. */
  isPull: boolean;
  /** The connection that this link goes on with, after the one before broke; null for a new connection. */
  resumes: number | null;
  /** What the connection was given and has not acked, and the last seq of all that it was given. */
  given: [seq: number, messageId: string][];
  lastSeq: number;
}

/** What a client's frame asks of the exchange. Those with a message bring it as a line behind the text. */
export type Op =
  | ({ do: "send"; to: string } & Letter)
  | ({ do: "publish"; topic: string; persistent: boolean } & Letter)
  | { do: "broadcast"; replyTo?: string | undefined }
  | AckOp
  | { do: "pull"; limit: number; peek: boolean }
  | { do: "status"; messageId: string }
  | { do: "set_role"; role: string | null }
  | { do: "subscribe"; topic: string }
  | { do: "unsubscribe"; topic: string }
  | { do: "change_session"; to: string; identityHash: string | null }
  | { do: "list_instances" }
  | { do: "list_topics" }
  | { do: "ping"; to: string }
  | { do: "update_task"; taskId: string; move: TaskMove }
  | { do: "cancel_task"; taskId: string; note: string | undefined }
  | ({ do: "list_tasks" } & TasksQuery)
  | {
      do: "claim";
      names: string[];
      mode: ClaimMode;
      ttlSeconds?: number | undefined;
      wait: boolean;
      reason?: string | undefined;
    }
  | { do: "release"; names?: string[] | undefined }
  | { do: "list_claims"; mine: boolean; after: number; limit: number }
  | { do: "touch_file"; file: string }
  | ({ do: "ask_decision" } & DecisionTerms)
  | { do: "withdraw_decision"; decisionId: string }
  | { do: "get_decision"; decisionId: string }
  | { do: "create_schedule"; request: ScheduleRequest }
  | { do: "update_schedule"; scheduleId: string; changes: ScheduleChanges }
  | { do: "delete_schedule"; scheduleId: string }
  | { do: "get_schedule"; scheduleId: string }
  | { do: "list_schedules"; mine: boolean; limit: number; cursor: string | null };
interface Letter {
  bytes: number;
  expiresAt: number;
  /** The id of the message that it answers. */
  replyTo?: string | undefined;
  /** What it is to the ledger; left out for what opens no task and cannot move one. */
  task?: TaskPart | undefined;
}
/**
 * What a message is to the ledger of tasks (T1):
 * - `opens`: a task; `role` is set for one to any of a role. Times in ms.
 * - `moves`: an answer that says how far the task is.
 * - `counts`: an answer that says so by its type alone.
 */
export type TaskPart =
  | { kind: "opens"; title: string; role: string | null; acceptMs: number; dueMs: number | null }
  | { kind: "moves"; move: TaskMove }
  | { kind: "counts"; as: "accepted" | "completed" };
/** What a person is asked (H1, H2). The id is made where the frame is read, so that what is sent again is the same. */
export interface DecisionTerms {
  decisionId: string;
  kind: DecisionKind;
  question: string;
  options: string[] | null;
  context: string | null;
  /** What counts when nobody answers in time. */
  fallback: string | null;
  /** Of an approval. */
  tool: string | null;
  timeoutMs: number;
}
/** What `list_tasks` asks: those that the client has, those that it asked for, or all. */
export interface TasksQuery {
  of: "mine" | "asked" | "all";
  role: string | null;
  state: TaskFilterState;
  limit: number;
  cursor: string | null;
}
export interface AckOp {
  do: "ack";
  upTo?: number | undefined;
  messageIds?: string[] | undefined;
  state: "acked" | "seen";
}
export type OpOf<D extends Op["do"]> = Extract<Op, { do: D }>;

/** From a mailbox. All fields at once are taken in the order in which they stand here. */
export interface UpHead {
  /** Acks that want no answer. */
  acks?: AckOp[];
  /** Answered all at once, in `DownHead.results`; the next come when these are answered. */
  ops?: Op[];
  /** The client was told of its session change: what it says from here on is of the new id (Q8). */
  isRenamed?: true;
  /** The client left; the exchange sends nothing more, and answers with `isOver`. */
  isLeaving?: true;
  /** Messages that came for a v1 client that had left, by id: they are as they were. */
  returned?: string[];
}

/** To a mailbox. It writes to its client in the order in which the fields stand here. */
export interface DownHead {
  /** The first text of a link. */
  welcome?: Welcome;
  /** In the order of the ops. */
  results?: Result<object>[];
  /** The connection is another instance's from here on (Q8). */
  renamed?: { instanceId: string; role: string | null };
  receipts?: StateGroup[];
  /** Approvals that the client asked for and that have ended (H2). */
  decisions?: DecisionFrame[];
  /** The client's topics have changed elsewhere. */
  topics?: string[];
  /** H3: what holds the client's instance from here on; null for nothing. */
  paused?: Pause | null;
  /** Messages of the queue, whose bodies follow in this order. */
  rows?: [seq: number, attempt: number][];
  /** So many bodies follow behind these: broadcasts and live publications. */
  live?: number;
  /** The client's socket closes. */
  close?: { code: number; reason: string };
  /** Answers `isLeaving`. */
  isOver?: true;
}

/** What a client is told first. */
export interface Welcome {
  /** Names the connection over all links that carry it. */
  connection: number;
  instanceId: string;
  role: string | null;
  topics: string[];
  /** Messages that are not acked yet. */
  pending: number;
  /** Open tasks that the instance has (T5). */
  openTasks: number;
  /** H3: what holds it; null for nothing. */
  paused: Pause | null;
  /** Whether the secret that the mailbox made holds the id from here on. */
  isIdentityBound: boolean;
  /** Whether the connection goes on: its client has had a welcome. */
  isResumed: boolean;
}

/** Writes a text of a link. */
export function writeLinkText(head: UpHead | DownHead, bodies: readonly string[] = []): string {
  const line = JSON.stringify(head);
  return bodies.length === 0 ? line : `${line}\n${bodies.join("\n")}`;
}

/** Reads what `writeLinkText` wrote. */
export function readLinkText<H extends UpHead | DownHead>(text: string): { head: H; bodies: string[] } {
  const end = text.indexOf("\n");
  if (end === -1) return { head: JSON.parse(text) as H, bodies: [] };
  return { head: JSON.parse(text.slice(0, end)) as H, bodies: text.slice(end + 1).split("\n") };
}

const HEADER = "x-cc2cc-link";

/** The request by which a mailbox opens a link. */
export function linkRequest(request: LinkRequest): Request {
  return new Request("http://exchange/", {
    headers: { upgrade: "websocket", [HEADER]: encodeURIComponent(JSON.stringify(request)) },
  });
}

/** Reads what `linkRequest` wrote. Only mailboxes can reach the exchange, so the header is trusted. */
export function readLinkRequest(request: Request): LinkRequest {
  return JSON.parse(decodeURIComponent(request.headers.get(HEADER) ?? "")) as LinkRequest;
}
