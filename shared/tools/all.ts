import { askHuman, withdrawQuestion } from "./ask-human.ts";
import { claim, listClaims, release } from "./claims.ts";
import { getInstanceInfo, listInstances, ping, setRole } from "./peers.ts";
import { getMessages, messageStatus, waitForMessage, waitForReply, waitForReplyBriefly } from "./receive.ts";
import { createSchedule, deleteSchedule, getSchedule, listSchedules, updateSchedule } from "./schedules.ts";
import { broadcast, publishTopic, sendMessage } from "./send.ts";
import { hubStatus } from "./status.ts";
import { cancelTask, listTasks, updateTask } from "./tasks.ts";
import type { Tool } from "./tool.ts";
import type { PullSession } from "./tool-session.ts";
import { getTopicMessages, listTopics, searchMessages, subscribeTopic, unsubscribeTopic } from "./topics.ts";

/** In the order in which the model reads them. */
export const TOOLS: readonly Tool[] = [
  listInstances,
  sendMessage,
  waitForReply,
  getMessages,
  broadcast,
  ping,
  setRole,
  subscribeTopic,
  unsubscribeTopic,
  listTopics,
  publishTopic,
  listTasks,
  updateTask,
  cancelTask,
  claim,
  release,
  listClaims,
  askHuman,
  withdrawQuestion,
  createSchedule,
  listSchedules,
  getSchedule,
  updateSchedule,
  deleteSchedule,
  messageStatus,
  searchMessages,
  getTopicMessages,
  getInstanceInfo,
  hubStatus,
];

/** The same for a session to which nothing is pushed, and whose calls end within minutes. */
export const PULL_TOOLS: readonly Tool<PullSession>[] = TOOLS.flatMap((tool): Tool<PullSession>[] => {
  if (tool === getMessages) return [waitForMessage, tool];
  return [tool === waitForReply ? waitForReplyBriefly : tool];
});
