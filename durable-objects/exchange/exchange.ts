/**
 * The exchange: the hub's one transactional store, and who is connected. What all clients want in one moment is one
 * transaction and one fsync, whatever their number.
 */
import { DurableObject } from "cloudflare:workers";
import type { Decision, DecisionPage } from "../../shared/decisions.ts";
import { CloseCode, type Result } from "../../shared/errors.ts";
import type { LoopStop } from "../../shared/loops.ts";
import type { InstanceInfo, Message } from "../../shared/message.ts";
import type { Pause } from "../../shared/pauses.ts";
import type { ClaimPage, ClaimWaitPage, DeadLetter, PingAnswer, QueuePage } from "../../shared/rest.ts";
import type * as Scheduled from "../../shared/schedules.ts";
import type { Task, TaskDetail, TaskPage } from "../../shared/tasks.ts";
import type { Draft } from "../compose.ts";
import { directoryOf, type Env } from "../env.ts";
import { setLogLevel } from "../log.ts";
import type { Principal } from "../principal.ts";
import type { ExchangeRpc } from "../rpc.ts";
import type {
  DecisionsRequest,
  MessageParties,
  Published,
  SchedulesRequest,
  TasksRequest,
  TopicInfo,
  TopicListing,
  TopicPage,
  TopicsRequest,
} from "../rpc-types.ts";
import { claimPage } from "./claims/look.ts";
import { forceRelease } from "./claims/time.ts";
import { waitPage } from "./claims/who-waits.ts";
import { dropDeadLetter, listDeadLetters, retryDeadLetter } from "./dead-letters.ts";
import { answerDecision } from "./decisions/answer.ts";
import { decisionPage, showDecision } from "./decisions/look.ts";
import { deleteMessage } from "./delete-message.ts";
import { Door } from "./door.ts";
import type { Engine } from "./engine.ts";
import { addresseesOf, listInstances, pingAddress, queuePage } from "./look.ts";
import { listSubscribers, listTopicPage, topicHistory } from "./look-topics.ts";
import { listLoops, resumeLoop } from "./loops/stops.ts";
import { Opening } from "./opening.ts";
import { listPauses, pause, resume } from "./pauses/pause.ts";
import { publishByRest } from "./publish.ts";
import { flushByRest, removeByRest } from "./retire.ts";
import { scheduleDetail, schedulesByRest } from "./schedules/look.ts";
import { createSchedule, deleteSchedule, runSchedule, updateSchedule } from "./schedules/manage.ts";
import { createTopicByRest, removeTopicByRest, subscribeByRest, unsubscribeByRest } from "./subscribe.ts";
import { takeWaiting } from "./tasks/assign.ts";
import { showCourse, tasksByRest } from "./tasks/look.ts";
import { reassignByRest } from "./tasks/reassign.ts";
import { cancelByRest } from "./tasks/update.ts";
import type { Turn } from "./turn.ts";

export class Exchange extends DurableObject<Env> implements ExchangeRpc {
  readonly #opening: Opening;
  readonly #door: Door;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    setLogLevel(env);
    this.#opening = new Opening(ctx, env);
    this.#door = new Door(() => directoryOf(env));
  }

  #open(): Promise<Engine> {
    return this.#opening.engine();
  }

  async #call<T>(work: (turn: Turn) => T): Promise<T> {
    return (await this.#open()).call(work);
  }

  override async fetch(request: Request): Promise<Response> {
    return this.#door.enter(await this.#open(), request);
  }

  override async alarm(): Promise<void> {
    await (await this.#open()).ring();
  }

  // ---- what REST asks

  async health(): Promise<{ online: number }> {
    return { online: (await this.#open()).links.count };
  }

  async closeSockets(): Promise<number> {
    return this.#call((turn) => {
      for (const link of turn.links.all()) turn.close(link, CloseCode.goingAway, "the hub is shutting down");
      return turn.links.count;
    });
  }

  async reserve(patterns: string[]): Promise<void> {
    (await this.#open()).store.reservations.set(patterns);
  }

  async revoke(name: string): Promise<void> {
    await this.#door.revoke(this.#open(), name);
  }

  async connectionsByKey(): Promise<[keyId: string, instanceIds: string[]][]> {
    return (await this.#open()).links.idsByKey();
  }

  async noteDisk(hasRoom: boolean): Promise<void> {
    const engine = await this.#open();
    const isNew = hasRoom && !engine.hasRoom;
    engine.hasRoom = hasRoom;
    // What waited for a role meanwhile goes to who has it.
    if (isNew) await engine.call((turn) => [...turn.links.all()].map(({ instance }) => takeWaiting(turn, instance)));
  }

  async listInstances(): Promise<InstanceInfo[]> {
    return listInstances(await this.#open());
  }

  async addressees(messageId: string): Promise<string[] | null> {
    return addresseesOf((await this.#open()).store, messageId);
  }

  async ping(to: string): Promise<Result<PingAnswer>> {
    return pingAddress(await this.#open(), null, to);
  }

  async removeInstance(instanceId: string, by: Principal): Promise<Result<null>> {
    return this.#call((turn) => removeByRest(turn, instanceId, by));
  }

  async flushQueue(instanceId: string, by: Principal): Promise<Result<number>> {
    return this.#call((turn) => flushByRest(turn, instanceId, by));
  }

  async peekQueue(instanceId: string, limit: number, cursor: string | null): Promise<Result<QueuePage>> {
    return queuePage((await this.#open()).store, instanceId, limit, cursor);
  }

  async deleteMessage(messageId: string, by: Principal, told: MessageParties | null): Promise<Result<null>> {
    return this.#call((turn) => deleteMessage(turn, messageId, by, told));
  }

  async deadLetters(limit: number): Promise<DeadLetter[]> {
    return listDeadLetters((await this.#open()).store, limit);
  }

  async retryDeadLetter(messageId: string): Promise<Result<null>> {
    return this.#call((turn) => retryDeadLetter(turn, messageId));
  }

  async dropDeadLetter(messageId: string): Promise<Result<null>> {
    return this.#call((turn) => dropDeadLetter(turn, messageId));
  }

  // ---- tasks

  async tasks(request: TasksRequest): Promise<TaskPage> {
    return tasksByRest((await this.#open()).store, request);
  }

  async task(taskId: string): Promise<TaskDetail | null> {
    return showCourse((await this.#open()).store, taskId);
  }

  async cancelTask(taskId: string, note: string | undefined, by: Principal): Promise<Result<Task>> {
    return this.#call((turn) => cancelByRest(turn, taskId, note, by));
  }

  async reassignTask(
    taskId: string,
    to: string,
    note: string | undefined,
    by: Principal,
    told: Message | null,
  ): Promise<Result<Task>> {
    return this.#call((turn) => reassignByRest(turn, taskId, { to, note, by, told }));
  }

  // ---- claims, by REST

  async listClaims(after: number, limit: number): Promise<ClaimPage> {
    return claimPage((await this.#open()).store, after, limit);
  }

  async listClaimWaits(after: number, limit: number): Promise<ClaimWaitPage> {
    return waitPage((await this.#open()).store, after, limit);
  }

  async forceRelease(name: string, by: string): Promise<Result<string[]>> {
    return this.#call((turn) => forceRelease(turn, name, by));
  }

  // ---- decisions, by REST

  async decisions(request: DecisionsRequest): Promise<DecisionPage> {
    return decisionPage((await this.#open()).store, request);
  }

  async decision(decisionId: string): Promise<Decision | null> {
    const { store } = await this.#open();
    const decision = store.decisions.find(decisionId);
    return decision === undefined ? null : showDecision(store, decision);
  }

  async answerDecision(
    decisionId: string,
    answer: string,
    note: string | null,
    by: Principal,
  ): Promise<Result<Decision>> {
    return this.#call((turn) => answerDecision(turn, decisionId, { answer, note, by }));
  }

  // ---- schedules, by REST

  async schedules(request: SchedulesRequest): Promise<Scheduled.SchedulePage> {
    return schedulesByRest(await this.#open(), request);
  }

  async schedule(scheduleId: string): Promise<Scheduled.ScheduleDetail | null> {
    return scheduleDetail((await this.#open()).store, scheduleId);
  }

  async createSchedule(request: Scheduled.ScheduleRequest, by: Principal): Promise<Result<Scheduled.Schedule>> {
    return this.#call((turn) => createSchedule(turn, request, { kind: "key", by }));
  }

  async updateSchedule(
    scheduleId: string,
    changes: Scheduled.ScheduleChanges,
    by: Principal,
  ): Promise<Result<Scheduled.Schedule>> {
    return this.#call((turn) => updateSchedule(turn, scheduleId, changes, { kind: "key", by }));
  }

  async deleteSchedule(scheduleId: string, by: Principal): Promise<Result<{ scheduleId: string }>> {
    return this.#call((turn) => deleteSchedule(turn, scheduleId, { kind: "key", by }));
  }

  async runSchedule(scheduleId: string, by: Principal): Promise<Result<Scheduled.ScheduleFiring>> {
    return this.#call((turn) => runSchedule(turn, scheduleId, { kind: "key", by }));
  }

  // ---- pauses and stopped exchanges, by REST

  async listPauses(): Promise<Pause[]> {
    return listPauses(await this.#open());
  }

  async pause(target: string, reason: string | undefined, by: Principal): Promise<Result<Pause>> {
    return this.#call((turn) => pause(turn, target, reason, by));
  }

  async resume(target: string, by: Principal): Promise<Result<boolean>> {
    return this.#call((turn) => resume(turn, target, by));
  }

  async listLoops(): Promise<LoopStop[]> {
    return listLoops(await this.#open());
  }

  async resumeLoop(loopId: string, by: Principal): Promise<Result<LoopStop>> {
    return this.#call((turn) => resumeLoop(turn, loopId, by));
  }

  // ---- topics, by REST

  async listTopics(request: TopicsRequest): Promise<TopicListing[]> {
    return listTopicPage((await this.#open()).store, request);
  }

  async createTopic(name: string, autoExpire: boolean): Promise<{ topic: TopicInfo; isNew: boolean }> {
    return this.#call((turn) => createTopicByRest(turn, name, autoExpire));
  }

  async removeTopic(name: string, by: Principal): Promise<Result<null>> {
    return this.#call((turn) => removeTopicByRest(turn, name, by));
  }

  async subscribers(name: string): Promise<Result<string[]>> {
    return listSubscribers((await this.#open()).store, name);
  }

  async subscribe(name: string, instanceId: string): Promise<Result<null>> {
    return this.#call((turn) => subscribeByRest(turn, name, instanceId));
  }

  async unsubscribe(name: string, instanceId: string): Promise<Result<null>> {
    return this.#call((turn) => unsubscribeByRest(turn, name, instanceId));
  }

  async publish(name: string, draft: Draft, persistent: boolean, isPerson: boolean): Promise<Result<Published>> {
    return this.#call((turn) => publishByRest(turn, name, draft, { persistent, passes: isPerson }));
  }

  async topicHistory(name: string, limit: number, cursor: string | null): Promise<Result<TopicPage>> {
    return topicHistory((await this.#open()).store, name, limit, cursor);
  }
}
