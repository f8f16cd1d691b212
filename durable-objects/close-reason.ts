import { CloseCode } from "../shared/errors.ts";

const WORDS: Readonly<Record<number, string>> = {
  [CloseCode.normal]: "left",
  [CloseCode.goingAway]: "left",
  1005: "left",
  1006: "connection lost",
  [CloseCode.replaced]: "replaced by a newer connection",
  [CloseCode.revoked]: "key revoked or instance removed",
  [CloseCode.heartbeatLost]: "no ping",
  [CloseCode.identityTaken]: "identity taken",
  [CloseCode.messageTooBig]: "message too big",
  [CloseCode.flooding]: "too many refused frames",
};

/** Why a socket ended, in words for the log; `code` as its close event has it, undefined for an error. */
export function closeReason(code: number | undefined): string {
  return (code === undefined ? undefined : WORDS[code]) ?? "connection failed";
}
