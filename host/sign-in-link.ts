/** A link that opens the dashboard signed in, once. */
import { setTimeout as sleep } from "node:timers/promises";
import { askHub, type HubDoor } from "./hub-http.ts";
import { StartProblem } from "./start-problem.ts";

const TIMEOUT_MS = 5_000;
/** A hub that has just come up may still be busy with what it found. */
const TRIES = 3;
const RETRY_MS = 200;

/** Asks the running hub for a link, as an admin. Throws a StartProblem that says why there is none. */
export async function makeSignInLink(door: HubDoor, key: string, publicUrl: string): Promise<string> {
  for (let tried = 1; ; tried++) {
    try {
      return await requestLink(door, key, publicUrl);
    } catch (error) {
      if (error instanceof StartProblem || tried === TRIES) throw problemOf(error, door.url);
      await sleep(RETRY_MS);
    }
  }
}

async function requestLink(door: HubDoor, key: string, publicUrl: string): Promise<string> {
  const { status, text } = await askHub(door, {
    method: "POST",
    path: "/api/session/links",
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (status === 401 || status === 403) {
    throw new StartProblem("the hub does not take that key: run this with the settings that the hub was started with.");
  }
  if (status !== 201) throw new Error(`status ${status}`);
  // Behind `#`: browsers send that to nobody, so it is in no log.
  return `${publicUrl}/#code=${(JSON.parse(text) as { code: string }).code}`;
}

function problemOf(error: unknown, url: string): StartProblem {
  return error instanceof StartProblem ? error : new StartProblem(`the hub at ${url} does not answer (${error}).`);
}
