import { signal } from "@preact/signals";
import { describe, expect, it } from "vitest";
import type { SessionInfo } from "../../../shared/keys.ts";
import { RestProblem } from "../adapter/rest.ts";
import { makeStandInHub, settle } from "../test-kit/stand-in-hub.ts";
import { ConnectionModel } from "./connection.ts";
import { SessionModel } from "./session.ts";

const UNREACHABLE = new RestProblem(0, "unreachable", "The hub does not answer.");
const UNAUTHORIZED = new RestProblem(401, "unauthorized", "That session has ended.");

function makeConnection() {
  const hub = makeStandInHub();
  const session = new SessionModel(hub);
  const isOnline = signal(true);
  const connection = new ConnectionModel(hub, session, { isOnline, isVisible: signal(true) });
  return { hub, session, connection, isOnline };
}

async function signedIn(info: SessionInfo = { scope: "member" }) {
  const made = makeConnection();
  void made.session.check();
  made.hub.take("/api/session").answer(info);
  await settle();
  return made;
}

describe("a connection", () => {
  it("is live once somebody is signed in, who may also send", async () => {
    const { connection } = await signedIn();
    expect([connection.isLive.value, connection.canReach.value, connection.trouble.value]).toEqual([true, true, null]);
  });

  it.each<[string, SessionInfo, boolean]>([
    ["an observer", { scope: "observer" }, false],
    ["a key for others", { scope: "member", pattern: "ana@*" }, false],
    ["a key for dashboards", { scope: "member", pattern: "dashboard@*" }, true],
  ])("of %s takes part only if it may", async (_, info, takesPart) => {
    const { hub, session, connection } = await signedIn(info);
    expect(connection.isLive.value).toBe(true);
    expect(hub.participantState.value.kind === "open").toBe(takesPart);
    expect(session.sendRefusal.value === null).toBe(takesPart);
  });

  it("that breaks is stale, with the cause and the time of the next try", async () => {
    const { hub, connection } = await signedIn();
    hub.lose();
    hub.take("/api/session").refuse(UNREACHABLE);
    hub.streamState.value = { kind: "waiting", retryAt: Date.now() + 4_000 };
    await settle();
    expect([connection.isLive.value, connection.isStale.value]).toEqual([false, true]);
    expect(connection.trouble.value).toMatchObject({ cause: "unreachable", title: "The hub does not answer." });
    expect(connection.retrySeconds.value).toBe(4);
    hub.streamState.value = { kind: "open" };
    expect([connection.isStale.value, connection.trouble.value, connection.retrySeconds.value]).toEqual([
      false,
      null,
      null,
    ]);
  });

  it("tells a device without a network from a hub that refuses", async () => {
    const { hub, connection, isOnline } = await signedIn();
    hub.lose();
    hub.take("/api/session").answer({ scope: "member" });
    hub.streamState.value = { kind: "waiting", retryAt: Date.now() + 4_000 };
    await settle();
    expect(connection.trouble.value?.cause).toBe("refused");
    isOnline.value = false;
    expect(connection.trouble.value?.cause).toBe("offline");
  });
});

describe("a session", () => {
  it("ends with its reason, and takes the connection along", async () => {
    const { hub, session, connection } = await signedIn();
    hub.endSession(UNAUTHORIZED);
    expect(session.state.value).toMatchObject({ kind: "signed-out", reason: expect.stringContaining("has ended") });
    expect([hub.streamState.value.kind, hub.participantState.value.kind]).toEqual(["off", "off"]);
    expect([connection.isStale.value, connection.trouble.value]).toEqual([false, null]);
  });

  it("says that its key was revoked when a socket is closed for that", async () => {
    const { hub, session } = await signedIn();
    hub.participantState.value = { kind: "ended", code: 4003, reason: "key revoked" };
    expect(session.state.value).toMatchObject({ kind: "signed-out", reason: expect.stringContaining("revoked") });
  });

  it("that was never there has no reason to tell", async () => {
    const { hub, session } = makeConnection();
    void session.check();
    hub.endSession(UNAUTHORIZED);
    hub.take("/api/session").refuse(UNAUTHORIZED);
    await settle();
    expect(session.state.value).toEqual({ kind: "signed-out", reason: null });
  });

  it("is asked for again by itself while the hub does not answer, and at once when told to", async () => {
    const { hub, session, connection } = makeConnection();
    void session.check();
    hub.take("/api/session").refuse(UNREACHABLE);
    await settle();
    expect(connection.trouble.value?.cause).toBe("unreachable");
    expect(connection.retrySeconds.value).toBe(1);
    connection.retryNow();
    hub.take("/api/session").answer({ scope: "admin" });
    await settle();
    expect([session.isAdmin.value, connection.isLive.value]).toEqual([true, true]);
  });

  it("that is there goes on when a link was used already; without one the link's failure is told", async () => {
    for (const isThere of [true, false]) {
      const { hub, session } = makeConnection();
      const tried = session.signInWithCode("used");
      hub.take("/api/session").refuse(UNAUTHORIZED);
      await settle();
      if (isThere) hub.take("/api/session").answer({ scope: "member" });
      else hub.take("/api/session").refuse(UNAUTHORIZED);
      await tried;
      expect(session.state.value.kind).toBe(isThere ? "signed-in" : "signed-out");
      expect(session.failure.value?.text).toContain("was used already");
    }
  });

  it("is refused in words, and may be tried again at once", async () => {
    const { hub, session } = makeConnection();
    const tried = session.signIn("wrong");
    hub.take("/api/session").refuse(new RestProblem(429, "rate_limited", "Slow down.", 30_000));
    await tried;
    expect(session.failure.value?.text).toMatch(/not one of this hub's\. Many wrong ones were tried/);
    expect(session.isBusy.value).toBe(false);
    expect(session.state.value.kind).toBe("signed-out");
  });
});
