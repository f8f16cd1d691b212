/** What comes to the exchange, and what a turn does with it. All of one moment share a transaction, in the order it came. */
import { failure, type Result } from "../../shared/errors.ts";
import type { Hurry } from "../batcher.ts";
import type { LinkRequest, UpHead } from "../link.ts";
import { acknowledge } from "./acknowledge.ts";
import { finishRename, noteAnswered } from "./change-session.ts";
import { connect, leave, takeBack } from "./connect.ts";
import type { Link } from "./links.ts";
import { doOp } from "./ops.ts";
import type { Turn } from "./turn.ts";

export type Arrival =
  | { kind: "connect"; ws: WebSocket; request: LinkRequest; done(result: Result<Link>): void }
  | { kind: "text"; link: Link; head: UpHead; bodies: string[] }
  | { kind: "closed"; link: Link }
  /** A question by RPC that changes something; what it returns is told when the turn is over. */
  | { kind: "call"; work(turn: Turn): void; done(): void; failed(error: unknown): void };

/** Does what came. Returns what is left to do when the transaction is over. */
export function take(turn: Turn, arrival: Arrival): (() => void) | undefined {
  switch (arrival.kind) {
    case "connect": {
      const result = connect(turn, arrival.ws, arrival.request);
      return () => arrival.done(result);
    }
    case "text":
      takeText(turn, arrival.link, arrival.head, arrival.bodies);
      return undefined;
    case "closed":
      leave(turn, arrival.link);
      return undefined;
    case "call":
      arrival.work(turn);
      return arrival.done;
  }
}

/** What a connection that was replaced still says does not count (C7), but for what it could not write. */
function takeText(turn: Turn, link: Link, head: UpHead, bodies: readonly string[]): void {
  if (link.state !== "over") {
    for (const ack of head.acks ?? []) acknowledge(turn, link, ack);
    let next = 0;
    for (const op of head.ops ?? [])
      turn.answer(
        link,
        doOp(turn, link, op, () => bodies[next++] as string),
      );
    noteAnswered(turn, link, false);
    if (head.isRenamed) finishRename(turn, link);
  }
  if (head.isLeaving) {
    leave(turn, link);
    turn.to(link).head.isOver = true;
  }
  if (head.returned !== undefined) takeBack(turn, link, head.returned);
}

/** Nothing of the turn came to be: says so to whoever waits. */
export function fail(arrival: Arrival, error: unknown): void {
  if (arrival.kind === "connect") arrival.done(NOT_STORED);
  if (arrival.kind === "call") arrival.failed(error);
  if (arrival.kind !== "text" || arrival.head.ops === undefined) return;
  arrival.link.ws.send(JSON.stringify({ results: arrival.head.ops.map(() => NOT_STORED) }));
}

/** Nobody waits for acks, but for those that make room for messages that wait. */
export function hurryOf(arrival: Arrival): Hurry {
  if (arrival.kind !== "text") return "now";
  const { acks, ...others } = arrival.head;
  if (acks === undefined || Object.keys(others).length > 0) return "now";
  return arrival.link.backlog === "nothing" ? "later" : "soon";
}

const NOT_STORED = failure("internal", "The hub could not store this; try again, a message with the same messageId.");

/** A call whose result is known when its turn is over. */
export function callOf<T>(work: (turn: Turn) => T): { arrival: Arrival; result: Promise<T> } {
  const { promise: result, resolve, reject } = Promise.withResolvers<T>();
  let value: T;
  const arrival: Arrival = {
    kind: "call",
    work: (turn) => {
      value = work(turn);
    },
    done: () => resolve(value),
    failed: reject,
  };
  return { arrival, result };
}
