/** Upgrades to `/ws/dashboard`: checked here, held by the journal (C2, section 8). */
import { type Env, journalOf } from "../durable-objects/env.ts";
import type { Principal } from "../durable-objects/principal.ts";
import { problem } from "../durable-objects/problem.ts";
import { upgradeRequest } from "../durable-objects/upgrade.ts";
import { SUBPROTOCOL } from "../shared/protocol.ts";
import { offeredSubprotocols, protocolVersion } from "./auth.ts";

/** Forwards an authorised upgrade to the event stream. */
export async function connectStream(request: Request, env: Env, principal: Principal): Promise<Response> {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return problem("invalid_payload", "This path is a WebSocket endpoint; connect with a WebSocket client.");
  }
  const url = new URL(request.url);
  const since = url.searchParams.get("since");
  if (since !== null && !/^\d{1,15}$/.test(since)) {
    return problem("invalid_payload", "since must be the cursor of an event: a whole number.");
  }
  const facts = {
    principal,
    version: protocolVersion(request, url),
    since: since === null ? null : Number(since),
    isSubprotocolAsked: offeredSubprotocols(request).includes(SUBPROTOCOL),
  };
  return journalOf(env).fetch(upgradeRequest(facts));
}
