import { describe, expect, it } from "vitest";
import { isTopicName, parseAddress } from "../shared/ids.ts";
import { ClientFrame } from "../shared/protocol.ts";
import { writeScript } from "./script.ts";
import { STORIES } from "./stories.ts";
import { isSaid as isSaidStep, type SayStep, type TimedStep } from "./story.ts";
import { MEMBER_NAMES } from "./team.ts";

const isSaid = (timed: TimedStep): timed is TimedStep & { step: SayStep } => isSaidStep(timed.step);
const said = (timeline: TimedStep[]) => timeline.filter(isSaid).map(({ step }) => step);

describe("writeScript", () => {
  it("writes the same for a seed, and something else for another", () => {
    const [first, again, other] = [writeScript(7), writeScript(7), writeScript(8)];
    expect({ ...again, rounds: again.rounds.next().value }).toEqual({ ...first, rounds: first.rounds.next().value });
    expect(other.team.pay.instanceId).not.toBe(first.team.pay.instanceId);
    expect(other.fill).not.toEqual(first.fill);
  });

  it.each([1, 2, 3])("with seed %i, says nothing that the hub would refuse", (seed) => {
    const { team, fill, rounds } = writeScript(seed);
    for (const { instanceId, topics } of Object.values(team)) {
      expect(parseAddress(instanceId)?.kind).toBe("instance");
      expect(topics.every(isTopicName)).toBe(true);
    }
    for (const { to, type, text: content, metadata, ttlSeconds } of said([...fill, ...rounds.next().value])) {
      const known: readonly string[] = MEMBER_NAMES;
      const address = known.includes(to) ? team[to as keyof typeof team].instanceId : to;
      expect(parseAddress(address), to).toBeDefined();
      ClientFrame.parse({ action: "send_message", to: address, type, content, metadata, ttlSeconds });
    }
  });

  it("asks people what the hub takes, so that the Inbox has something to answer", () => {
    const asked = writeScript(1).fill.flatMap(({ step }) => (step.do === "ask" ? step : []));
    expect(asked).toHaveLength(1);
    for (const { question, options, context } of asked) {
      ClientFrame.parse({ action: "ask_human", question, options, context });
    }
  });

  it.each([1, 2, 3])("with seed %i, answers only what was said before", (seed) => {
    const names = new Set<string>();
    for (const { story, step } of writeScript(seed).fill.filter(isSaid)) {
      if (step.re !== undefined) expect(names).toContain(`${story} ${step.re}`);
      if (step.as !== undefined) names.add(`${story} ${step.as}`);
    }
  });

  it("fills a minute, in order", () => {
    const times = writeScript(1).fill.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).toBeGreaterThan(40_000);
    expect(times.at(-1)).toBeLessThan(75_000);
  });

  it("lets nobody speak who has left", () => {
    const { fill, rounds } = writeScript(1);
    const leftAt = fill.findIndex(({ step }) => step.do === "leave");
    expect(leftAt).toBeGreaterThan(0);
    const gone = fill[leftAt]?.step.by;
    const later = [...fill.slice(leftAt + 1), ...rounds.next().value, ...rounds.next().value];
    expect(later.filter(({ step }) => step.by === gone)).toEqual([]);
  });
});

describe("STORIES", () => {
  const steps = STORIES.flat().filter(isSaidStep);

  it("has every type, every kind of recipient, and threads several levels deep", () => {
    expect(new Set(steps.map(({ type }) => type)).size).toBe(5);
    const kinds = new Set(
      steps.map(({ to }) => (to.includes(":") ? to.split(":")[0] : to === "broadcast" ? to : "direct")),
    );
    expect(kinds).toEqual(new Set(["direct", "role", "topic", "broadcast"]));
    const depthOf = (story: readonly SayStep[], name: string | undefined): number =>
      name === undefined ? 0 : 1 + depthOf(story, story.find(({ as }) => as === name)?.re);
    const depths = STORIES.map((story) => story.filter(isSaidStep)).flatMap((story) =>
      story.map(({ re }) => depthOf(story as SayStep[], re)),
    );
    expect(Math.max(...depths)).toBeGreaterThanOrEqual(5);
  });
});
