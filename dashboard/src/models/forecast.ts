import type { Instances } from "./instances.ts";
import type { Outbox } from "./outbox.ts";
import type { Topics } from "./topics.ts";

/** What will happen to a message, said before it is sent. */
export interface Forecast {
  online: number;
  offline: number;
  text: string;
  /** Somebody will have it later, or nobody at all. */
  isWarning: boolean;
}

/** Who there is, and who sends: whatever goes to many does not come back to its sender. */
interface Parts {
  instances: Instances;
  topics: Topics;
  outbox: Pick<Outbox, "sender">;
}

/** For the present moment; null without a target. */
export function forecastOf(target: string, parts: Parts, isPersistent: boolean): Forecast | null {
  const { instances } = parts;
  if (target === "") return null;
  const all = instances.byId.value;
  if (target === "broadcast") {
    const online = instances.online.value.filter(({ instanceId }) => instanceId !== parts.outbox.sender.value).length;
    return {
      online,
      offline: 0,
      isWarning: false,
      text: `To the ${count(online, "instance")} online now; nobody else will have it.`,
    };
  }
  if (target.startsWith("topic:")) return ofTopic(target.slice("topic:".length), parts, isPersistent);
  if (target.startsWith("role:")) return ofRole(target.slice("role:".length), parts);
  const instance = all.get(target);
  if (instance === undefined) {
    const text = "The hub does not know this instance now; it may refuse the message.";
    return { online: 0, offline: 0, isWarning: true, text };
  }
  if (instance.status === "online")
    return { online: 1, offline: 0, isWarning: false, text: "Online: delivered at once." };
  const waiting = instance.queueDepth === 0 ? "" : ` behind ${count(instance.queueDepth, "other")}`;
  return { online: 0, offline: 1, isWarning: true, text: `Offline: it will be queued${waiting} until it comes back.` };
}

function ofTopic(name: string, { instances, topics, outbox }: Parts, isPersistent: boolean): Forecast {
  const all = topics.byName.value.get(name)?.subscribers ?? [];
  const subscribers = all.filter((id) => id !== outbox.sender.value);
  const online = subscribers.filter((id) => instances.byId.value.get(id)?.status === "online").length;
  const offline = subscribers.length - online;
  if (subscribers.length === 0) {
    const who = all.length === 0 ? "Nobody" : "Nobody else";
    const text = `${who} is subscribed; it is kept in the topic's history only.`;
    return { online, offline, isWarning: true, text };
  }
  const later = isPersistent ? `queued for ${offline} offline` : `${offline} offline will not have it`;
  const text = `${count(online, "subscriber")} online${offline === 0 ? "" : `; ${later}`}.`;
  return { online, offline, isWarning: offline > 0, text };
}

function ofRole(role: string, { instances, outbox }: Parts): Forecast {
  const holders = (instances.roles.value.get(role) ?? []).filter(
    ({ instanceId }) => instanceId !== outbox.sender.value,
  );
  const online = holders.filter(({ status }) => status === "online").length;
  const offline = holders.length - online;
  if (holders.length === 0) return { online, offline, isWarning: true, text: "Nobody has this role." };
  const text = `${count(online, "instance")} online${offline === 0 ? "" : `; queued for ${offline} offline`}.`;
  return { online, offline, isWarning: offline > 0, text };
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}
