import { describe, expect, it } from "vitest";
import { fc } from "../test/helpers/property.ts";
import { isEnded, type Mover, statesAfter, TASK_STATES, type TaskState } from "./task-state.ts";

const state = fc.constantFrom(...TASK_STATES);
const movers = fc.subarray<Mover>(["owner", "requester", "hub"], { minLength: 1 });
const ENDS: readonly TaskState[] = ["completed", "failed", "canceled", "rejected"];

describe("[T1] the states of a task", () => {
  it("end in four ways, after which nobody moves it", () => {
    expect(TASK_STATES.filter(isEnded)).toEqual(ENDS);
    fc.assert(
      fc.property(fc.constantFrom(...ENDS), movers, (end, who) => {
        expect(statesAfter(end, who)).toEqual([]);
      }),
    );
  });

  it("never lead back to where nobody had taken it up", () => {
    fc.assert(
      fc.property(state, movers, (from, who) => {
        expect(statesAfter(from, who)).not.toContain("submitted");
      }),
    );
  });

  it("let every run of moves end, and go back only from input_required to working", () => {
    fc.assert(
      fc.property(movers, fc.array(fc.nat(), { maxLength: 30 }), (who, choices) => {
        let at: TaskState = "submitted";
        for (const choice of choices) {
          const next: TaskState[] = statesAfter(at, who);
          if (next.length === 0) break;
          const to = next[choice % next.length] as TaskState;
          const isBack = TASK_STATES.indexOf(to) < TASK_STATES.indexOf(at);
          expect(isBack).toBe(at === "input_required" && to === "working");
          at = to;
        }
        if (!isEnded(at)) expect(statesAfter(at, who).some(isEnded)).toBe(true);
      }),
    );
  });

  it("let who asked cancel an open task and nothing else, and an owner anything but that", () => {
    for (const open of TASK_STATES.filter((one) => !isEnded(one))) {
      expect(statesAfter(open, ["requester"])).toEqual(["canceled"]);
      expect(statesAfter(open, ["owner"])).not.toContain("canceled");
      expect(statesAfter(open, ["owner"])).toContain("completed");
      expect(statesAfter(open, ["owner", "requester"])).toEqual(expect.arrayContaining(["completed", "canceled"]));
    }
  });

  it("reach input_required from working alone", () => {
    expect(TASK_STATES.filter((from) => statesAfter(from, ["owner"]).includes("input_required"))).toEqual(["working"]);
  });
});
