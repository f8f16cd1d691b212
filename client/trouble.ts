/** Why a program has no connection to the hub, and what its person can do. */
import type { RefusedOver } from "./hub-link.ts";

/** What a program says to its people about its connection. */
export interface ClientWords {
  /** What to do about a key that the hub refuses, and about having left it. */
  newKey: string;
  left: string;
  /** How to find out what became of a message. */
  checkMessage(messageId: string): string;
  /** Where NODE_EXTRA_CA_CERTS has to be set. */
  startedWhere: string;
}

/** How this session stands to the hub. */
export type Standing =
  | { is: "ready" }
  /** A setting is missing. */
  | { is: "missing" }
  /** Not asked to connect yet, or asked to leave. */
  | { is: "left" }
  | { is: "refused"; over: RefusedOver }
  /** `since`: epoch ms. */
  | { is: "away"; since: number };

/** What is known of the hub, and of the last attempt. */
interface Circumstances {
  where: string | undefined;
  problems: readonly string[];
  words: ClientWords;
  reason: string;
}

/** Sentences for a person; undefined while there is a connection. */
export function troubleOf({ is }: Standing, { where, problems, words, reason }: Circumstances): string | undefined {
  switch (is) {
    case "ready":
      return undefined;
    case "missing":
      return problems.join(" ");
    case "left":
      return words.left;
    case "refused":
      return `Not connected to the hub at ${where}: ${reason.replace(/\.$/, "")}.`;
    case "away": {
      const remedy = /certificate/i.test(reason)
        ? `if its CA is your own, name the CA's file in NODE_EXTRA_CA_CERTS ${words.startedWhere}`
        : `check that it runs (curl ${where}/health)`;
      return `The hub at ${where} cannot be reached: ${reason}. Reconnecting by itself; ${remedy}.`;
    }
  }
}
