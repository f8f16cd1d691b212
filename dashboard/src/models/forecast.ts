import type { Instances } from "./instances.ts";
import type { Topics } from "./topics.ts";

/** What will happen to a message, said before it is sent. */
export interface Forecast {
  online: number;
  offline: number;
  text: string;
  /** Somebody will have it later, or nobody at all. */
  isWarning: boolean;
}

/** For the present moment; null without a target. */
export function forecastOf(
  target: string,
  instances: Instances,
  topics: Topics,
  isPersistent: boolean,
): Forecast | null {
  if (target === "") return null;
  const all = instances.byId.value;
  if (target === "broadcast") {
    const online = instances.online.value.length;
    return {
      online,
      offline: 0,
      isWarning: false,
      text: `To the ${count(online, "instance")} online now; nobody else will have it.`,
    };
  }
  if (target.startsWith("topic:")) return ofTopic(target.slice("topic:".length), instances, topics, isPersistent);
  if (target.startsWith("role:")) return ofRole(target.slice("role:".length), instances);
  const instance = all.get(target);
  if (instance === undefined) {
    const text = "The hub does not know this instance now; it may refuse the message.";
    return { online: 0, offline: 0, isWarning: true, text };
  }
  if (instance.status === "online")
    return { online: 1, offline: 0, isWarning: false, text: "Online: delivered at once." };
  const waiting = instance.queueDepth === 0 ? "" : ` behind ${instance.queueDepth} others`;
  return { online: 0, offline: 1, isWarning: true, text: `Offline: it will be queued${waiting} until it comes back.` };
}

function ofTopic(name: string, instances: Instances, topics: Topics, isPersistent: boolean): Forecast {
  const subscribers = topics.byName.value.get(name)?.subscribers ?? [];
  const online = subscribers.filter((id) => instances.byId.value.get(id)?.status === "online").length;
  const offline = subscribers.length - online;
  if (subscribers.length === 0) {
    return { online, offline, isWarning: true, text: "Nobody is subscribed; it is kept in the topic's history only." };
  }
  const later = isPersistent ? `queued for ${offline} offline` : `${offline} offline will not have it`;
  const text = `${count(online, "subscriber")} online${offline === 0 ? "" : `; ${later}`}.`;
  return { online, offline, isWarning: offline > 0, text };
}

function ofRole(role: string, instances: Instances): Forecast {
  const holders = instances.roles.value.get(role) ?? [];
  const online = holders.filter(({ status }) => status === "online").length;
  const offline = holders.length - online;
  if (holders.length === 0) return { online, offline, isWarning: true, text: "Nobody has this role." };
  const text = `${count(online, "instance")} online${offline === 0 ? "" : `; queued for ${offline} offline`}.`;
  return { online, offline, isWarning: offline > 0, text };
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}
