/**
 * A client in a thread of its own, which sends as fast as it can whatever the test does: what it says next is there before
 * the hub could look elsewhere.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { onTestFinished } from "vitest";

export interface EagerOptions {
  url: string;
  key: string;
  /** What it sends, over and over; `#` becomes a number. */
  text: string;
  /** How many it sends in all, and how many are under way at once. */
  count: number;
  window: number;
  /** A pattern of what answers one; more than one may stand in a text of the hub. */
  answer: string;
}

export class EagerClient {
  /** Whether the last has been answered. */
  isDone = false;
  readonly begun: Promise<unknown>;
  readonly done: Promise<unknown>;

  constructor(options: EagerOptions) {
    const worker = new Worker(PROGRAM, { eval: true, workerData: options });
    onTestFinished(() => void worker.terminate());
    this.begun = once(worker, "message");
    this.done = once(worker, "exit");
    worker.once("exit", () => {
      this.isDone = true;
    });
  }
}

const PROGRAM = `
const { parentPort, workerData } = require("node:worker_threads");
const { url, key, text, count, window, answer } = workerData;
const headers = { authorization: "Bearer " + key };
const ws = new (require("ws"))(url, "cc2cc.v2", { headers, perMessageDeflate: false });
let sent = 0;
let answered = 0;
const send = () => ws.send(text.replace("#", String(sent++)));
ws.on("open", () => { while (sent < window) send(); });
ws.on("message", (data) => {
  const answers = String(data).split(answer).length - 1;
  if (answered === 0 && answers > 0) parentPort.postMessage("begun");
  answered += answers;
  if (answered >= count) process.exit();
  for (let n = 0; n < answers && sent < count; n++) send();
});
ws.on("close", () => process.exit());
`;
