import type { HubEvent } from "../../shared/events.ts";
import { log } from "../log.ts";

/** Notes for the operator what the directory tells everyone. Connections have lines of their own, with key and reason. */
export function logEvent(event: HubEvent): void {
  switch (event.event) {
    case "topic:created":
      log("info", "topic created", { topic: event.name, by: event.createdBy });
      return;
    case "topic:deleted":
      log("info", "topic deleted", { topic: event.name });
      return;
    case "instance:removed":
      log("info", "instance removed", { instance: event.instanceId });
      return;
    case "message:deleted":
      log("info", "message deleted", { message: event.messageId, from: event.from });
      return;
    case "instance:session_updated":
      log("info", "instance goes on under another id", { from: event.oldInstanceId, to: event.newInstanceId });
      return;
    case "schedule:created":
      log("info", "schedule created", { schedule: event.scheduleId, by: event.createdBy });
      return;
    case "schedule:deleted":
      log("info", "schedule deleted", { schedule: event.scheduleId });
      return;
    case "schedule:fired":
      log(event.outcome === "refused" ? "info" : "debug", "schedule fired", {
        schedule: event.scheduleId,
        outcome: event.outcome,
      });
      return;
    default:
      log("debug", event.event, "instanceId" in event ? { instance: event.instanceId } : {});
      return;
  }
}
