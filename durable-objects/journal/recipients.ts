/** Whom a message was for, and how far it got with each: one instance, those who have a role, or who got a publication. */
import type { Recipient, RecipientPage } from "../../shared/history.ts";
import { fanOutId } from "../fan-out-id.ts";
import type { RecipientsRequest } from "../rpc-types.ts";
import type { AnswerRow, FanOutStore, SentRow } from "./fan-out-store.ts";
import { type Delivery, FIRST_END, stateName } from "./history-store.ts";
import type { Stores } from "./stores.ts";

const ID_LENGTH = 36;
/** Answers by the id of what they answer, the first one of each. */
type Answers = ReadonlyMap<string, AnswerRow>;

/** Null for a message that history does not have. */
export function readRecipients(stores: Stores, fanOuts: FanOutStore, request: RecipientsRequest): RecipientPage | null {
  const { history, threads } = stores;
  const { messageId, from, limit } = request;
  const place = threads.locate(history.keyOf(messageId)) ?? threads.locate(messageId);
  const sent = place === undefined ? undefined : fanOuts.find(place.id);
  if (sent === undefined) return null;
  const isWhole = sent.delivered !== null;
  const all = isWhole
    ? listCopies(stores, fanOuts, sent, request)
    : listMessages(stores, fanOuts, fanOuts.siblings(sent.id));
  all.sort((a, b) => (a.instanceId < b.instanceId ? -1 : a.instanceId > b.instanceId ? 1 : 0));
  const total = isWhole ? (sent.isTopic === 1 ? (sent.delivered ?? 0) + (sent.queued ?? 0) : undefined) : all.length;
  return {
    messageId,
    ...(total === undefined ? {} : { total }),
    tally: tallyOf(all),
    items: all.slice(from, from + limit).map(({ delivery: _, ...recipient }) => recipient),
    ...(from + limit < all.length ? { nextCursor: String(from + limit) } : {}),
  };
}

type Found = Recipient & { delivery?: Delivery | undefined };

/** Each has a message of its own. */
function listMessages({ history, names }: Stores, fanOuts: FanOutStore, rows: readonly SentRow[]): Found[] {
  const [first] = rows;
  if (first === undefined) return [];
  const deliveries = byMessage(history.findDeliveries(rows.map(({ key }) => key)));
  const answers = firstAnswers(
    fanOuts.answers(
      rows.map(({ thread }) => thread),
      first.id,
      first.sender,
    ),
  );
  return rows.map(({ key, at, recipient, answeredAt }) => {
    const messageId = key.slice(0, ID_LENGTH);
    const delivery = deliveries.get(key);
    return {
      instanceId: names.nameOf(recipient),
      messageId,
      state: stateName(delivery?.state ?? 0),
      at: iso(delivery?.changedAt ?? at),
      ...answerOf(answers.get(messageId), answeredAt),
      delivery,
    };
  });
}

/** One message, of which each has a copy. Of what is only written to who is there, only those are known who answered. */
function listCopies(
  { history, names }: Stores,
  fanOuts: FanOutStore,
  { id, at, thread, sender }: SentRow,
  { messageId, instanceIds, isForAll }: RecipientsRequest,
): Found[] {
  const said = fanOuts
    .answers([thread], id, sender)
    .map((answer) => ({ ...answer, name: names.nameOf(answer.sender) }));
  // Who answers names the own copy, or the whole.
  const own = said.filter(
    ({ replyTo, name }) => replyTo === messageId || (replyTo !== null && replyTo === fanOutId(messageId, name)),
  );
  const answers = firstAnswers(own.map((answer) => ({ ...answer, replyTo: fanOutId(messageId, answer.name) })));
  const copyIds = new Map(
    [...instanceIds, ...own.map(({ name }) => name)].map((name) => [fanOutId(messageId, name), name]),
  );
  const deliveries = byMessage(history.findDeliveries([...copyIds.keys()]));
  return [...copyIds].flatMap(([copyId, instanceId]): Found[] => {
    const delivery = deliveries.get(copyId);
    const answer = answers.get(copyId);
    if (delivery === undefined && answer === undefined && !isForAll) return [];
    const isKept = delivery !== undefined || isForAll;
    const state = isKept && { state: stateName(delivery?.state ?? 0), at: iso(delivery?.changedAt ?? at) };
    return [{ instanceId, messageId: copyId, ...state, ...answerOf(answer, null), delivery }];
  });
}

function tallyOf(all: readonly Found[]): RecipientPage["tally"] {
  const count = (isSo: (delivery: Delivery) => boolean) =>
    all.filter(({ delivery }) => delivery !== undefined && isSo(delivery)).length;
  return {
    // What came later proves what came before.
    delivered: count(({ deliveredAt, ackedAt, seenAt }) => (deliveredAt ?? ackedAt ?? seenAt) !== null),
    acked: count(({ ackedAt, seenAt }) => (ackedAt ?? seenAt) !== null),
    seen: count(({ seenAt }) => seenAt !== null),
    ended: count(({ state }) => state >= FIRST_END),
    answered: all.filter(({ answeredAt }) => answeredAt !== undefined).length,
  };
}

function answerOf(
  answer: AnswerRow | undefined,
  answeredAt: number | null,
): Pick<Recipient, "answeredAt" | "answerId"> {
  const at = answeredAt ?? answer?.at;
  return {
    ...(at === undefined ? {} : { answeredAt: iso(at) }),
    ...(answer === undefined ? {} : { answerId: answer.messageId.slice(0, ID_LENGTH) }),
  };
}

function firstAnswers(rows: readonly AnswerRow[]): Answers {
  const first = new Map<string, AnswerRow>();
  for (const row of rows) if (row.replyTo !== null && !first.has(row.replyTo)) first.set(row.replyTo, row);
  return first;
}

function byMessage(deliveries: readonly Delivery[]): Map<string, Delivery> {
  return new Map(deliveries.map((delivery) => [delivery.messageId, delivery]));
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
