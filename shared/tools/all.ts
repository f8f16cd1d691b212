import { getInstanceInfo, listInstances, ping, setRole } from "./peers.ts";
import { getMessages, messageStatus, waitForReply } from "./receive.ts";
import { broadcast, publishTopic, sendMessage } from "./send.ts";
import { hubStatus } from "./status.ts";
import { cancelTask, listTasks, updateTask } from "./tasks.ts";
import type { Tool } from "./tool.ts";
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
  messageStatus,
  searchMessages,
  getTopicMessages,
  getInstanceInfo,
  hubStatus,
];
