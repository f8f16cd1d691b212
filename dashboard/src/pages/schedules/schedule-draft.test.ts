import { expect, it } from "vitest";
import type { Schedule } from "../../../../shared/schedules.ts";
import { draftOf, emptyFields, fieldsOf } from "./schedule-draft.ts";

it("leaves out what a new one has not, and clears it in a change", () => {
  const fields = { ...emptyFields(), name: "nightly", expression: "@daily", target: "broadcast", content: "x" };
  expect(draftOf(fields, true)).not.toHaveProperty("expiresAt");
  expect(draftOf(fields, false)).toMatchObject({ maxFireCount: null, expiresAt: null, name: "nightly" });
});

it("comes back as it was from the form, to the minute", () => {
  const schedule = {
    ...{ name: "n", expression: "@daily", timeZone: "UTC", target: "broadcast", messageType: "ping", content: "x" },
    ...{ persistent: true, missed: "all", overlap: "skip", maxFireCount: 3, expiresAt: "2026-12-24T18:30:00.000Z" },
  } as Schedule;
  expect(draftOf(fieldsOf(schedule), false)).toEqual(schedule);
});
