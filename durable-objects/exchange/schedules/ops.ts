/** What a client's frame asks of schedules (SC3). */
import { type Result, success } from "../../../shared/errors.ts";
import type { Schedule } from "../../../shared/schedules.ts";
import type { OpOf } from "../../link.ts";
import type { Instance } from "../store/instances.ts";
import type { Turn } from "../turn.ts";
import { listSchedules, scheduleDetail } from "./look.ts";
import { createSchedule, deleteSchedule, noSchedule, updateSchedule } from "./manage.ts";
import type { Asker } from "./rights.ts";

type ScheduleOp = OpOf<"create_schedule" | "update_schedule" | "delete_schedule" | "get_schedule" | "list_schedules">;

export function doScheduleOp(turn: Turn, instance: Instance, op: ScheduleOp): Result<object> {
  const asker: Asker = { kind: "instance", instance };
  switch (op.do) {
    case "create_schedule":
      return scheduled(createSchedule(turn, op.request, asker));
    case "update_schedule":
      return scheduled(updateSchedule(turn, op.scheduleId, op.changes, asker));
    case "delete_schedule":
      return deleteSchedule(turn, op.scheduleId, asker);
    case "get_schedule": {
      const schedule = scheduleDetail(turn.store, op.scheduleId);
      return schedule === null ? noSchedule(op.scheduleId) : success({ schedule });
    }
    case "list_schedules":
      return listSchedules(turn, instance, op);
  }
}

function scheduled(result: Result<Schedule>): Result<object> {
  return result.ok ? success({ schedule: result.value }) : result;
}
