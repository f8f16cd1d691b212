import { describe, expect, it } from "vitest";
import type { InstanceInfo } from "../../../../shared/message.ts";
import { groupSessions, makeTest, textOf } from "./sidebar-rows.ts";

const session = (instanceId: string, project: string, role?: string): InstanceInfo => ({
  instanceId,
  project,
  status: "online",
  connectedAt: "",
  lastSeenAt: "",
  queueDepth: 0,
  topics: [],
  ...(role === undefined ? {} : { role }),
});
const ANA_WEB = session("ana@desk:web/1", "web", "reviewer");
const BEN_API = session("ben@lap:api/2", "api");
const BEN_WEB = session("ben@lap:web/3", "web");
const ALL = [ANA_WEB, BEN_API, BEN_WEB];

const said = (grouping: "none" | "person" | "project") =>
  groupSessions(ALL, grouping).map((row) =>
    row.kind === "group" ? `${row.name} (${row.count})` : row.instance.instanceId,
  );

describe("groups of sessions", () => {
  it("are none, persons or projects, by name", () => {
    expect(said("none")).toEqual(ALL.map(({ instanceId }) => instanceId));
    expect(said("person")).toEqual(["ana (1)", ANA_WEB.instanceId, "ben (2)", BEN_API.instanceId, BEN_WEB.instanceId]);
    expect(said("project")).toEqual(["api (1)", BEN_API.instanceId, "web (2)", ANA_WEB.instanceId, BEN_WEB.instanceId]);
  });
});

describe("the filter", () => {
  const found = (filter: string) => ALL.filter((one) => makeTest(filter)(textOf(one)));

  it("wants every word, in ids or roles, whatever their case", () => {
    expect(found("web BEN")).toEqual([BEN_WEB]);
    expect(found("review")).toEqual([ANA_WEB]);
    expect(found("nobody")).toEqual([]);
    expect(found("  ")).toEqual(ALL);
  });
});
