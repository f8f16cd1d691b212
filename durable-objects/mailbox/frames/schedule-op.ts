/** What a frame about schedules asks of the exchange. */
import type { FrameOf } from "../../../shared/protocol.ts";
import type { Op } from "../../link.ts";

type Action = "create_schedule" | "update_schedule" | "delete_schedule" | "get_schedule" | "list_schedules";

export function toScheduleOp(frame: FrameOf<Action>): Op {
  switch (frame.action) {
    case "create_schedule": {
      const { action, requestId: _, ...request } = frame;
      return { do: action, request };
    }
    case "update_schedule": {
      const { action, requestId: _, scheduleId, ...changes } = frame;
      return { do: action, scheduleId, changes };
    }
    case "delete_schedule":
    case "get_schedule":
      return { do: frame.action, scheduleId: frame.scheduleId };
    case "list_schedules": {
      const { action, mine, limit, cursor = null } = frame;
      return { do: action, mine, limit, cursor };
    }
  }
}
