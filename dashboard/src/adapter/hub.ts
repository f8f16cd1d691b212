/** The hub as the page's models see it. Tests give them another one at this edge. */
import { createEventStream, type EventStream } from "./event-stream.ts";
import { createParticipant, type Participant } from "./participant.ts";
import { createRest, type Rest } from "./rest.ts";
import { createSessionMark, type SessionMark } from "./session-mark.ts";
import { holdTabIdentity } from "./tab-identity.ts";

export interface Hub {
  readonly rest: Rest;
  readonly sessionMark: SessionMark;
  readonly stream: EventStream;
  readonly participant: Participant;
}

/** The hub that served this page. */
export function createHub(page: Document, storage: Storage): Hub {
  const { location } = page;
  const wsBase = location.origin.replace(/^http/, "ws");
  const rest = createRest();
  const isHubThere = () =>
    rest.get("/livez").then(
      () => true,
      () => false,
    );
  return {
    rest,
    sessionMark: createSessionMark(page, location.port),
    stream: createEventStream(wsBase),
    participant: createParticipant(wsBase, holdTabIdentity(location.hostname, storage), isHubThere),
  };
}
