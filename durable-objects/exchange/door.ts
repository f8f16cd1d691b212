/** Where links come in: not with a key that was revoked, and not before it is known which ids are kept for whom (C8). */
import { CloseCode, failure } from "../../shared/errors.ts";
import { readLinkRequest } from "../link.ts";
import { namesOf } from "../principal.ts";
import { problemOf } from "../problem.ts";
import type { DirectoryRpc } from "../rpc.ts";
import { leave } from "./connect.ts";
import type { Engine } from "./engine.ts";
import type { Reservations } from "./reservations.ts";

export class Door {
  readonly #directory: () => Pick<DirectoryRpc, "listPatterns">;
  #learning: Promise<void> | undefined;
  /** Those of this life in memory: what is under way meets them, and what comes later does not get this far. */
  readonly #revoked = new Set<string>();

  constructor(directory: () => Pick<DirectoryRpc, "listPatterns">) {
    this.#directory = directory;
  }

  /** A mailbox opens a link for a client. Answers 101 when the client is let in, otherwise with what the client is told. */
  async enter(engine: Engine, request: Request): Promise<Response> {
    const asked = readLinkRequest(request);
    if (namesOf(asked.principal).some((name) => this.#revoked.has(name))) {
      return problemOf(failure("unauthorized", "That key has been revoked, or that session has ended."));
    }
    const { reservations } = engine.store;
    if (!reservations.isKnown) await this.#learn(reservations);
    const { 0: theirs, 1: ours } = new WebSocketPair();
    ours.accept();
    const result = await engine.connect(ours, asked);
    return result.ok ? new Response(null, { status: 101, webSocket: theirs }) : problemOf(result);
  }

  /** Closes what came with this key or session; from here on none may come with it. */
  async revoke(opening: Promise<Engine>, name: string): Promise<void> {
    this.#revoked.add(name);
    await (await opening).call((turn) => {
      for (const link of [...turn.links.all()].filter(({ principal }) => namesOf(principal).includes(name))) {
        turn.close(link, CloseCode.revoked, "the key of this connection was revoked, or its session has ended");
        leave(turn, link);
      }
    });
  }

  /** Once in a life of the object, however many come at its start. */
  #learn(reservations: Reservations): Promise<void> {
    const learn = async () => {
      const patterns = await this.#directory().listPatterns();
      // What it told by itself meanwhile is newer.
      if (!reservations.isKnown) reservations.set(patterns);
    };
    this.#learning ??= learn().finally(() => {
      this.#learning = undefined;
    });
    return this.#learning;
  }
}
