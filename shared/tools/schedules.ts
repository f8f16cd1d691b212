/** Tools for messages that the hub sends when their time comes (SC1 to SC6). */
import { z } from "zod";
import { neutralise } from "../neutralise.ts";
import type { ClientFrameInput } from "../protocol.ts";
import type { Schedule, ScheduleDetail, ScheduleFiring } from "../schedules.ts";
import { metadata, type } from "./message-fields.ts";
import { answerOf, declareTool } from "./tool.ts";
import type { ToolSession } from "./tool-session.ts";

const scheduleId = z.string().min(1);

/** What both say; a change may leave out all of it. */
const fields = {
  name: z.string(),
  expression: z.string().describe("cron of 5 fields, every 45m, or at 2026-12-24T18:00"),
  target: z.string().describe("as to of send_message"),
  messageType: type,
  content: z.string(),
  persistent: z.boolean().optional(),
  metadata,
  timeZone: z.string().optional().describe("IANA, default UTC"),
  missed: z.enum(["skip", "once", "all"]).optional().describe("times while the hub was down, default once"),
  overlap: z.enum(["allow", "skip"]).optional().describe("skip: not while its last task is open"),
  maxFireCount: z.number().optional(),
  expiresAt: z.string().optional(),
};

export const createSchedule = declareTool({
  name: "create_schedule",
  description: "Have the hub send a message when its time comes, once or again and again, also when you are gone.",
  schema: z.object(fields),
  // By its id a resend after a broken connection makes no second one.
  run: (schedule, { session }) =>
    ask(session, { action: "create_schedule", scheduleId: session.newMessageId(), ...schedule }),
});

export const listSchedules = declareTool({
  name: "list_schedules",
  description: "Schedules, newest first; mine: yours.",
  schema: z.object({ mine: z.boolean().optional(), cursor: z.string().optional() }),
  annotations: { readOnlyHint: true },
  async run(filter, { session }) {
    const answer = await session.ask({ action: "list_schedules", ...filter });
    if (!answer.ok) return answerOf(answer);
    const { schedules, nextCursor } = answer.reply as { schedules: Schedule[]; nextCursor?: string };
    const more = nextCursor === undefined ? {} : { note: `More: go on with cursor ${nextCursor}.` };
    return { ok: true, value: schedules.map(brief), ...more };
  },
});

export const getSchedule = declareTool({
  name: "get_schedule",
  description: "A schedule, and what became of its last times.",
  schema: z.object({ scheduleId }),
  annotations: { readOnlyHint: true },
  run: ({ scheduleId }, { session }) => ask(session, { action: "get_schedule", scheduleId }),
});

export const updateSchedule = declareTool({
  name: "update_schedule",
  description: "Change a schedule of yours: any fields of create_schedule, null clears; enabled: false pauses it.",
  // Loose, so that the fields need not be told twice; the hub reads them.
  schema: z.looseObject({ scheduleId, enabled: z.boolean().optional() }),
  run: (changes, { session }) => ask(session, { ...changes, action: "update_schedule" } as ClientFrameInput),
});

export const deleteSchedule = declareTool({
  name: "delete_schedule",
  description: "End a schedule of yours.",
  schema: z.object({ scheduleId }),
  run: async ({ scheduleId }, { session }) => answerOf(await session.ask({ action: "delete_schedule", scheduleId })),
});

async function ask(session: ToolSession, frame: ClientFrameInput) {
  const answer = await session.ask(frame);
  if (!answer.ok) return answerOf(answer);
  return { ok: true, value: readable((answer.reply as { schedule: Schedule | ScheduleDetail }).schedule) } as const;
}

/** What others wrote is shown as their messages are. */
function readable<S extends Schedule>(schedule: S): S {
  const { name, content, createdBy, lastFiring: _, ...rest } = schedule;
  const firings =
    "firings" in schedule ? { firings: (schedule.firings as ScheduleFiring[]).slice(0, FIRINGS_SHOWN) } : {};
  const said = { name: neutralise(name), content: neutralise(content), createdBy: neutralise(createdBy) };
  return { ...rest, ...said, ...firings } as S;
}

/** As many as a model needs to see how it goes. */
const FIRINGS_SHOWN = 5;

/** One line of a list: what it says is in get_schedule. */
function brief({ scheduleId, name, expression, timeZone, target, nextFireAt, state, createdBy, lastFiring }: Schedule) {
  const last = lastFiring === undefined ? {} : { last: lastFiring.outcome };
  const said = { name: neutralise(name), createdBy: neutralise(createdBy) };
  return { scheduleId, expression, timeZone, target, nextFireAt, state, ...said, ...last };
}
