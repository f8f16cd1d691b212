import { describe, expect, it } from "vitest";
import { RestProblem } from "../adapter/rest.ts";
import { makeStandInHub, settle } from "../test-kit/stand-in-hub.ts";
import { SessionModel } from "./session.ts";

describe("a page that is opened", () => {
  it("asks nobody where there is no mark of a session", async () => {
    const hub = makeStandInHub({ hasMark: false });
    const session = new SessionModel(hub);
    await session.check();
    expect(session.state.value).toEqual({ kind: "signed-out", reason: null });
    expect(hub.requests).toEqual([]);
  });

  it("asks where there is one, and takes it away once the hub knows of no session", async () => {
    const hub = makeStandInHub();
    const session = new SessionModel(hub);
    const check = session.check();
    hub.take("/api/session").refuse(new RestProblem(401, "unauthorized", "Who are you?"));
    await check;
    expect(session.state.value.kind).toBe("signed-out");
    expect(hub.sessionMark.isThere()).toBe(false);
  });

  it("keeps the mark while the hub cannot be asked", async () => {
    const hub = makeStandInHub();
    const session = new SessionModel(hub);
    void session.check();
    hub.take("/api/session").refuse(new RestProblem(0, "unreachable", "The hub does not answer."));
    await settle();
    expect([session.state.value.kind, hub.sessionMark.isThere()]).toEqual(["unknown", true]);
  });
});
