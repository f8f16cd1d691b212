/**
 * T5: the ledger as the history gives it, made anew from the stream alone: from messages and session changes, by the rules of
 * section 9. Of `task:changed` it takes what no message says: what the hub did by itself, and frames that sent none.
 */
import type { HubEvent, HubEventOf } from "../../shared/events.ts";
import { parseAddress } from "../../shared/ids.ts";
import type { Message } from "../../shared/message.ts";
import type { TaskMove } from "../../shared/task-move.ts";
import { isEnded, type Mover, statesAfter, type TaskState } from "../../shared/task-state.ts";

/** What of a task follows from its history. */
export interface ReplayedTask {
  state: TaskState;
  owner: string | undefined;
  requester: string;
  role: string | undefined;
  progress: number | undefined;
}

export class TaskReplay {
  readonly #tasks = new Map<string, ReplayedTask>();
  /** A4: by the ids that were left, the one that each went on as. */
  readonly #successors = new Map<string, string>();
  /** What the stream says of a task and the messages do not give, in words. */
  readonly faults: string[] = [];

  /** All tasks, their owners and requesters under the ids that these have by now. */
  get tasks(): Map<string, ReplayedTask> {
    const resolved = [...this.#tasks].map(([taskId, task]) => {
      const owner = task.owner && this.#current(task.owner);
      return [taskId, { ...task, owner, requester: this.#current(task.requester) }] as const;
    });
    return new Map(resolved);
  }

  /** Takes the next event. */
  take(event: HubEvent): void {
    if (event.event === "message:sent") this.#takeMessage(event.message);
    else if (event.event === "topic:message") this.#takeAnswer(event.message);
    else if (event.event === "instance:session_updated") this.#rename(event.oldInstanceId, event.newInstanceId);
    else if (event.event === "instance:joined" || event.event === "instance:removed")
      this.#successors.delete(event.instanceId);
    else if (event.event === "task:changed") this.#takeChange(event);
  }

  #takeMessage(message: Message): void {
    if (message.type === "task") this.#open(message);
    else this.#takeAnswer(message);
  }

  #open({ messageId, from, to, anyOf }: Message): void {
    const isWaiting = parseAddress(to)?.kind === "any";
    this.#tasks.set(messageId, {
      state: "submitted",
      owner: isWaiting ? undefined : to,
      requester: from,
      role: anyOf,
      progress: undefined,
    });
  }

  #takeAnswer({ replyToMessageId, from, type, task: said }: Message): void {
    const task = this.#tasks.get(replyToMessageId ?? "");
    if (task === undefined) return;
    const byType = { ack: "accepted", result: "completed" } as const;
    const move: TaskMove | undefined = said ?? (type in byType ? { state: byType[type as "ack"] } : undefined);
    const movers: Mover[] = [];
    if (task.owner !== undefined && this.#current(task.owner) === from) movers.push("owner");
    if (said !== undefined && this.#current(task.requester) === from) movers.push("requester");
    // A refusal may hand it on, which the hub decides.
    if (move === undefined || move.state === "rejected" || !statesAfter(task.state, movers).includes(move.state))
      return;
    task.state = move.state;
    task.progress = move.progress ?? task.progress;
  }

  /** T2, A4, C9. */
  #rename(before: string, after: string): void {
    for (const task of this.#tasks.values()) {
      if (task.owner === before && !isEnded(task.state)) task.owner = after;
    }
    this.#successors.set(before, after);
    this.#successors.delete(after);
  }

  #current(id: string): string {
    let current = id;
    for (let next = id; next !== undefined; next = this.#successors.get(next) as string) current = next;
    return current;
  }

  #takeChange({ taskId, state, owner, messageId, progress, by }: HubEventOf<"task:changed">): void {
    const task = this.#tasks.get(taskId);
    // It opened before there was anybody to see it.
    if (task === undefined) return;
    const isOpening = messageId === taskId;
    const isByMessage = messageId !== undefined && !isOpening && state !== "submitted" && state !== "rejected";
    if (isByMessage || isOpening) {
      const [told, made] = [`${state} ${owner} ${progress}`, `${task.state} ${task.owner} ${task.progress}`];
      if (told !== made) this.faults.push(`${taskId} is ${told} by ${by}, and by its messages ${made}`);
      return;
    }
    Object.assign(task, { state, owner, progress });
  }
}
