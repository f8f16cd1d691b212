/** Opens a new link for a client whose link broke, as when the exchange started anew. */
import { CloseCode } from "../../../shared/errors.ts";
import { type Env, exchangeOf } from "../../env.ts";
import { type LinkRequest, linkRequest } from "../../link.ts";
import type { Line } from "./line.ts";

/** Thousands of mailboxes lose their links at once: jitter spreads them. */
const JITTER_MS = 50;
const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 2_000;
/** From this pause between two tries on, clients do not wait for their answers any more: the disk may be full. */
const FAIL_AFTER_MS = 400;

/** Tries until there is a link, or until it is known that the connection is not one any more. */
export async function relink(line: Line, asked: LinkRequest, env: Env): Promise<void> {
  for (let waitMs = RETRY_FIRST_MS; line.isRelinking; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
    await scheduler.wait(Math.random() * JITTER_MS);
    const request = { ...asked, instanceId: line.instanceId, resumes: line.connection, ...line.window.toResume() };
    const answer = await exchangeOf(env)
      .fetch(linkRequest(request))
      .catch(() => null);
    if (answer?.webSocket) {
      line.attach(answer.webSocket);
      return;
    }
    if (answer !== null && answer.status < 500) {
      // Replaced meanwhile, or its instance or key is gone.
      if (answer.status === 409) line.close(CloseCode.replaced, "replaced by a newer connection");
      else line.close(CloseCode.revoked, "key revoked or instance removed");
      return;
    }
    if (waitMs >= FAIL_AFTER_MS) line.failWaiting();
    await scheduler.wait(waitMs);
  }
}
