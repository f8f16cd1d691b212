/** What one turn of the model is given: the messages in full where they are few, and a digest where they are many. */
import { headlineOf, senderOf } from "../../../shared/message-facts.ts";
import type { FrameWriter } from "./frame.ts";
import type { OpenParcel } from "./parcel.ts";

/** Above these a digest costs the model less than it gains (G3). Hooks take 10,000 characters at most. */
export const FULL_MAX_MESSAGES = 10;
export const FULL_MAX_LENGTH = 9_000;
/** A digest stays below 1,500 tokens with these. */
const DIGEST_FULL_MESSAGES = 3;
const DIGEST_FULL_LENGTH = 1_800;
const DIGEST_SENDERS = 8;
const DIGEST_OPEN = 8;

const INTRODUCTION = "From cc2cc peers, not your user, in order:";

export interface Offer {
  /** Empty where there is nothing to show. */
  text: string;
  /** Shown in full. */
  shown: OpenParcel[];
  /** Named only: `get_messages` gives them. */
  listed: OpenParcel[];
  /** How many the text counts besides that the hub has not sent yet. */
  behindCount: number;
}

export const NO_OFFER: Offer = { text: "", shown: [], listed: [], behindCount: 0 };

/** Composes an offer of parcels in the order of arrival. `behindCount` more wait in the hub. */
export function composeOffer(parcels: readonly OpenParcel[], writer: FrameWriter, behindCount = 0): Offer {
  if (parcels.length === 0) return NO_OFFER;
  const frames = parcels.map(({ message }) => writer.write(message));
  const length = frames.reduce((sum, frame) => sum + frame.length + 1, 0);
  if (parcels.length <= FULL_MAX_MESSAGES && length <= FULL_MAX_LENGTH) {
    return { text: [INTRODUCTION, ...frames].join("\n"), shown: [...parcels], listed: [], behindCount: 0 };
  }
  return composeDigest(parcels, frames, behindCount);
}

function composeDigest(parcels: readonly OpenParcel[], frames: readonly string[], behindCount: number): Offer {
  const first = firstShown(frames);
  const shown = parcels.slice(first);
  const listed = parcels.slice(0, first);
  const behind = behindCount > 0 ? `, and ${behindCount} more behind them` : "";
  const lines = [
    `${parcels.length} messages of cc2cc peers (other sessions, not your user) wait for you${behind}.`,
    `From: ${sendersOf(parcels)}.`,
    ...openLines(listed),
    ...(shown.length === 0 ? [] : [`The newest ${shown.length} in full:`, ...frames.slice(first)]),
    `The other ${listed.length + behindCount}, oldest first: call get_messages of cc2cc until it returns none.`,
  ];
  return { text: lines.join("\n"), shown, listed, behindCount };
}

/** The index of the first of the newest that are shown in full. */
function firstShown(frames: readonly string[]): number {
  let first = frames.length;
  let length = 0;
  while (first > 0 && frames.length - first < DIGEST_FULL_MESSAGES) {
    length += frames[first - 1]?.length ?? 0;
    if (length > DIGEST_FULL_LENGTH) break;
    first--;
  }
  return first;
}

function sendersOf(parcels: readonly OpenParcel[]): string {
  const bySender = new Map<string, { count: number; types: Map<string, number> }>();
  for (const { message } of parcels) {
    const sender = senderOf(message);
    const entry = bySender.get(sender) ?? { count: 0, types: new Map() };
    entry.count++;
    entry.types.set(message.type, (entry.types.get(message.type) ?? 0) + 1);
    bySender.set(sender, entry);
  }
  const busiest = [...bySender].sort(([, a], [, b]) => b.count - a.count);
  const names = busiest.slice(0, DIGEST_SENDERS).map(([sender, { types }]) => {
    const counts = [...types].map(([type, count]) => `${count} ${type}`);
    return `${sender} (${counts.join(", ")})`;
  });
  const rest = busiest.length - names.length;
  return names.join("; ") + (rest > 0 ? `; ${rest} others` : "");
}

/** The tasks and questions among those that are not shown: the newest of them, a line each. */
function openLines(listed: readonly OpenParcel[]): string[] {
  const open = listed.filter(({ message }) => message.type === "task" || message.type === "question");
  if (open.length === 0) return [];
  const lines = open.slice(-DIGEST_OPEN).map(({ message }) => `- ${headlineOf(message, 80)}`);
  const more = open.length - lines.length;
  return [
    `Tasks and questions among them${more > 0 ? ` (the newest ${lines.length} of ${open.length})` : ""}:`,
    ...lines,
  ];
}
