import { expect, it } from "vitest";
import type { InstanceInfo } from "../../../../shared/message.ts";
import type { PresenceData } from "../../models/session-timeline.ts";
import { timeOf } from "./marks.ts";
import { presenceMarks } from "./presence-marks.ts";

const FROM = Date.parse("2026-11-22T12:00:00.000Z");
const MINUTE = 60_000;
/** 160 minutes: a slot is one. */
const stretch = { fromAt: FROM, toAt: FROM + 160 * MINUTE };
const at = (minute: number) => FROM + minute * MINUTE;
const time = (minute: number) => timeOf(at(minute));

const instance: InstanceInfo = {
  instanceId: "ana@desk:web/1",
  project: "web",
  status: "online",
  connectedAt: new Date(at(10)).toISOString(),
  lastSeenAt: "",
  queueDepth: 0,
  topics: [],
};

function presence(knownSince: number | null, ...spans: [from: number, to: number | null][]): PresenceData {
  return {
    spans: spans.map(([from, to]) => ({ fromAt: at(from), toAt: to === null ? null : at(to) })),
    knownSince: knownSince === null ? null : at(knownSince),
    isCut: false,
  };
}

/** Bars in minutes, with their words. */
function bars(told: PresenceData, known?: InstanceInfo) {
  return presenceMarks(told, known, stretch).map(({ fromAt, toAt, tone, words }) => {
    return [tone, (fromAt - FROM) / MINUTE, (toAt - FROM) / MINUTE, words];
  });
}

it("are bars over the whole stretch, with their whole times in words", () => {
  expect(bars(presence(-60, [-60, 20], [40, 90], [100, null]), instance)).toEqual([
    ["online", 0, 20, `Online ${time(-60)} to ${time(20)}`],
    ["offline", 20, 40, `Offline ${time(20)} to ${time(40)}`],
    ["online", 40, 90, `Online ${time(40)} to ${time(90)}`],
    ["offline", 90, 100, `Offline ${time(90)} to ${time(100)}`],
    ["online", 100, 160, `Online since ${time(100)}`],
  ]);
  expect(bars(presence(-60, [20, 20.001]))[1]).toEqual(["online", 20, 20.001, `Online at ${time(20)}`]);
  // The last span before the stretch says since when it is away.
  expect(bars(presence(-60, [-60, -5]))).toEqual([["offline", 0, 160, `Offline since ${time(-5)}`]]);
});

it("say what is not known: before the first word, of what was cut, and of who was never here", () => {
  const before = `The hub does not know whether it was online before ${time(5)}`;
  expect(bars(presence(5, [5, null]))).toEqual([
    ["unknown", 0, 5, before],
    ["online", 5, 160, `Online since ${time(5)}`],
  ]);
  // The first word was that it left.
  expect(bars(presence(5, [30, null])).slice(0, 2)).toEqual([
    ["unknown", 0, 5, before],
    ["offline", 5, 30, `Offline ${time(5)} to ${time(30)}`],
  ]);
  expect(bars({ ...presence(-60, [50, 160]), isCut: true })[0]).toEqual([
    "unknown",
    0,
    50,
    expect.stringMatching(/too often.*shorter span/),
  ]);
  expect(bars(presence(null))).toEqual([["unknown", 0, 160, "The hub does not know when this session was online"]]);
  expect(bars(presence(200))).toEqual([["unknown", 0, 160, expect.stringContaining(time(200))]]);
});

it("are of now where history has nothing", () => {
  expect(bars(presence(null), instance)).toEqual([
    ["unknown", 0, 10, `The hub does not know whether it was online before ${time(10)}`],
    ["online", 10, 160, `Online since ${time(10)}`],
  ]);
  const gone: InstanceInfo = { ...instance, status: "offline", lastSeenAt: new Date(at(20)).toISOString() };
  expect(bars(presence(null), gone).at(-1)).toEqual(["offline", 20, 160, `Offline since ${time(20)}`]);
});

it("are one bar where the times between are too short to be seen", () => {
  expect(
    bars(presence(0, [0, 20], [20.5, 30], [30.5, 60], [70, 80], [80.5, null])).map(([, , , words]) => words),
  ).toEqual([
    `Online ${time(0)} to ${time(60)}, away for a moment 2 times`,
    `Offline ${time(60)} to ${time(70)}`,
    `Online since ${time(70)}, away for a moment once`,
  ]);
});
