/** What the launcher tells the hub that it runs, as an admin. */
import type { DiskState } from "./disk-watch.ts";
import { askHub, type HubDoor } from "./hub-http.ts";

const GOODBYE_TIMEOUT_MS = 500;
const TELL_TIMEOUT_MS = 2_000;
export const DISK_WORDS: Readonly<Record<DiskState, string>> = {
  short: "the disk is full: the hub gives back its reserve, refuses new messages, and goes on with acks and reads",
  roomy: "the disk has room again: the hub takes messages",
};

/** A hub that does not answer is told again: this is asked as long as room is short. */
export async function tellDisk(door: HubDoor, key: string, state: DiskState): Promise<void> {
  const headers = { authorization: `Bearer ${key}` };
  const [method, signal] = [state === "short" ? "PUT" : "DELETE", AbortSignal.timeout(TELL_TIMEOUT_MS)];
  await askHub(door, { method, path: "/api/disk-full", headers, signal }).catch(() => undefined);
}

/** Clients hear that the hub goes down (1001); a hub that cannot tell them any more is stopped all the same. */
export async function closeSockets(door: HubDoor, key: string): Promise<void> {
  const headers = { authorization: `Bearer ${key}` };
  const signal = AbortSignal.timeout(GOODBYE_TIMEOUT_MS);
  await askHub(door, { method: "DELETE", path: "/api/sockets", headers, signal }).catch(() => undefined);
}
