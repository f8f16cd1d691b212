/** What one turn of the model is given: the messages in full where they are few, and a digest where they are many. */
import { headlineOf, senderOf } from "../../../shared/message-facts.ts";
import type { FrameWriter } from "./frame.ts";
import type { OpenParcel } from "./parcel.ts";

/** Above these a digest costs the model less than it gains (G3). Hooks take 10,000 characters at most. */
export const FULL_MAX_MESSAGES = 10;
export const FULL_MAX_LENGTH = 9_000;
/** A digest stays below 1,500 tokens with these; weights as `weightOf` has them. */
const DIGEST_FULL_MESSAGES = 3;
const DIGEST_FULL_WEIGHT = 600;
const DIGEST_SENDERS = 8;
const DIGEST_SENDERS_WEIGHT = 250;
const DIGEST_LINES = 8;
const DIGEST_LINES_WEIGHT = 400;
/** As much of a message as a line tells. */
const EXCERPT_LENGTH = 80;

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
    ...headlinesOf(listed),
    ...(shown.length === 0 ? [] : [`The newest ${shown.length} in full:`, ...frames.slice(first)]),
    `The other ${listed.length + behindCount}, oldest first: call get_messages of cc2cc until it returns none.`,
  ];
  return { text: lines.join("\n"), shown, listed, behindCount };
}

/** The index of the first of the newest that are shown in full. */
function firstShown(frames: readonly string[]): number {
  return frames.length - fitting(frames.toReversed(), DIGEST_FULL_MESSAGES, DIGEST_FULL_WEIGHT).length;
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
  const all = busiest.map(([sender, { types }]) => {
    const counts = [...types].map(([type, count]) => `${count} ${type}`);
    return `${sender} (${counts.join(", ")})`;
  });
  const names = fitting(all, DIGEST_SENDERS, DIGEST_SENDERS_WEIGHT);
  const rest = all.length - names.length;
  return names.join("; ") + (rest > 0 ? `; ${rest} others` : "");
}

/** What is not shown, the newest of it, a line each: tasks and questions, and where these are few, the others. */
function headlinesOf(listed: readonly OpenParcel[]): string[] {
  const [open, others] = [listed.filter(isOpenTask), listed.filter((parcel) => !isOpenTask(parcel))];
  const newest = [...open.toReversed(), ...others.toReversed()].slice(0, DIGEST_LINES);
  const lines = newest.map((parcel) => ({ parcel, line: `- ${headlineOf(parcel.message, EXCERPT_LENGTH)}` }));
  const told = lines.slice(
    0,
    fitting(
      lines.map(({ line }) => line),
      DIGEST_LINES,
      DIGEST_LINES_WEIGHT,
    ).length,
  );
  const textOf = (isTold: (parcel: OpenParcel) => boolean) =>
    told.flatMap(({ parcel, line }) => (isTold(parcel) ? [line] : [])).toReversed();
  const openTold = textOf(isOpenTask);
  const othersTold = textOf((parcel) => !isOpenTask(parcel));
  const more = open.length > openTold.length ? ` (the newest ${openTold.length} of ${open.length})` : "";
  return [
    ...(openTold.length === 0 ? [] : [`Tasks and questions among them${more}:`, ...openTold]),
    ...(othersTold.length === 0 ? [] : ["The newest of the others:", ...othersTold]),
  ];
}

function isOpenTask({ message }: OpenParcel): boolean {
  return message.type === "task" || message.type === "question";
}

/** The first of some texts, as many as there is room for. */
function fitting(texts: readonly string[], maxCount: number, maxWeight: number): string[] {
  let weight = 0;
  const end = texts.slice(0, maxCount).findIndex((text) => {
    weight += weightOf(text, maxWeight);
    return weight > maxWeight;
  });
  return texts.slice(0, end === -1 ? maxCount : end);
}

/** About how many tokens a text is at most: prose is less, and hashes, numbers and scripts without spaces are many. Beyond `enough` it does not count on. */
function weightOf(text: string, enough: number): number {
  let weight = 0;
  for (let index = 0; index < text.length && weight <= enough; index++) {
    const code = text.charCodeAt(index);
    const isPlain = code === 32 || code === 10 || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
    weight += isPlain ? 0.3 : code < 128 ? 0.9 : 2;
  }
  return weight;
}
