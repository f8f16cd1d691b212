/** Upgrades to `/ws/plugin`: checked here, held by the instance's mailbox (section 1). */
import { type Env, mailboxOf } from "../durable-objects/env.ts";
import { sha256Hex } from "../durable-objects/hash.ts";
import type { Principal } from "../durable-objects/principal.ts";
import { problem } from "../durable-objects/problem.ts";
import { upgradeRequest } from "../durable-objects/upgrade.ts";
import { InstanceId } from "../shared/ids.ts";
import { IdentityToken, SUBPROTOCOL } from "../shared/protocol.ts";
import { offeredSubprotocols, protocolVersion } from "./auth.ts";

/** Forwards an authorised upgrade to the mailbox of its `instanceId`. */
export async function connectInstance(request: Request, env: Env, principal: Principal): Promise<Response> {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return problem("invalid_payload", "This path is a WebSocket endpoint; connect with a WebSocket client.");
  }
  const url = new URL(request.url);
  const instanceId = InstanceId.safeParse(url.searchParams.get("instanceId") ?? "");
  if (!instanceId.success) {
    return problem("invalid_instance_id", `instanceId ${instanceId.error.issues[0]?.message ?? "is not valid"}.`);
  }
  const identity = IdentityToken.safeParse(url.searchParams.get("identity") ?? undefined);
  if (!identity.success && url.searchParams.has("identity")) {
    return problem("invalid_payload", `identity ${identity.error.issues[0]?.message ?? "is not valid"}.`);
  }
  const facts = {
    instanceId: instanceId.data,
    version: protocolVersion(request, url),
    identityHash: identity.success ? await sha256Hex(identity.data) : null,
    principal,
    isTransient: url.searchParams.get("transient") === "1",
    isPull: url.searchParams.get("delivery") === "pull",
    isSubprotocolAsked: offeredSubprotocols(request).includes(SUBPROTOCOL),
  };
  return mailboxOf(env, facts.instanceId).fetch(upgradeRequest(facts));
}
