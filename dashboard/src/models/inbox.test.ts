import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Decision } from "../../../shared/decisions.ts";
import { RestProblem } from "../adapter/rest.ts";
import { makeStandInHub } from "../test-kit/stand-in-hub.ts";
import { InboxModel } from "./inbox.ts";
import { OpenDecisionsModel } from "./open-decisions.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const timestamp = "2026-11-22T12:00:00.000Z";

function decisionOf(question: string, changes: Partial<Decision> = {}): Decision {
  const base = {
    kind: "question",
    state: "open",
    instanceId: "ana@desk:web/1",
    openedAt: timestamp,
    until: timestamp,
  } as const;
  return { decisionId: crypto.randomUUID(), question, ...base, ...changes };
}

type Hub = ReturnType<typeof makeStandInHub>;

async function answerBoth(hub: Hub, open: Decision[], ended: Decision[]) {
  hub.take("/api/decisions").answer({ items: open, openCount: open.length });
  hub.take("/api/decisions").answer({ items: ended, openCount: open.length });
  await vi.advanceTimersByTimeAsync(0);
}

const closed = (decisionId: string) =>
  ({ event: "decision:closed", timestamp, decisionId, state: "answered" }) as const;

it("has open and ended ones, and names those once that somebody else ended", async () => {
  const hub = makeStandInHub();
  const inbox = new InboxModel(hub);
  const [one, two] = [decisionOf("one?"), decisionOf("two?")];
  await answerBoth(hub, [one, two], [decisionOf("old?", { state: "expired" })]);
  expect(inbox.open.value).toEqual([one, two]);
  expect(inbox.takeEndedElsewhere()).toEqual([]);
  hub.tell({ event: "instance:left", timestamp, instanceId: "ana@desk:web/1" });
  vi.advanceTimersByTime(1_000);
  expect(hub.requests).toEqual([]);
  hub.tell(closed(one.decisionId));
  vi.advanceTimersByTime(1_000);
  const ended = { ...one, state: "answered", answer: "yes", answeredBy: "ben" } as const;
  await answerBoth(hub, [two], [ended]);
  expect(inbox.takeEndedElsewhere()).toEqual([ended]);
  expect(inbox.takeEndedElsewhere()).toEqual([]);
});

it("answers, and does not name what it answered itself; a refusal is for who answers", async () => {
  const hub = makeStandInHub();
  const inbox = new InboxModel(hub);
  const one = decisionOf("one?");
  await answerBoth(hub, [one], []);
  const answering = inbox.answer(one.decisionId, "yes", "");
  const request = hub.take(`/api/decisions/${one.decisionId}/answer`);
  expect(request.body).toEqual({ answer: "yes" });
  request.answer({});
  await vi.advanceTimersByTimeAsync(0);
  await answerBoth(hub, [], [{ ...one, state: "answered", answer: "yes", answeredBy: "ada" }]);
  await answering;
  expect(inbox.takeEndedElsewhere()).toEqual([]);
  const refused = inbox.answer(one.decisionId, "no", "late").catch((error: Error) => error.message);
  const second = hub.take(`/api/decisions/${one.decisionId}/answer`);
  expect(second.body).toEqual({ answer: "no", note: "late" });
  second.refuse(new RestProblem(409, "conflict", "ada answered it already."));
  await vi.advanceTimersByTimeAsync(0);
  await answerBoth(hub, [], []);
  expect(await refused).toBe("ada answered it already.");
});

it("counts what is open for every page, once for many events", async () => {
  const hub = makeStandInHub();
  const decisions = new OpenDecisionsModel(hub);
  const loading = decisions.load();
  hub.take("/api/decisions").answer({ items: [], openCount: 2 });
  await loading;
  expect(decisions.count.value).toBe(2);
  const { decisionId, instanceId } = decisionOf("one?");
  hub.tell({ event: "decision:opened", timestamp, decisionId, kind: "question", instanceId, until: timestamp });
  hub.tell(closed(decisionId), closed(crypto.randomUUID()));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(hub.requests).toHaveLength(1);
  hub.take("/api/decisions").answer({ items: [], openCount: 1 });
  await vi.advanceTimersByTimeAsync(0);
  expect(decisions.count.value).toBe(1);
  decisions.clear();
  expect(decisions.count.value).toBe(0);
});
