/** Persistent publications to a topic with many subscribers online, against one bare object that writes to as many sockets. */
import { setTimeout as sleep } from "node:timers/promises";
import { uuidv7 } from "uuidv7";
import type { RunningHub } from "../test/helpers/hub.ts";
import { ackFrame, Client, type Frame, instanceId, until } from "./client.ts";
import { type EchoRate, measureBareFanOut } from "./echo.ts";
import { type Figure, percentileFigures } from "./figures.ts";
import type { Context } from "./part.ts";
import { percentilesOf } from "./percentiles.ts";
import { cpuTimeOf } from "./process-stats.ts";
import { CONTENT, ECHO_SECONDS, LOAD_SECONDS, LOAD_WARMUP_SECONDS, OUTSTANDING } from "./workload.ts";

const SUBSCRIBERS = 100;
const SINGLE_PUBLICATIONS = 50;
const TOPIC = "bench/fan-out";

export async function measureFanOut({ echo, startHub }: Context): Promise<Figure[]> {
  const before = await measureBareFanOut(echo, SUBSCRIBERS, ECHO_SECONDS);
  const hub = await startHub();
  const crowd = await Crowd.join(hub);
  const single = await crowd.publishOneByOne();
  const { perSecond, cpuUs } = await crowd.publishPipelined(hub.workerdPid);
  await hub.stop();
  const after = await measureBareFanOut(echo, SUBSCRIBERS, ECHO_SECONDS);
  return [
    {
      name: `fan-out to ${SUBSCRIBERS}, pipelined: persistent deliveries`,
      value: perSecond,
      unit: "/s",
      echo: (before.perSecond + after.perSecond) / 2,
      target: { of: "ratio", is: "at least", bound: 0.4 },
    },
    {
      name: `fan-out to ${SUBSCRIBERS}, pipelined: CPU of workerd per delivery`,
      value: cpuUs,
      unit: "µs",
      echo: (before.cpuUs + after.cpuUs) / 2,
    },
    ...percentileFigures(
      `fan-out to ${SUBSCRIBERS}, one at a time: publish → last delivery`,
      percentilesOf(single),
      undefined,
      {
        of: "value",
        is: "at most",
        bound: 100,
      },
    ),
  ];
}

/** A publisher and its subscribers, who ack what they get. */
class Crowd {
  readonly #publisher: Client;
  /** Deliveries, and answers to the publisher. */
  #delivered = 0;
  #answered = 0;
  #onAnswer: () => void = () => undefined;
  #onDelivery: () => void = () => undefined;

  private constructor(publisher: Client) {
    this.#publisher = publisher;
    publisher.onFrames = (frames) => {
      for (const frame of frames) if (frame.action === undefined) this.#noteAnswer(frame.error);
    };
  }

  static async join(hub: RunningHub): Promise<Crowd> {
    const crowd = new Crowd(await Client.connect(hub, instanceId(0)));
    for (let n = 1; n <= SUBSCRIBERS; n++) await crowd.#subscribe(hub, instanceId(n));
    return crowd;
  }

  /** How long each publication took to its last subscriber, in ms. */
  async publishOneByOne(): Promise<number[]> {
    const tookMs: number[] = [];
    for (let i = 0; i < SINGLE_PUBLICATIONS; i++) {
      const expected = this.#delivered + SUBSCRIBERS;
      const startedAt = performance.now();
      const last = new Promise<void>((resolve) => {
        this.#onDelivery = () => this.#delivered === expected && resolve();
      });
      this.#publisher.send([publishFrame()]);
      await last;
      tookMs.push(performance.now() - startedAt);
    }
    this.#onDelivery = () => undefined;
    await until("every publication to be answered", () => this.#answered === SINGLE_PUBLICATIONS);
    return tookMs;
  }

  /** Deliveries with as many publications outstanding as the load has messages. */
  async publishPipelined(workerdPid: number): Promise<EchoRate> {
    let isStopped = false;
    let published = OUTSTANDING;
    const [deliveredFirst, answeredFirst] = [this.#delivered, this.#answered];
    this.#onAnswer = () => {
      if (isStopped) return;
      published++;
      this.#publisher.send([publishFrame()]);
    };
    this.#publisher.send(Array.from({ length: OUTSTANDING }, publishFrame));
    await sleep(LOAD_WARMUP_SECONDS * 1_000);
    const before = this.#delivered;
    const cpuBefore = cpuTimeOf(workerdPid);
    const startedAt = performance.now();
    await sleep(LOAD_SECONDS * 1_000);
    const count = this.#delivered - before;
    const perSecond = (count / (performance.now() - startedAt)) * 1_000;
    const cpuUs = (cpuTimeOf(workerdPid) - cpuBefore) / count;
    isStopped = true;
    const isDone = () =>
      this.#answered - answeredFirst === published && this.#delivered - deliveredFirst === published * SUBSCRIBERS;
    await until("every publication to reach everyone once", isDone, () => ({ published, delivered: this.#delivered }));
    return { perSecond, cpuUs };
  }

  async #subscribe(hub: RunningHub, id: string): Promise<void> {
    let isSubscribed = false;
    const client = await Client.connect(hub, id);
    client.onFrames = (frames) => {
      isSubscribed ||= frames.some((frame) => frame.action === undefined);
      this.#take(frames, client);
    };
    client.send([`{"action":"subscribe_topic","requestId":"1","topic":"${TOPIC}"}`]);
    await until("the subscription", () => isSubscribed);
  }

  #take(frames: readonly Frame[], client: Client): void {
    let upTo = 0;
    for (const frame of frames) {
      if (frame.action !== "deliver") continue;
      this.#delivered += frame.messages.length;
      upTo = Math.max(upTo, ...frame.messages.map((message) => message.seq));
    }
    if (upTo === 0) return;
    client.send([ackFrame(upTo)]);
    this.#onDelivery();
  }

  #noteAnswer(error: string | undefined): void {
    // The answer to the publisher's own subscription is none: it does not subscribe.
    if (error !== undefined) throw new Error(error);
    this.#answered++;
    this.#onAnswer();
  }
}

function publishFrame(): string {
  const id = uuidv7();
  return `{"action":"publish_topic","requestId":"${id}","topic":"${TOPIC}","type":"question","content":"${CONTENT}","persistent":true,"messageId":"${id}"}`;
}
