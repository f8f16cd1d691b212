/** H3: whom a pause holds, and what passes it. The one place that says so, for mail in both directions. */
import { type Failure, failure } from "../../../shared/errors.ts";
import type { Pause } from "../../../shared/pauses.ts";
import type { TaskMove } from "../../../shared/task-move.ts";
import type { TaskState } from "../../../shared/task-state.ts";
import { messageIdOf } from "../../envelope.ts";
import { isoTime } from "../../iso-time.ts";
import type { TaskPart } from "../../link.ts";
import type { Link } from "../links.ts";
import { quote } from "../quote.ts";
import type { Instance } from "../store/instances.ts";
import type { StoredPause } from "../store/pauses.ts";
import { ownerOf, requesterOf } from "../tasks/people.ts";
import type { Turn } from "../turn.ts";

/** A session that says so needs somebody: nothing may keep that from whoever can help. */
const CRIES: ReadonlySet<TaskState> = new Set(["input_required", "failed"]);

/** What holds an instance; undefined where nothing does. A person, who came with a browser's sign-in, is never held. */
export function pauseOf({ store, links }: Pick<Turn, "store" | "links">, instance: Instance): StoredPause | undefined {
  if (store.pauses.isEmpty || links.of(instance)?.isPerson) return undefined;
  return store.pauses.of(instance);
}

/** What somebody says: what it is to the ledger, what it answers, and whom it is for, as far as these are named. */
export interface Said {
  task: TaskPart | undefined;
  replyTo: string | undefined;
  recipients: readonly Instance[];
}

/** Whether a message says, of a task that is the speaker's, to who asked for it, that it cannot go on. */
export function isCry({ store }: Turn, { instance }: Link, { task, replyTo, recipients }: Said): boolean {
  if (task?.kind !== "moves" || !saysCry(task.move) || replyTo === undefined) return false;
  const own = store.tasks.find(replyTo);
  if (own === undefined || ownerOf(store, own) !== instance) return false;
  return recipients.length === 1 && recipients[0] === requesterOf(store, own);
}

/** Whether a step says that its task cannot go on. */
export function saysCry({ state }: TaskMove): boolean {
  return CRIES.has(state);
}

/** Whether what a connection says passes every pause. */
export function passes(turn: Turn, link: Link, said: Said): boolean {
  return link.isPerson || isCry(turn, link, said);
}

/** Why a paused session may not send this; null where it may. What was accepted before the pause is answered again (M3). */
export function pausedRefusal(turn: Turn, link: Link, said: Said, body: string): Failure | null {
  const pause = pauseOf(turn, link.instance);
  if (pause === undefined || passes(turn, link, said) || turn.store.messages.has(messageIdOf(body))) return null;
  const { recipients } = said;
  if (recipients.length > 0 && recipients.every((recipient) => turn.links.of(recipient)?.isPerson)) return null;
  return refusalOf(turn, pause);
}

/** The refusal of whatever a paused session would tell others. */
export function refusalOf(turn: Turn, pause: StoredPause): Failure {
  const whom = { all: "All sessions are", project: "Your project is", instance: "You are" }[pause.aim.kind];
  return failure(
    "paused",
    `${whom} paused by ${pause.by}${becauseOf(pause)}; nothing was sent. Wait until you are resumed. What you send to people, and input_required or failed of a task, passes.`,
    { details: { paused: describePause(turn, pause) } },
  );
}

/** Why a schedule sends nothing: what its maker would send is refused. */
export function pausedMaker(turn: Turn, maker: Instance): Failure | null {
  const pause = pauseOf(turn, maker);
  if (pause === undefined) return null;
  return failure("paused", `Who made it is paused by ${pause.by}${becauseOf(pause)}.`);
}

/** Says to a sender that a message waits because its recipient is paused. */
export function waitingSentence({ id }: Instance, pause: StoredPause): string {
  return `${id} is paused by ${pause.by}${becauseOf(pause)}; the message waits.`;
}

/** A pause as it is told; times ISO 8601. */
export function describePause({ store }: Pick<Turn, "store">, { aim, by, reason, at }: StoredPause): Pause {
  const target =
    aim.kind === "instance"
      ? store.instances.idOf(aim.number)
      : aim.kind === "project"
        ? `project:${aim.project}`
        : aim.kind;
  return { target, by, ...(reason === null ? {} : { reason }), at: isoTime(at) };
}

function becauseOf({ reason }: StoredPause): string {
  return reason === null ? "" : `: ${quote(reason)}`;
}
