/** The hub as models see it, told by a test what to answer and what happens: a stand-in at the edge to the network. */
import { signal } from "@preact/signals";
import type { HubEvent } from "../../../shared/events.ts";
import type { MessageRecord } from "../../../shared/history.ts";
import type { ClientFrameInput, DeliveredMessage, ReceiptFrame } from "../../../shared/protocol.ts";
import type { Hub } from "../adapter/hub.ts";
import type { LinkState } from "../adapter/link.ts";
import { createListeners } from "../adapter/listeners.ts";
import type { Answer } from "../adapter/participant.ts";
import type { RestOptions, RestProblem } from "../adapter/rest.ts";

export const OWN_ID = "dashboard@hub.local:dashboard/tab";

export interface Request {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  query: Record<string, unknown>;
  body: unknown;
  answer(value: unknown): void;
  refuse(problem: RestProblem): void;
}

export interface StandInHub extends Hub {
  /** Requests that wait for an answer, oldest first. */
  readonly requests: Request[];
  /** Takes the oldest request of this path, which must be there. */
  take(path: string): Request;
  /** Frames that wait for their answer. */
  readonly frames: { frame: ClientFrameInput; answer(answer: Answer): void }[];
  readonly seen: string[];
  readonly streamState: { value: LinkState };
  readonly participantState: { value: LinkState };
  tell(...events: HubEvent[]): void;
  gap(): void;
  lose(): void;
  endSession(problem: RestProblem): void;
}

/** `hasMark`: whether the page has been signed in before. */
export function makeStandInHub({ hasMark = true } = {}): StandInHub {
  const requests: Request[] = [];
  const frames: StandInHub["frames"] = [];
  const seen: string[] = [];
  const streamState = signal<LinkState>({ kind: "off" });
  const participantState = signal<LinkState>({ kind: "off" });
  const events = createListeners<[HubEvent[]]>();
  const gaps = createListeners<[]>();
  const losses = createListeners<[{ code: number; wasOpen: boolean }]>();
  const unauthorized = createListeners<[RestProblem]>();

  const ask = <T>(method: Request["method"], path: string, body: unknown, options: RestOptions = {}) =>
    new Promise<T>((resolve, reject) => {
      requests.push({
        method,
        path,
        query: { ...options.query },
        body,
        answer: (value) => resolve(value as T),
        refuse: reject,
      });
    });

  return {
    requests,
    frames,
    seen,
    streamState,
    participantState,
    take(path) {
      const at = requests.findIndex((request) => request.path === path);
      const [request] = at === -1 ? [] : requests.splice(at, 1);
      if (request === undefined) throw new Error(`nobody asked for ${path}, only ${requests.map((r) => r.path)}`);
      return request;
    },
    tell: (...told) => events.tell(told),
    gap: gaps.tell,
    lose: () => losses.tell({ code: 1006, wasOpen: true }),
    endSession: unauthorized.tell,
    sessionMark: {
      isThere: () => hasMark,
      remove: () => {
        hasMark = false;
      },
    },
    rest: {
      get: (path, options) => ask("GET", path, undefined, options),
      post: (path, body, options) => ask("POST", path, body, options),
      patch: (path, body, options) => ask("PATCH", path, body, options),
      delete: (path, options) => ask("DELETE", path, undefined, options),
      onUnauthorized: (listen) => void unauthorized.add(listen),
    },
    stream: {
      state: streamState,
      hasFailed: signal(false),
      version: signal("1.2.3"),
      start: () => {
        streamState.value = { kind: "open" };
      },
      stop: () => {
        streamState.value = { kind: "off" };
      },
      retryNow: () => undefined,
      onEvents: events.add,
      onGap: gaps.add,
      onLost: losses.add,
    },
    participant: {
      state: participantState,
      instanceId: signal(OWN_ID),
      start: () => {
        participantState.value = { kind: "open" };
      },
      stop: () => {
        participantState.value = { kind: "off" };
      },
      retryNow: () => undefined,
      request: (frame) => new Promise((answer) => frames.push({ frame, answer })),
      markSeen: (messageIds) => void seen.push(...messageIds),
      onDeliver: createListeners<[DeliveredMessage[]]>().add,
      onReceipt: createListeners<[ReceiptFrame]>().add,
    },
  };
}

/** Lets what waits for an answer go on. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

const START = Date.parse("2026-11-22T12:00:00.000Z");

/** Numbered, a second apart; the same number is the same message. */
export function makeRecord(n: number, changes: Partial<MessageRecord> = {}): MessageRecord {
  const timestamp = new Date(START + n * 1_000).toISOString();
  return {
    messageId: `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`,
    from: "ana@desk:web/1",
    to: "bob@desk:api/1",
    type: "task",
    content: `message ${n}`,
    timestamp,
    state: "queued",
    history: [{ state: "queued", at: timestamp }],
    ...changes,
  };
}

/** The event that tells of a record. */
export function sent(record: MessageRecord): HubEvent {
  const { state: _, history: __, ...message } = record;
  return { event: "message:sent", timestamp: record.timestamp, message };
}
