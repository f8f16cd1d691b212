import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { dumpTable, dumpText, type LegacyRows, type LegacyRpc } from "./dump.ts";

/** A topic as 0.1 kept it: an object of its own. Topics are in the exchange's store by now. */
export class Topic extends DurableObject<Env> implements LegacyRpc {
  async dumpLegacy(table: string, offset: number): Promise<LegacyRows> {
    return dumpTable(this.ctx.storage, table, offset);
  }

  async dumpLegacyText(key: string): Promise<string | null> {
    return dumpText(this.ctx.storage, key);
  }
}
