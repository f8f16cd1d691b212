/** REST as a table of routes (protocol section 7). Each entry is declared, with what it does, in its own file. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { methodNotAllowed } from "hono/method-not-allowed";
import { problem, problemOf } from "../../durable-objects/problem.ts";
import { payloadFailure } from "../../shared/protocol.ts";
import { answerError, answerNotFound } from "../errors.ts";
import { allowDashboardOrigins, keepPrivate, requireKey } from "../guards.ts";
import type { HubEnv } from "../hub-env.ts";
import { forceRelease, listClaims, listClaimWaits } from "./claims.ts";
import { dropDeadLetter, listDeadLetters, retryDeadLetter } from "./dead-letters.ts";
import { answerDecision, getDecision, listDecisions } from "./decisions.ts";
import { withRefusals } from "./declare.ts";
import { flushQueue, getPresence, listInstances, peekQueue, pingInstance, removeInstance } from "./instances.ts";
import { getJoinInfo } from "./join.ts";
import { listKeys, mintKey, revokeKey } from "./keys.ts";
import { listLoops, resumeLoop } from "./loops.ts";
import { deleteMessage, getMessage, listRecipients, searchMessages } from "./messages.ts";
import { DOCUMENT_PATH, MCP_PATHS, OPEN_PATHS } from "./open-paths.ts";
import { openApiDocument } from "./openapi.ts";
import { liftPause, listPauses, setPause } from "./pauses.ts";
import {
  createSchedule,
  deleteSchedule,
  getSchedule,
  listSchedules,
  previewSchedule,
  runSchedule,
  updateSchedule,
} from "./schedules.ts";
import { makeLink, signIn, signOut, whoAmI } from "./session.ts";
import { closeSockets, noteDiskFull, noteDiskRoom } from "./sockets.ts";
import { getSeries, getStats, getTraffic } from "./stats.ts";
import { cancelTask, getTask, listTasks, reassignTask } from "./tasks.ts";
import { getThread, listThreads } from "./threads.ts";
import {
  createTopic,
  deleteTopic,
  listSubscribers,
  listTopics,
  publish,
  subscribe,
  topicMessages,
  unsubscribe,
} from "./topics.ts";

export const rest = new OpenAPIHono<HubEnv>({
  defaultHook: (result, c) =>
    result.success ? undefined : problemOf(payloadFailure(`${c.req.method} ${c.req.path}`, result.error)),
});

rest.onError(answerError);
rest.use("/api/*", keepPrivate);
rest.use("/api/*", allowDashboardOrigins);
rest.use(
  "/api/*",
  methodNotAllowed({
    app: rest,
    onMethodNotAllowed: (c, methods) => {
      const response = problem("method_not_allowed", `${c.req.path} takes ${methods.join(", ")}.`);
      response.headers.set("allow", methods.join(", "));
      return response;
    },
  }),
);

const ROUTES = [
  [signIn, whoAmI, signOut, makeLink],
  [listInstances, removeInstance, getPresence, peekQueue, flushQueue, pingInstance],
  [searchMessages, getMessage, listRecipients, deleteMessage, listThreads, getThread],
  [getStats, getSeries, getTraffic],
  [listTasks, getTask, cancelTask, reassignTask],
  [listClaims, listClaimWaits, forceRelease],
  [listDecisions, getDecision, answerDecision],
  [listSchedules, createSchedule, previewSchedule, getSchedule, updateSchedule, deleteSchedule, runSchedule],
  [listPauses, setPause, liftPause],
  [listLoops, resumeLoop],
  [listDeadLetters, retryDeadLetter, dropDeadLetter],
  [listTopics, createTopic, deleteTopic],
  [listSubscribers, subscribe, unsubscribe, publish, topicMessages],
  [listKeys, mintKey, revokeKey],
  [getJoinInfo, closeSockets, noteDiskFull, noteDiskRoom],
];
rest.openapiRoutes(ROUTES.flat());

for (const path of [...OPEN_PATHS, ...MCP_PATHS]) rest.openAPIRegistry.registerPath(withRefusals(path));
rest.openAPIRegistry.registerPath(withRefusals(DOCUMENT_PATH));
rest.get("/openapi.json", requireKey, (c) => c.json(openApiDocument(rest, c.env.CC2CC_VERSION)));
rest.all("/api/*", answerNotFound);
