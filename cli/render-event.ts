/** What happened on the hub, in lines for a terminal. */
import type { StreamEvent } from "../shared/events.ts";
import { clean, renderLine, renderMessage, shortName } from "./render-message.ts";

/** Of the states of a message, those that somebody may have to do something about. */
const BAD_STATES = ["expired", "dead", "removed"];

/** No lines for what only shows in numbers; `isAll` adds how far each message gets. */
export function describeEvent(event: StreamEvent, width: number, isAll: boolean): string[] {
  const line = (text: string) => [renderLine(event.timestamp, text, width)];
  switch (event.event) {
    case "message:sent":
      return renderMessage(event.message, { width });
    case "topic:message":
      return renderMessage({ ...event.message, to: `topic:${event.name}` }, { width });
    case "broadcast:sent":
      return renderMessage({ ...event, to: "everyone" }, { width });
    case "instance:joined":
      return line(`+ ${shortName(event.instanceId)} is online`);
    case "instance:left":
      return line(`- ${shortName(event.instanceId)} is away`);
    case "instance:role_updated":
      return line(`  ${shortName(event.instanceId)} ${event.role === "" ? "has no role" : `is ${event.role}`}`);
    case "topic:created":
      return line(`  topic ${event.name} is new`);
    case "hub:gap":
      return line("  some events are not kept any more");
    case "task:changed": {
      // Its message says that it opened.
      if (event.messageId === event.taskId) return [];
      const who = event.owner === undefined ? `any ${event.role}` : shortName(event.owner);
      return line(`  task ${event.state}, ${who}: ${event.taskId}`);
    }
    case "decision:opened": {
      const what = event.kind === "approval" ? "for an approval" : "people";
      return line(`? ${event.decisionId}: ${shortName(event.instanceId)} asks ${what}`);
    }
    case "decision:closed":
      return line(`  ${event.decisionId}: ${event.state}${event.by === undefined ? "" : ` by ${event.by}`}`);
    case "schedule:fired": {
      if (event.outcome === "sent") return [];
      return line(`  schedule ${clean(event.name)}: nothing was sent (${event.outcome})`);
    }
    case "pause:set": {
      const why = event.reason === undefined ? "" : `: ${event.reason}`;
      return line(`  ${wordsFor(event.target)} is paused by ${event.by}${why}`);
    }
    case "pause:lifted":
      return line(`  ${wordsFor(event.target)} goes on, says ${event.by}`);
    case "loop:stopped": {
      const names = event.instances.map(shortName).join(", ");
      return line(`  stopped after ${event.messages} turns without a person: ${names} (${event.loopId})`);
    }
    case "loop:resumed":
      return line(`  ${event.by} lets a stopped exchange go on: ${event.loopId}`);
    case "message:state": {
      if (!isAll && !BAD_STATES.includes(event.state)) return [];
      return line(`  ${event.state} for ${shortName(event.instanceId)}: ${event.messageId}`);
    }
    default:
      return [];
  }
}

/** What a pause is of. */
function wordsFor(target: string): string {
  if (target === "all") return "everything";
  return target.includes("@") ? shortName(target) : target;
}
