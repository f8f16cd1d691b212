import type { Env } from "../durable-objects/env.ts";
import type { Principal } from "../durable-objects/principal.ts";

/** What the worker's handlers find in their context. `requireKey` sets the variables. */
export interface HubEnv {
  Bindings: Env;
  Variables: {
    principal: Principal;
    /** When the session ends, epoch ms; null for a key. */
    expiresAt: number | null;
  };
}
