/** Everything that happened: the event stream, history, search, counts. One object, fed from the others' outboxes. */
import { DurableObject } from "cloudflare:workers";
import { failure, type Result } from "../../shared/errors.ts";
import type { JournalStats, MessagePage, MessageRecord } from "../../shared/history.ts";
import type { Env } from "../env.ts";
import type { JournalRpc, MessageFeed, OutboxEvents } from "../rpc.ts";
import { problem } from "../upgrade.ts";
import { JournalTables } from "./tables.ts";

export class Journal extends DurableObject<Env> implements JournalRpc {
  readonly #tables: JournalTables;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#tables = new JournalTables(ctx.storage);
  }

  override async fetch(_request: Request): Promise<Response> {
    return problem("not_found", "This hub has no event stream yet.");
  }

  async takeEvents(source: string, { seqs }: OutboxEvents): Promise<void> {
    const taken = this.#tables.takenFrom(source);
    const last = seqs.at(-1) ?? 0;
    if (last > taken) this.#tables.noteTaken(source, last, Date.now());
  }

  async takeFeed(_feed: MessageFeed): Promise<void> {}

  async search(_query: string, _limit: number, _cursor: string | null): Promise<Result<MessagePage>> {
    return failure("internal", "This hub cannot search yet.");
  }

  async message(_messageId: string): Promise<MessageRecord | null> {
    return null;
  }

  async stats(_now: number): Promise<JournalStats> {
    const latency = { count: 0, p50Ms: null, p95Ms: null };
    return {
      messagesToday: 0,
      queuedTotal: 0,
      hours: [],
      types: {},
      topics: {},
      instances: [],
      delivery: latency,
      answers: latency,
    };
  }
}
