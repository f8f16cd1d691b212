/** One client on its way through the mailbox: its socket on one side, its link to the exchange on the other. */
import { CloseCode, type Failure } from "../../../shared/errors.ts";
import { PENDING_FRAMES_MAX, TEXT_MAX_BYTES } from "../../../shared/limits.ts";
import { fitsUtf8 } from "../../../shared/message.ts";
import type { ClientFrame, FrameOf, ReadFrame } from "../../../shared/protocol.ts";
import { closeReason } from "../../close-reason.ts";
import type { Settings } from "../../env.ts";
import { type DownHead, readLinkText, type Welcome } from "../../link.ts";
import { log } from "../../log.ts";
import type { TokenBucket } from "../../rate-limit.ts";
import { welcomeFrame } from "../frames/hub-frames.ts";
import { readText } from "../frames/read-text.ts";
import { BINARY, frameWeight, rateLimited, refusalWeight, UNREACHABLE } from "../frames/refusals.ts";
import { toAck, toChangeSession, toOp } from "../frames/to-op.ts";
import { type AckBudget, ackWeight } from "./ack-budget.ts";
import type { ClientSocket } from "./client-socket.ts";
import { DownWriter } from "./down-writer.ts";
import { Replies } from "./replies.ts";
import { UpLink } from "./up-link.ts";
import { Window } from "./window.ts";

/**
 * - `open`: client and link are there.
 * - `relinking`: the link broke; the client waits.
 * - `leaving`: the client is gone, the exchange is being told.
 * - `over`: nothing is left.
 */
type Life = "open" | "relinking" | "leaving" | "over";

/** What a line needs of its mailbox. */
export interface LineDeps {
  settings: Settings;
  bucket: TokenBucket;
  pings: TokenBucket;
  ackBudget: AckBudget;
  /** Opens another link for the connection, under the id that it has now. */
  relink(line: Line): void;
  onOver(line: Line): void;
}

/** Messages of one client that wait for the exchange, in characters. */
const OUTSTANDING_MAX_LENGTH = 16_000_000;

export class Line {
  readonly client: ClientSocket;
  readonly window = new Window();
  readonly #deps: LineDeps;
  readonly #up = new UpLink();
  readonly #replies: Replies;
  readonly #writer: DownWriter;
  readonly #identityToken: string | null;
  #life: Life = "open";
  #link: WebSocket | null = null;
  #instanceId: string;
  #role: string | null = null;
  /** The number of the connection over all its links; 0 before the welcome. */
  #connection = 0;
  /** Frames that wait until the client's session has changed: they are the new id's. Null while it does not change. */
  #held: { frame: ClientFrame }[] | null = null;

  /** `identityToken`: made by the hub for a client that brought none. */
  constructor(client: ClientSocket, instanceId: string, identityToken: string | null, deps: LineDeps) {
    this.client = client;
    this.#replies = new Replies(client);
    this.#writer = new DownWriter(client, this.window);
    this.#instanceId = instanceId;
    this.#identityToken = identityToken;
    this.#deps = deps;
  }

  get instanceId(): string {
    return this.#instanceId;
  }

  get connection(): number {
    return this.#connection;
  }

  get isRelinking(): boolean {
    return this.#life === "relinking";
  }

  // ---- the link

  /** A link is up; its first text is the welcome. */
  attach(link: WebSocket): void {
    if (this.#life === "over" || this.#life === "leaving") {
      // What was not accepted cannot be closed, and its other end would hold the client to be there.
      link.accept();
      link.close(CloseCode.normal, "the client left");
      return;
    }
    this.#life = "open";
    this.#link = link;
    link.addEventListener("message", ({ data }) => {
      if (this.#link === link) this.#takeDown(String(data));
    });
    link.addEventListener("close", () => this.#onLinkClosed(link));
    link.addEventListener("error", () => {});
    link.accept();
  }

  #onLinkClosed(link: WebSocket): void {
    if (this.#link !== link) return;
    this.#link = null;
    this.#up.detach();
    if (this.#life === "leaving") this.#end();
    if (this.#life !== "open") return;
    this.#life = "relinking";
    this.#deps.relink(this);
  }

  /** There is no link, and has not been for some time: whoever waits for an answer is told. */
  failWaiting(): void {
    this.#up.fail(UNREACHABLE);
    this.#releaseHeld();
  }

  #takeDown(text: string): void {
    const { head, bodies } = readLinkText<DownHead>(text);
    if (this.#life === "leaving") {
      this.#giveBack(head, bodies);
      return;
    }
    if (head.welcome !== undefined) this.#takeWelcome(head.welcome);
    if (head.results !== undefined) this.#up.takeResults(head.results);
    if (head.renamed !== undefined) this.#rename(head.renamed);
    this.#writer.write(head, bodies);
    if (head.close !== undefined) this.close(head.close.code, head.close.reason);
  }

  #takeWelcome(welcome: Welcome): void {
    this.#connection = welcome.connection;
    this.#instanceId = welcome.instanceId;
    this.#role = welcome.role;
    if (welcome.isResumed) this.#writer.tellPaused(welcome.paused);
    else {
      this.#writer.notePaused(welcome.paused);
      const { topics } = welcome;
      const token = welcome.isIdentityBound ? this.#identityToken : null;
      if (this.client.version === 1) this.client.send({ action: "subscriptions:sync", topics });
      else this.client.send(welcomeFrame(welcome, token, this.#deps.settings));
    }
    if (this.#link !== null) this.#up.attach(this.#link);
  }

  /** Q8: acks that came until now name what the old id was given; what is held is the new id's. */
  #rename({ instanceId, role }: NonNullable<DownHead["renamed"]>): void {
    this.#instanceId = instanceId;
    this.#role = role;
    this.window.restart();
    this.#up.finish({ isRenamed: true });
    this.#releaseHeld();
  }

  #releaseHeld(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const { frame } of held) this.#do(frame);
  }

  /** What came for a client that had left stays the queue's; of a v1 client the exchange has to hear it. */
  #giveBack(head: DownHead, bodies: readonly string[]): void {
    const rows = this.client.version === 1 ? bodies.slice(0, head.rows?.length ?? 0) : [];
    const returned = rows.map((body) => (JSON.parse(body) as { messageId: string }).messageId);
    if (returned.length > 0) this.#up.finish({ returned });
    if (head.isOver) this.#link?.close(CloseCode.normal, "the client left");
  }

  // ---- the client

  /** A text that the client sent. */
  take(data: string | ArrayBuffer, now: number): void {
    const { client } = this;
    client.noteHeard(now);
    if (data === "ping") {
      client.noteReading(now);
      const waitMs = this.#deps.pings.take(now);
      if (waitMs > 0) this.#refuse(undefined, rateLimited(waitMs), now);
      else client.pong();
      return;
    }
    if (typeof data !== "string") {
      this.#refuse(undefined, BINARY, now);
      return;
    }
    if (!fitsUtf8(data, TEXT_MAX_BYTES)) {
      this.close(CloseCode.messageTooBig, `a text message may have at most ${TEXT_MAX_BYTES} bytes`);
      return;
    }
    const frames = readText(data, client.version);
    if (Array.isArray(frames)) for (const frame of frames) this.#takeFrame(frame, now, data.length / frames.length);
    else this.#refuse(undefined, frames, now, refusalWeight(data.length));
  }

  #takeFrame({ requestId, result }: ReadFrame, now: number, length: number): void {
    if (!result.ok) {
      const waitMs = this.#deps.bucket.take(now);
      this.#refuse(requestId, waitMs > 0 ? rateLimited(waitMs) : result, now, refusalWeight(length));
      return;
    }
    const frame = result.value;
    if (frame.action === "ack") {
      this.client.noteReading(now);
      // Q8: an ack is never held: it names what the client has been given by now.
      const ack = this.window.onlyWritten(toAck(frame));
      const refusal = this.#deps.ackBudget.refusalOf(ack, this.window.release(ack), now);
      if (refusal !== null) this.#refuse(requestId, refusal, now, ackWeight(ack));
      else if (requestId === undefined) this.#up.ack(ack);
      else this.#up.ask({ op: ack, body: null, answer: (result) => this.#replies.answer(requestId, result) });
      return;
    }
    const waitMs = this.#isFull() ? 1_000 : this.#deps.bucket.take(now, frameWeight(frame));
    if (waitMs > 0) this.#refuse(requestId, rateLimited(waitMs), now);
    else this.#do(frame);
  }

  #do(frame: ClientFrame): void {
    if (this.#held !== null) this.#held.push({ frame });
    else if (frame.action === "session_update") void this.#changeSession(frame);
    else this.#ask(frame);
  }

  #ask(frame: Exclude<ClientFrame, FrameOf<"session_update">>): void {
    const author = { from: this.#instanceId, role: this.#role };
    // What comes behind it is already said with the new role.
    if (frame.action === "set_role") this.#role = frame.role === "" ? null : frame.role;
    this.#up.ask({
      ...toOp(frame, author, Date.now()),
      answer: (result) => this.#replies.answer(frame.requestId, result),
    });
  }

  async #changeSession(frame: FrameOf<"session_update">): Promise<void> {
    this.#held = [];
    const asked = await toChangeSession(frame);
    this.#up.ask({
      ...asked,
      answer: (result) => {
        this.#replies.answer(frame.requestId, result);
        // With a success comes the new id, which is what the held frames wait for.
        if (!result.ok || frame.newInstanceId === this.#instanceId) this.#releaseHeld();
      },
    });
  }

  #isFull(): boolean {
    const { count, length } = this.#up.outstanding;
    return count + (this.#held?.length ?? 0) >= PENDING_FRAMES_MAX || length > OUTSTANDING_MAX_LENGTH;
  }

  #refuse(requestId: string | undefined, why: Failure, now: number, weight = 1): void {
    const areTooMany = this.#replies.refuse(requestId, why, now, weight);
    if (areTooMany) this.close(CloseCode.flooding, "too many refused frames; slow down and reconnect");
  }

  // ---- its end

  /** The hub closes the client's socket. */
  close(code: number, reason: string): void {
    this.client.close(code, reason);
    this.leave(code);
  }

  /** The client is gone; `code` as its close event has it, undefined for an error. */
  leave(code: number | undefined): void {
    if (this.#life === "leaving" || this.#life === "over") return;
    log("info", "instance disconnected", { instance: this.#instanceId, code, reason: closeReason(code) });
    if (this.#link === null) {
      this.#end();
      return;
    }
    this.#life = "leaving";
    this.#up.dropQuestions();
    this.#up.finish({ isLeaving: true });
  }

  #end(): void {
    this.#life = "over";
    this.#deps.onOver(this);
  }
}
