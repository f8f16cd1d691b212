/** `send_message`: a run of frames becomes one submission to the exchange, and each gets its own answer. */
import { failure, type Result, success } from "../../shared/errors.ts";
import type { Address } from "../../shared/ids.ts";
import type { FrameOf } from "../../shared/protocol.ts";
import { type Author, composeMessage, packParcel } from "../compose.ts";
import { messageIdOf, type Parcel, toColumns } from "../parcels.ts";
import { readAddress, resolvePartials } from "../route-message.ts";
import type { DirectoryRpc, ExchangeRpc, FinalVerdict, VerdictColumns } from "../rpc.ts";
import type { SentRow } from "./store.ts";

export type SendFrame = FrameOf<"send_message">;

/** What sending needs of its mailbox and of the world. */
export interface SendDeps {
  author: Author;
  directory: Pick<DirectoryRpc, "resolvePartials" | "recipientsOf">;
  exchange: Pick<ExchangeRpc, "submit">;
  /** To whom this instance has sent these messages before. */
  findSent(messageIds: readonly string[]): Map<string, string>;
  noteSent(row: SentRow): void;
  now: number;
}

/** The reply's fields (section 4), and when it was written to the recipient's socket, for the receipt; 0 for not now. */
export interface SendOutcome {
  reply: { messageId: string; queued: boolean; to: string; warning?: string; duplicate?: true };
  deliveredAt: number;
}

/** Sends a run of frames in their order. One result per frame; never throws for what a client can cause. */
export async function sendMessages(frames: readonly SendFrame[], deps: SendDeps): Promise<Result<SendOutcome>[]> {
  const targets = await resolveTargets(frames, deps);
  const parcels = frames.map((frame, index): Result<Parcel> => {
    const target = targets[index] as Result<string>;
    if (!target.ok) return target;
    const message = composeMessage(frame, deps.author, target.value, deps.now);
    return success(packParcel(message, target.value, deps.now));
  });
  const checked = await refuseReusedIds(frames, parcels, deps);
  const accepted = checked.flatMap((parcel) => (parcel.ok ? [parcel.value] : []));
  const verdicts = accepted.length === 0 ? [] : verdictsOf(accepted, await deps.exchange.submit(toColumns(accepted)));
  let next = 0;
  return checked.map((parcel) => {
    if (!parcel.ok) return parcel;
    return outcomeOf(parcel.value, verdicts[next++] as FinalVerdict, deps);
  });
}

async function resolveTargets(frames: readonly SendFrame[], deps: SendDeps): Promise<Result<string>[]> {
  const addresses = frames.map((frame) => readAddress(frame.to));
  const partials = addresses.flatMap((a) => (a.ok && a.value.kind === "partial" ? [a.value.address] : []));
  const resolved = await resolvePartials([...new Set(partials)], deps.directory);
  return addresses.map((address) => (address.ok ? targetOf(address.value, resolved) : address));
}

function targetOf(address: Address, resolved: ReadonlyMap<string, Result<string>>): Result<string> {
  if (address.kind === "instance") return success(address.instanceId);
  if (address.kind === "partial") return resolved.get(address.address) as Result<string>;
  return failure("invalid_payload", `${address.kind} is not an address of one instance.`);
}

/** M3: a messageId that already names a message to someone else is a conflict; to the same one, the mailbox decides. */
async function refuseReusedIds(
  frames: readonly SendFrame[],
  parcels: readonly Result<Parcel>[],
  deps: SendDeps,
): Promise<Result<Parcel>[]> {
  const broughtIds = frames.flatMap((frame) => frame.messageId ?? []);
  if (broughtIds.length === 0) return [...parcels];
  const recipientOf = deps.findSent(broughtIds);
  const checked: Result<Parcel>[] = [];
  for (const parcel of parcels) {
    if (!parcel.ok) {
      checked.push(parcel);
      continue;
    }
    const { to, body } = parcel.value;
    const messageId = messageIdOf(body);
    const known = recipientOf.get(messageId);
    if (known === undefined) recipientOf.set(messageId, to);
    const isReused = known !== undefined && known !== to && !(await isSameMailbox(known, to, deps.directory));
    checked.push(
      isReused
        ? failure("conflict", `The messageId ${messageId} is already used for a message to ${known}; take a new one.`)
        : parcel,
    );
  }
  return checked;
}

async function isSameMailbox(a: string, b: string, directory: SendDeps["directory"]): Promise<boolean> {
  const [first, second] = await directory.recipientsOf([a, b]);
  return first !== null && first === second;
}

function verdictsOf(parcels: readonly Parcel[], columns: VerdictColumns): FinalVerdict[] {
  const verdicts = parcels.map(
    ({ to }, i): FinalVerdict => ({
      ok: true,
      to,
      queued: columns.isQueued[i] as boolean,
      duplicate: false,
      deliveredAt: columns.deliveredAt[i] as number,
    }),
  );
  for (const [index, verdict] of columns.special) if (!("moved" in verdict)) verdicts[index] = verdict;
  return verdicts;
}

function outcomeOf(parcel: Parcel, verdict: FinalVerdict, deps: SendDeps): Result<SendOutcome> {
  if (!verdict.ok) return verdict;
  const messageId = messageIdOf(parcel.body);
  if (!verdict.duplicate) deps.noteSent({ sentAt: deps.now, messageId, recipient: verdict.to });
  return success({
    reply: {
      messageId,
      queued: verdict.queued,
      to: verdict.to,
      ...(verdict.queued ? { warning: `${verdict.to} is offline; the message waits in its queue.` } : {}),
      ...(verdict.duplicate ? { duplicate: true as const } : {}),
    },
    deliveredAt: verdict.duplicate ? 0 : verdict.deliveredAt,
  });
}
