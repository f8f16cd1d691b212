import { expect, it } from "vitest";
import { Alarm } from "./alarm.ts";

function makeAlarm() {
  const set: number[] = [];
  const alarm = new Alarm({ setAlarm: async (at) => void set.push(Number(at)) });
  return { alarm, set };
}

it("rings for the earliest reason, and is not set again for a later one", () => {
  const { alarm, set } = makeAlarm();
  alarm.want("lease", 500);
  alarm.want("expiry", 900);
  alarm.want("lease", 700);
  alarm.want("feed", 200);
  alarm.want("sweep", null);
  expect(set).toEqual([500, 200]);
});

it("forgets all reasons when it rings: whoever hears it wants what remains", () => {
  const { alarm, set } = makeAlarm();
  alarm.want("lease", 500);
  alarm.noteRinging();
  alarm.want("lease", 1_500);
  expect(set).toEqual([500, 1_500]);
});
