/** The send bar: whom to, what, and what will happen to it. */
import { computed, createModel, type ReadonlySignal, signal } from "@preact/signals";
import type { Reply } from "../../../shared/client/client-core.ts";
import { CONTENT_MAX_BYTES } from "../../../shared/limits.ts";
import type { MessageType } from "../../../shared/message.ts";
import type { UrlState } from "../url-state.ts";
import { type Forecast, forecastOf } from "./forecast.ts";
import type { Instances } from "./instances.ts";
import type { MessageSignal, MessageStore } from "./message-store.ts";
import type { Draft, Outbox } from "./outbox.ts";
import type { Session } from "./session.ts";
import type { Topics } from "./topics.ts";

/** The part of a Storage that is needed. */
export type DraftStorage = Pick<Storage, "getItem" | "setItem">;

export interface Composer {
  /** An address (A2); "" for none chosen. */
  target: ReadonlySignal<string>;
  type: ReadonlySignal<MessageType>;
  text: ReadonlySignal<string>;
  isPersistent: ReadonlySignal<boolean>;
  /** What this answers; it may be forgotten by the store. */
  replyToId: ReadonlySignal<string | null>;
  replyTo: ReadonlySignal<MessageSignal | null>;
  /** Who will have it now, and for whom it will wait; null without a target. */
  forecast: ReadonlySignal<Forecast | null>;
  /** Bytes of UTF-8 that are left (negative: too many); null while there is plenty. */
  bytesLeft: ReadonlySignal<number | null>;
  /** Why it cannot be sent as it is; null when it can. */
  refusal: ReadonlySignal<string | null>;
  /** The refusal that a try to send has met, or which of several it did not reach, until something is changed. */
  complaint: ReadonlySignal<string | null>;
  /** What became of the last one, for who cannot see the feed; "" for nothing. */
  announcement: ReadonlySignal<string>;
  /** Grows when the text field should have the focus. */
  focusRequests: ReadonlySignal<number>;
  setTarget(address: string): void;
  setType(type: MessageType): void;
  setText(text: string): void;
  setPersistent(isPersistent: boolean): void;
  /** Begins a message to somebody. */
  write(address: string): void;
  /** Answers a message: to whoever wrote it, or to its topic. */
  reply(messageId: string): void;
  clearReply(): void;
  /** Sends and empties the field; while there is a `refusal`, only says so. */
  send(): void;
}

interface Parts {
  url: UrlState;
  session: Session;
  instances: Instances;
  topics: Topics;
  messages: MessageStore;
  outbox: Outbox;
  drafts: DraftStorage;
}

/** What was written and not sent, of one target. */
interface KeptDraft {
  text: string;
  type: MessageType;
  isPersistent: boolean;
  replyToId: string | null;
}

const STORAGE_KEY = "cc2cc.drafts";
/** Drafts that are kept; those touched longest ago go first. */
const DRAFTS_MAX = 50;
/** The counter shows from here on. */
const NEAR_LIMIT_BYTES = 8_192;
const EMPTY: KeptDraft = { text: "", type: "task", isPersistent: false, replyToId: null };

const encoder = new TextEncoder();

export const ComposerModel = createModel(
  ({ url, session, instances, topics, messages, outbox, drafts: storage }: Parts): Composer => {
    const drafts = signal(readDrafts(storage));
    const target = url.param("to");
    const focusRequests = signal(0);
    const announcement = signal("");
    const wasRefused = signal(false);
    const shortfall = signal<string | null>(null);
    const draft = computed(() => drafts.value.get(target.value) ?? EMPTY);
    const text = computed(() => draft.value.text);
    const bytesLeft = computed(() => {
      const length = text.value.length;
      // A letter has 1 to 3 bytes per unit of length.
      if (length * 3 < CONTENT_MAX_BYTES - NEAR_LIMIT_BYTES) return null;
      const left = CONTENT_MAX_BYTES - encoder.encode(text.value).length;
      return left < NEAR_LIMIT_BYTES ? left : null;
    });
    const refusal = computed(() => {
      if (session.sendRefusal.value !== null) return session.sendRefusal.value;
      if (target.value === "") return "Choose whom to send to.";
      if (text.value.trim() === "") return "Write something first.";
      if ((bytesLeft.value ?? 0) < 0)
        return `A message has at most ${CONTENT_MAX_BYTES} bytes; this has ${-(bytesLeft.value ?? 0)} too many. Put it into a file and send its path.`;
      return null;
    });

    const keep = (address: string, kept: KeptDraft) => {
      const next = new Map(drafts.peek());
      next.delete(address);
      if (kept.text !== "" || kept.replyToId !== null || address === target.peek()) next.set(address, kept);
      for (const oldest of [...next.keys()].slice(0, Math.max(0, next.size - DRAFTS_MAX))) next.delete(oldest);
      drafts.value = next;
      writeDrafts(storage, next);
    };
    const change = (changes: Partial<KeptDraft>) => {
      wasRefused.value = false;
      shortfall.value = null;
      keep(target.peek(), { ...draft.peek(), ...changes });
    };
    const setTarget = (address: string) => {
      wasRefused.value = false;
      shortfall.value = null;
      url.set({ to: address }, "replace");
    };

    const choose = (address: string) => {
      // What was written without a target is meant for the one that is chosen now.
      const homeless = drafts.peek().get("");
      setTarget(address);
      if (homeless !== undefined && homeless.text !== "" && !drafts.peek().has(address)) {
        keep(address, homeless);
        keep("", EMPTY);
      }
    };

    return {
      target,
      text,
      type: computed(() => draft.value.type),
      isPersistent: computed(() => draft.value.isPersistent),
      replyToId: computed(() => draft.value.replyToId),
      replyTo: computed(() => (draft.value.replyToId === null ? null : (messages.get(draft.value.replyToId) ?? null))),
      forecast: computed(() => forecastOf(target.value, { instances, topics, outbox }, draft.value.isPersistent)),
      bytesLeft,
      refusal,
      complaint: computed(() => (wasRefused.value ? refusal.value : shortfall.value)),
      announcement,
      focusRequests,
      setTarget: choose,
      setType: (type) => change({ type }),
      setText: (written) => change({ text: written }),
      setPersistent: (isPersistent) => change({ isPersistent }),
      write(address) {
        choose(address);
        focusRequests.value++;
      },
      reply(messageId) {
        const record = messages.get(messageId)?.peek();
        if (record === undefined) return;
        const isOwn = record.from === outbox.sender.peek();
        setTarget(record.topicName === undefined ? (isOwn ? record.to : record.from) : `topic:${record.topicName}`);
        change({ replyToId: messageId, type: "result" });
        focusRequests.value++;
      },
      clearReply: () => change({ replyToId: null }),
      send() {
        wasRefused.value = refusal.peek() !== null;
        if (wasRefused.peek()) return;
        const { type, isPersistent, replyToId, text: content } = draft.peek();
        const to = target.peek();
        const message: Draft = {
          to,
          type,
          content,
          ...(replyToId === null ? {} : { replyToMessageId: replyToId }),
          ...(to.startsWith("topic:") ? { persistent: isPersistent } : {}),
        };
        change({ text: "", replyToId: null });
        void outbox.send(message).done.then((answer) => {
          if (answer.ok) shortfall.value = shortfallOf(answer.reply);
          announcement.value = answer.ok ? `Sent to ${to}.` : `Not sent to ${to}: ${answer.error}`;
        });
      },
    };
  },
);

/** Of one message for several: whose queues could not take it (Q6). Null when all have it. */
function shortfallOf({ refused }: Reply): string | null {
  if (typeof refused === "number" && refused > 0) {
    return refused === 1
      ? "Not sent to one subscriber: its queue is full."
      : `Not sent to ${refused}: their queues are full.`;
  }
  if (!Array.isArray(refused) || refused.length === 0) return null;
  const [first] = refused as { error: string }[];
  return refused.length === 1
    ? `Not sent to one: ${first?.error}`
    : `Not sent to ${refused.length}, of which one: ${first?.error}`;
}

function readDrafts(storage: DraftStorage): ReadonlyMap<string, KeptDraft> {
  try {
    return new Map(JSON.parse(storage.getItem(STORAGE_KEY) ?? "[]") as [string, KeptDraft][]);
  } catch {
    // Something else wrote there.
    return new Map();
  }
}

function writeDrafts(storage: DraftStorage, drafts: ReadonlyMap<string, KeptDraft>): void {
  try {
    storage.setItem(STORAGE_KEY, JSON.stringify([...drafts]));
  } catch {
    // Full, or turned off: the draft lives as long as the page.
  }
}
