/** Sends to everyone with a role (E3): to each a message of its own, under an id that follows from the sender's. */
import { type Result, success } from "../../shared/errors.ts";
import { utf8Length } from "../../shared/message.ts";
import { digestOf } from "../content-digest.ts";
import { bodyOf, messageIdOf, readMessage, senderOf } from "../envelope.ts";
import { fanOutId } from "../fan-out-id.ts";
import { type Accepted, isSameSender, type Letter } from "./accept.ts";
import { acceptFrom, type Sender, type Sent } from "./accept-from.ts";
import type { Instance } from "./store/instances.ts";
import type { Turn } from "./turn.ts";

/** Former ids of one recipient, and instances of a hub, under which an earlier try is looked for. */
const FORMER_MAX = 20;
const INSTANCES_MAX = 5_000;

/** One of those who get it, and the id for which its message was, or is, made. */
interface Addressee {
  recipient: Instance;
  madeFor: string;
}

/** Returns the fields of the reply. */
export function sendToRole(
  turn: Turn,
  sender: Sender,
  sent: Sent,
  letter: Letter,
  role: string,
  recipients: readonly Instance[],
): Result<object> {
  return reply(turn, sender, sent, letter, role, addresseesOf(turn, letter, recipients));
}

/** M3: the same again when nobody has the role any more; undefined where it is new. */
export function repeatToRole(
  turn: Turn,
  sender: Sender,
  sent: Sent,
  letter: Letter,
  role: string,
): Result<object> | undefined {
  const { instances, messages } = turn.store;
  const wholeId = messageIdOf(letter.body);
  const byCopy = new Map<string, Instance>();
  for (const instance of instances.all()) {
    if (byCopy.size < INSTANCES_MAX) byCopy.set(fanOutId(wholeId, instance.id), instance);
  }
  const addressees = messages.findAll([...byCopy.keys()]).flatMap((known): Addressee[] => {
    const instance = byCopy.get(known.messageId);
    const recipient = instance && instances.current(instance);
    if (instance === undefined || recipient === undefined) return [];
    const isSame =
      isSameSender(known.sender, senderOf(letter.body)) &&
      (known.digest ?? digestOf(known.body ?? "")) === digestOf(toLetter(letter, role, instance.id).body);
    return isSame ? [{ recipient, madeFor: instance.id }] : [];
  });
  return addressees.length === 0 ? undefined : reply(turn, sender, sent, letter, role, addressees);
}

/** M3: who has changed its session since an earlier try had that under the id that it had then. */
function addresseesOf({ store }: Turn, { body }: Letter, recipients: readonly Instance[]): Addressee[] {
  const { instances, messages } = store;
  const wholeId = messageIdOf(body);
  const retired = instances.retiredByHolder();
  const former = recipients.map((recipient) => (retired.get(recipient) ?? []).slice(-FORMER_MAX));
  const copyIds = former.flat().map(({ id }) => fanOutId(wholeId, id));
  const known = new Set(copyIds.length === 0 ? [] : messages.findAll(copyIds).map(({ messageId }) => messageId));
  return recipients.map((recipient, index) => {
    const earlier = former[index]?.find(({ id }) => known.has(fanOutId(wholeId, id)));
    return { recipient, madeFor: earlier?.id ?? recipient.id };
  });
}

function reply(
  turn: Turn,
  sender: Sender,
  sent: Sent,
  letter: Letter,
  role: string,
  addressees: readonly Addressee[],
): Result<object> {
  const results = addressees.map(({ recipient, madeFor }) =>
    acceptFrom(turn, sender, sent, toLetter(letter, role, madeFor), recipient),
  );
  return success(
    toRoleReply(
      role,
      addressees.map(({ recipient }) => recipient),
      results,
    ),
  );
}

/** Each gets an envelope and an id of its own, under which a retry finds it again. */
function toLetter(letter: Letter, role: string, madeFor: string): Letter {
  const message = readMessage(letter.body);
  if (message === null) throw new Error("a mailbox composed a message that cannot be read");
  const messageId = fanOutId(message.messageId, madeFor);
  const body = bodyOf({ ...message, messageId, to: madeFor, role });
  return { ...letter, body, bytes: utf8Length(body) };
}

/** A recipient that refuses (a full queue) stands in `refused` with its reason: the others have their message. */
function toRoleReply(role: string, recipients: readonly Instance[], results: readonly Result<Accepted>[]): object {
  const accepted = results.flatMap((result) => (result.ok ? [result.value] : []));
  const refused = results.flatMap((result, index) =>
    result.ok ? [] : [{ instanceId: (recipients[index] as Instance).id, code: result.code, error: result.error }],
  );
  const queued = accepted.filter(({ isQueued }) => isQueued).length;
  const isRepeat = refused.length === 0 && accepted.every(({ isDuplicate }) => isDuplicate);
  const held = accepted.filter(({ heldBy }) => heldBy !== undefined).length;
  return {
    role,
    recipients: accepted.map(({ recipient }) => recipient.id),
    delivered: accepted.length - queued,
    queued,
    messages: accepted.map(({ recipient, messageId, isQueued }) => ({
      instanceId: recipient.id,
      messageId,
      queued: isQueued,
    })),
    ...(held === 0 ? {} : { warning: `${held} of them are paused; what is for them waits.` }),
    ...(refused.length === 0 ? {} : { refused }),
    ...(isRepeat ? { duplicate: true } : {}),
  };
}
