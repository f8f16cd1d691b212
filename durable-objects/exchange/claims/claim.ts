/** Claims and their ends (L1). All that changes hands does so in the turn in which it became free. */
import { isPattern } from "../../../shared/claims.ts";
import { type Failure, failure, type Result, success } from "../../../shared/errors.ts";
import {
  CLAIM_COMPARISONS_MAX,
  CLAIM_GLOBS_PER_INSTANCE,
  CLAIM_TTL_DEFAULT_SECONDS,
  CLAIM_WAIT_NAMES_MAX,
  CLAIM_WAITS_MAX,
  CLAIM_WAITS_PER_INSTANCE,
  CLAIMS_MAX,
  CLAIMS_PER_INSTANCE,
} from "../../../shared/limits.ts";
import type { OpOf } from "../../link.ts";
import type { Link } from "../links.ts";
import { DISK_FULL } from "../room.ts";
import type { HeldClaim } from "../store/claims.ts";
import type { Instance } from "../store/instances.ts";
import type { Turn } from "../turn.ts";
import { endClaims } from "./end.ts";
import { type ClaimTerms, grant } from "./grant.ts";
import { describeClaim } from "./look.ts";
import { heldAgainst, type Wanted, waitsAgainst } from "./meet.ts";
import { ringOf } from "./ring.ts";
import { serveWaits } from "./serve.ts";
import { tellWaits } from "./who-waits.ts";

/** As many of those who are in the way as an answer names. */
const HELD_BY_MAX = 20;

/** Does a `claim`: all names, or none. Names that it holds already are renewed, and keep their tokens. */
export function claim(turn: Turn, { instance }: Link, op: OpOf<"claim">): Result<object> {
  if (!turn.hasRoom) return DISK_FULL;
  const ttlMs = (op.ttlSeconds ?? CLAIM_TTL_DEFAULT_SECONDS) * 1_000;
  const request = { names: [...new Set(op.names)], mode: op.mode, ttlMs, reason: op.reason ?? null };
  const wanted = { holder: instance.number, mode: op.mode, names: notHeld(turn, instance, request) };
  const refusal = tooMany(turn, instance, request.names) ?? tooWide(turn, wanted);
  if (refusal !== null) return refusal;
  const held = heldAgainst(turn.store, wanted);
  const ahead = waitsAgainst(turn.store, wanted, waitOf(turn, instance, request)?.number ?? null);
  if (held.length > 0 || ahead.length > 0) return op.wait ? wait(turn, instance, request, held) : refused(turn, held);
  const own = waitOf(turn, instance, request);
  if (own !== undefined) turn.store.claims.removeWait(own.number);
  const granted = grant(turn, instance, request);
  // Who has it shared now that was alone with it lets others in.
  serveWaits(turn);
  return success({ granted: true, ...granted });
}

/** Does a `release`: of these names, or of all; and takes back what waits for them. What somebody else holds stays. */
export function release(turn: Turn, { instance }: Link, { names }: OpOf<"release">): Result<object> {
  const isNamed = (name: string) => names === undefined || names.includes(name);
  const { claims } = turn.store;
  const takenBack = claims.waits().filter((wait) => wait.holder === instance.number && wait.names.some(isNamed));
  for (const wait of takenBack) claims.removeWait(wait.number);
  if (takenBack.length > 0) tellWaits(turn, instance);
  const ended = claims.of(instance.number).filter(({ name }) => isNamed(name));
  endClaims(turn, ended, "released");
  return success({ released: ended.map(({ name }) => name) });
}

/** A request that waits already: asked again, as after a broken link, it keeps its place. */
function waitOf({ store }: Turn, { number }: Instance, { names, mode }: ClaimTerms) {
  const key = JSON.stringify(names);
  return store.claims
    .waits()
    .find((wait) => wait.holder === number && wait.mode === mode && JSON.stringify(wait.names) === key);
}

/** Those of the names that it does not hold yet in this mode. */
function notHeld({ store }: Turn, { number }: Instance, { names, mode }: ClaimTerms): string[] {
  const own = new Set(store.claims.of(number).flatMap((held) => (held.mode === mode ? held.name : [])));
  return names.filter((name) => !own.has(name));
}

function wait(turn: Turn, instance: Instance, request: ClaimTerms, held: readonly HeldClaim[]): Result<object> {
  const { claims } = turn.store;
  const known = waitOf(turn, instance, request);
  const refusal = known === undefined ? tooManyWaits(turn, instance, request) : null;
  if (refusal !== null) return refusal;
  const wanted: Wanted = { holder: instance.number, ...request };
  const ring = ringOf(turn, wanted);
  if (ring !== null) {
    return failure("conflict", `This would wait for ever: ${ring}. Release what they wait for, or agree with them.`);
  }
  const { number } = known ?? claims.addWait({ ...request, holder: instance.number, askedAt: turn.now });
  if (known === undefined) tellWaits(turn, instance);
  const position = waitsAgainst(turn.store, wanted, number).length + 1;
  return success({ granted: false, waiting: position, ...heldBy(turn, held) });
}

function refused(turn: Turn, held: readonly HeldClaim[]): Result<object> {
  return success({ granted: false, ...heldBy(turn, held) });
}

function heldBy(turn: Turn, held: readonly HeldClaim[]): object {
  const named = held.slice(0, HELD_BY_MAX).map((claim) => describeClaim(turn.store, claim));
  const more = held.length - named.length;
  return { heldBy: named, ...(more > 0 ? { more } : {}) };
}

function tooManyWaits({ store }: Turn, { number }: Instance, { names }: ClaimTerms): Failure | null {
  if (names.length > CLAIM_WAIT_NAMES_MAX) {
    return failure("conflict", `At most ${CLAIM_WAIT_NAMES_MAX} names are waited for at once: claim a glob, or less.`);
  }
  const waits = store.claims.waits();
  const own = waits.filter(({ holder }) => holder === number).length;
  if (own >= CLAIM_WAITS_PER_INSTANCE) {
    return failure("conflict", `You wait for ${own} claims already; release some of those names first.`);
  }
  if (waits.length < CLAIM_WAITS_MAX) return null;
  return failure(
    "conflict",
    `${waits.length} requests wait for claims on this hub, and no more may; ask without wait.`,
  );
}

function tooMany({ store }: Turn, { number }: Instance, names: readonly string[]): Failure | null {
  const all = new Set([...store.claims.of(number).map(({ name }) => name), ...names]);
  const globs = [...all].filter(isPattern).length;
  if (store.claims.count() + names.length > CLAIMS_MAX) {
    return failure(
      "conflict",
      `All sessions together hold ${CLAIMS_MAX} names, and no more may be held: wait until some end.`,
    );
  }
  if (all.size <= CLAIMS_PER_INSTANCE && globs <= CLAIM_GLOBS_PER_INSTANCE) return null;
  return failure(
    "conflict",
    `One session holds at most ${CLAIMS_PER_INSTANCE} names, ${CLAIM_GLOBS_PER_INSTANCE} of them globs; with these it would be ${all.size} and ${globs}. Release some, or claim a wider glob.`,
  );
}

/** What is compared holds up everyone; so how much of it one request can cause has a bound. */
function tooWide({ store }: Turn, { names, holder }: Wanted): Failure | null {
  const pairs = store.claims.countComparisons(names, holder);
  if (pairs <= CLAIM_COMPARISONS_MAX) return null;
  return failure(
    "conflict",
    `To compare these ${names.length} names with what others claim of the same branch would take ${pairs} steps, and ${CLAIM_COMPARISONS_MAX} is the most: claim fewer names at once, or one wider glob.`,
  );
}
