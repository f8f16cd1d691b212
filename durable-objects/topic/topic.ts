/**
 * What 0.1 left of one topic: it kept its members and its history itself. Topics are in the exchange's store now, and nothing
 * but the conversion of a folder of 0.1 wakes such an object: each costs files of the process, and there may be any number.
 */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { dumpTable, dumpText, type LegacyRows, type LegacyRpc } from "../legacy/dump.ts";

export class Topic extends DurableObject<Env> implements LegacyRpc {
  async dumpLegacy(table: string, offset: number): Promise<LegacyRows> {
    return dumpTable(this.ctx.storage, table, offset);
  }

  async dumpLegacyText(key: string): Promise<string | null> {
    return dumpText(this.ctx.storage, key);
  }
}
