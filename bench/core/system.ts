/** A hub as the benchmarks of the core see it: the product, or a bare one that tells what the platform allows. */

import type { MessageType } from "../../shared/message.ts";

/** What a client is told, already acked by it where that is due. */
export interface Listener {
  /** So many of its sends are on disk. */
  onAccepted?(count: number): void;
  /** Keys of messages, in their order. */
  onDelivered?(keys: string[]): void;
}

export interface Peer {
  /** Sends a message of 200 bytes, which its key names, to a client by its number. A bare hub knows no types. */
  send(to: number, key: string, type?: MessageType): void;
  /** Becomes one of those whom publications reach. */
  join(): Promise<void>;
  /** Writes to everyone else who has joined: a persistent publication, or a live one. */
  publish(key: string, isDurable: boolean): void;
  close(): Promise<void>;
}

export interface System {
  name: "hub" | "links" | "plain";
  /** Of the process whose costs are measured, as of now. */
  readonly pid: number;
  /** A path that answers at once as long as the process serves anything. */
  readonly livezUrl: string;
  /** Connects client number `n`. */
  connect(n: number, listener?: Listener): Promise<Peer>;
  /** Kills all its processes in this moment, starts them again on the same data, and resolves once it answers. */
  killAndStart(): Promise<RecoveryTimes>;
  stop(): Promise<void>;
}

export interface RecoveryTimes {
  readyMs: number;
  /** Of these, until workerd was started; 0 where nothing stands before it. */
  launcherMs: number;
}

/** Keys have this length in every system. */
export const KEY_LENGTH = 12;

export function keyOf(n: number): string {
  return String(n).padStart(KEY_LENGTH, "0");
}
