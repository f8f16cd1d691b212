import { expect, it } from "vitest";
import { MCP_SESSIONS_MAX } from "../../shared/limits.ts";
import { callsWithin } from "../../shared/open-files.ts";
import { enterCall, enterSession, leaveCall, leaveSession } from "./room.ts";

it("has a place for so many sessions, and one again for each that leaves", () => {
  for (let n = 0; n < MCP_SESSIONS_MAX; n++) expect(enterSession()).toBeNull();
  expect(enterSession()).toMatchObject({ code: "overloaded", retryAfterMs: expect.any(Number) });
  leaveSession();
  expect(enterSession()).toBeNull();
  for (let n = 0; n < MCP_SESSIONS_MAX; n++) leaveSession();
});

it("has a place for as many calls as the limit of open files leaves, and for any number where there is none", () => {
  const few = { CC2CC_OPEN_FILES: "256" };
  for (let n = 0; n < callsWithin(256); n++) expect(enterCall(few)).toBeNull();
  expect(enterCall(few)).toMatchObject({ code: "overloaded" });
  expect(enterCall({})).toBeNull();
  leaveCall();
  leaveCall();
  expect(enterCall(few)).toBeNull();
  for (let n = 0; n < callsWithin(256); n++) leaveCall();
});
