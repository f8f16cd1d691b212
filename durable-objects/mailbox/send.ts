/** `send_message` to instances and roles: a run of frames becomes one submission, and each frame gets its own answer. */
import { failure, type Result, success } from "../../shared/errors.ts";
import type { Address } from "../../shared/ids.ts";
import type { FrameOf } from "../../shared/protocol.ts";
import { type Author, composeMessage, packParcel } from "../compose.ts";
import { fanOutId } from "../fan-out-id.ts";
import { messageIdOf, type Parcel, toColumns } from "../parcels.ts";
import { readAddress, resolvePartials } from "../route-message.ts";
import type { DirectoryRpc, ExchangeRpc, FinalVerdict, VerdictColumns } from "../rpc.ts";
import type { SentRow } from "./store.ts";

export type SendFrame = FrameOf<"send_message">;

/** What sending needs of its mailbox and of the world. */
export interface SendDeps {
  author: Author;
  directory: Pick<DirectoryRpc, "resolvePartials" | "recipientsOf" | "instancesWithRole">;
  exchange: Pick<ExchangeRpc, "submit">;
  /** To whom this instance has sent these messages before. */
  findSent(messageIds: readonly string[]): Map<string, string>;
  noteSent(row: SentRow): void;
  now: number;
}

/** A message that was written to its recipient's socket with this send; `at` in epoch ms. */
export interface WrittenNow {
  messageId: string;
  to: string;
  at: number;
}

/** The reply's fields (section 4), and what the sender gets a receipt for. */
export interface SendOutcome {
  reply: Record<string, unknown>;
  written: WrittenNow[];
}

/** Where one frame goes. */
interface Plan {
  /** The role, for a fan-out (E3); null for a message to one instance. */
  role: string | null;
  parcels: Parcel[];
}

/** Sends a run of frames in their order. One result per frame; never throws for what a client can cause. */
export async function sendMessages(frames: readonly SendFrame[], deps: SendDeps): Promise<Result<SendOutcome>[]> {
  const plans = await refuseReusedIds(frames, await planAll(frames, deps), deps);
  const parcels = plans.flatMap((plan) => (plan.ok ? plan.value.parcels : []));
  const verdicts = parcels.length === 0 ? [] : verdictsOf(parcels, await deps.exchange.submit(toColumns(parcels)));
  let next = 0;
  return plans.map((plan) => {
    if (!plan.ok) return plan;
    const own = verdicts.slice(next, next + plan.value.parcels.length);
    next += own.length;
    noteSent(plan.value.parcels, own, deps);
    return plan.value.role === null
      ? directOutcome(plan.value.parcels[0] as Parcel, own[0] as FinalVerdict)
      : success(roleOutcome(plan.value.role, plan.value.parcels, own));
  });
}

async function planAll(frames: readonly SendFrame[], deps: SendDeps): Promise<Result<Plan>[]> {
  const addresses = frames.map((frame) => readAddress(frame.to));
  const partials = addresses.flatMap((a) => (a.ok && a.value.kind === "partial" ? [a.value.address] : []));
  const resolved = await resolvePartials([...new Set(partials)], deps.directory);
  const roles = addresses.flatMap((a) => (a.ok && a.value.kind === "role" ? [a.value.role] : []));
  const holders = new Map<string, string[]>();
  for (const role of new Set(roles)) holders.set(role, await deps.directory.instancesWithRole(role));
  return frames.map((frame, index) => {
    const address = addresses[index] as Result<Address>;
    return address.ok ? planOne(frame, address.value, resolved, holders, deps) : address;
  });
}

function planOne(
  frame: SendFrame,
  address: Address,
  resolved: ReadonlyMap<string, Result<string>>,
  holders: ReadonlyMap<string, readonly string[]>,
  { author, now }: SendDeps,
): Result<Plan> {
  if (address.kind === "role") return planRole(frame, address.role, holders.get(address.role) ?? [], author, now);
  const target = targetOf(address, resolved);
  if (!target.ok) return target;
  const message = composeMessage(frame, author, target.value, now);
  return success({ role: null, parcels: [packParcel(message, target.value, now)] });
}

/** E3: everyone with the role but the sender, an envelope each, under ids that a retry makes again. */
function planRole(
  frame: SendFrame,
  role: string,
  holders: readonly string[],
  author: Author,
  now: number,
): Result<Plan> {
  const recipients = holders.filter((id) => id !== author.from);
  if (recipients.length === 0) {
    return failure("not_found", `Nobody else has the role ${role}. Call list_instances to see who has which.`);
  }
  const { messageId } = composeMessage(frame, author, "", now);
  const parcels = recipients.map((to) => {
    const copy = { ...frame, role, messageId: fanOutId(messageId, to) };
    return packParcel(composeMessage(copy, author, to, now), to, now);
  });
  return success({ role, parcels });
}

function targetOf(address: Address, resolved: ReadonlyMap<string, Result<string>>): Result<string> {
  if (address.kind === "instance") return success(address.instanceId);
  if (address.kind === "partial") return resolved.get(address.address) as Result<string>;
  return failure("invalid_payload", `${address.kind} is not an address of one instance.`);
}

/** M3: a messageId that already names a message to someone else is a conflict; to the same one, the mailbox decides. */
async function refuseReusedIds(
  frames: readonly SendFrame[],
  plans: readonly Result<Plan>[],
  deps: SendDeps,
): Promise<Result<Plan>[]> {
  const broughtIds = frames.flatMap((frame) => frame.messageId ?? []);
  if (broughtIds.length === 0) return [...plans];
  const recipientOf = deps.findSent(broughtIds);
  const checked: Result<Plan>[] = [];
  for (const plan of plans) {
    const parcel = plan.ok && plan.value.role === null ? plan.value.parcels[0] : undefined;
    if (parcel === undefined) {
      checked.push(plan);
      continue;
    }
    const messageId = messageIdOf(parcel.body);
    const known = recipientOf.get(messageId);
    if (known === undefined) recipientOf.set(messageId, parcel.to);
    const isReused = known !== undefined && known !== parcel.to && !(await isSameMailbox(known, parcel.to, deps));
    checked.push(
      isReused
        ? failure("conflict", `The messageId ${messageId} is already used for a message to ${known}; take a new one.`)
        : plan,
    );
  }
  return checked;
}

async function isSameMailbox(a: string, b: string, { directory }: SendDeps): Promise<boolean> {
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

function noteSent(parcels: readonly Parcel[], verdicts: readonly FinalVerdict[], deps: SendDeps): void {
  for (const [index, { body }] of parcels.entries()) {
    const verdict = verdicts[index];
    // A duplicate too: the try before it may have come just ahead of a crash that this mailbox's own note did not survive.
    if (verdict?.ok !== true) continue;
    deps.noteSent({ messageId: messageIdOf(body), recipient: verdict.to, sentAt: deps.now });
  }
}

function directOutcome(parcel: Parcel, verdict: FinalVerdict): Result<SendOutcome> {
  if (!verdict.ok) return verdict;
  const reply = {
    messageId: messageIdOf(parcel.body),
    queued: verdict.queued,
    to: verdict.to,
    ...(verdict.queued ? { warning: `${verdict.to} is offline; the message waits in its queue.` } : {}),
    ...(verdict.duplicate ? { duplicate: true as const } : {}),
  };
  return success({ reply, written: writtenOf(parcel, verdict) });
}

/** A recipient that refuses (a full queue) stands in `refused` with its reason: the others have their message. */
function roleOutcome(role: string, parcels: readonly Parcel[], verdicts: readonly FinalVerdict[]): SendOutcome {
  const accepted = verdicts.flatMap((verdict, i) => (verdict.ok ? [{ verdict, parcel: parcels[i] as Parcel }] : []));
  const refused = verdicts.flatMap((verdict, i) =>
    verdict.ok ? [] : [{ instanceId: (parcels[i] as Parcel).to, code: verdict.code, error: verdict.error }],
  );
  const messages = accepted.map(({ verdict, parcel }) => ({
    instanceId: verdict.to,
    messageId: messageIdOf(parcel.body),
    queued: verdict.queued,
  }));
  const queued = messages.filter((message) => message.queued).length;
  const reply = {
    role,
    recipients: messages.map((message) => message.instanceId),
    delivered: messages.length - queued,
    queued,
    messages,
    ...(refused.length === 0 ? {} : { refused }),
  };
  return { reply, written: accepted.flatMap(({ verdict, parcel }) => writtenOf(parcel, verdict)) };
}

function writtenOf(parcel: Parcel, verdict: Extract<FinalVerdict, { ok: true }>): WrittenNow[] {
  if (verdict.duplicate || verdict.deliveredAt === 0) return [];
  return [{ messageId: messageIdOf(parcel.body), to: verdict.to, at: verdict.deliveredAt }];
}
