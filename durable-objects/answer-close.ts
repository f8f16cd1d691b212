import { CloseCode } from "../shared/errors.ts";

/** Answers a client's close: the handshake wants it. 1005, 1006 and 1015 tell of a close and may not be sent. */
export function answerClose(ws: WebSocket, code: number): void {
  try {
    ws.close(code === 1005 || code === 1006 || code === 1015 ? CloseCode.normal : code);
  } catch {
    // Closed by both sides at once.
  }
}
