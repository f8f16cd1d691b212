/**
 * One instance of a client that speaks MCP over HTTP and has no process of ours beside it. Each request is answered by itself
 * (`answer.ts`); between them the object holds the instance's connection to its mailbox, and what calls were handed.
 */
import { DurableObject } from "cloudflare:workers";
import { failure } from "../../shared/errors.ts";
import { MCP_CALLS_MAX, MCP_MEMORY_MS, MCP_WAIT_WITH_PROGRESS_SECONDS } from "../../shared/limits.ts";
import { type Env, mcpOf, readSettings } from "../env.ts";
import { setLogLevel } from "../log.ts";
import { problem, problemOf } from "../problem.ts";
import type { McpRpc } from "../rpc.ts";
import type { McpExchange } from "./answer.ts";
import { Call } from "./call.ts";
import { Cancellations } from "./cancellations.ts";
import { Member } from "./member.ts";
import { type McpFacts, readMcpFacts } from "./request.ts";
import { enterCall, leaveCall } from "./room.ts";
import { Stay } from "./stay.ts";
import { toolSessionOf } from "./tool-session.ts";
import { watchTaken } from "./watch-taken.ts";

/** Connections that their clients have ended, which are remembered to be refused. */
const ENDED_MAX = 1_000;
const BUSY_RETRY_MS = 5_000;
/** Longer than any call waits. */
const CALL_MAX_MS = (MCP_WAIT_WITH_PROGRESS_SECONDS + 30) * 1_000;

const TO_ITSELF = { headers: { upgrade: "websocket" } };

/** What of a JSON-RPC message decides who answers it. */
interface Message {
  method?: string;
  id?: string | number;
  params?: { requestId?: string | number };
}

export class McpSession extends DurableObject<Env> implements McpRpc {
  readonly #version: string;
  /** By who they are to the hub: key and secret. The exchange decides which of them has the instance. */
  readonly #members = new Map<string, Member>();
  /** Those that are open, and those whose results nothing has confirmed, with whose they are. */
  readonly #calls = new Map<Call, Member>();
  readonly #ended = new Set<string>();
  readonly #cancellations = new Cancellations();
  readonly #online = new Set<Member>();
  readonly #stay: Stay;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    setLogLevel(env);
    this.#version = readSettings(env).version;
    this.#stay = new Stay(() => mcpOf(env, ctx.id.name as string).fetch("http://object/", TO_ITSELF));
  }

  /** A request that the worker has authorised; its body is a JSON object. */
  override async fetch(request: Request): Promise<Response> {
    // Only from itself: of a client's request, the worker passes the body and a few headers on.
    if (request.headers.has("upgrade")) return this.#stay.accept();
    const facts = readMcpFacts(request);
    if (this.#ended.has(facts.connection)) {
      return problem("not_found", "That session has ended: begin another one with initialize.");
    }
    if (request.method === "DELETE") return this.#end(facts);
    const message = await request.json<Message>();
    if (message.method === "tools/call" && message.id !== undefined) return this.#call(request, message, facts);
    if (message.method === "notifications/cancelled") this.#cancel(facts, message.params?.requestId);
    const { openExchange } = await import("./answer.ts");
    const exchange = await openExchange(this.#version);
    const answer = await exchange.respond(request, message);
    if (facts.newSessionId === null || !answer.ok) return answer;
    return new Response(answer.body, withHeader(answer, "mcp-session-id", facts.newSessionId));
  }

  /** Lets time pass for who is online. */
  look(now: number): void {
    for (const member of [...this.#online]) member.look(now);
  }

  async #call(request: Request, message: Message, facts: McpFacts): Promise<Response> {
    const member = this.#memberFor(facts);
    if (this.#openCallsOf(member) >= MCP_CALLS_MAX) {
      const error = `This instance has ${MCP_CALLS_MAX} calls open: let one end first.`;
      return problemOf(failure("rate_limited", error, { retryAfterMs: BUSY_RETRY_MS }));
    }
    const noRoom = enterCall(this.env);
    if (noRoom !== null) return problemOf(noRoom);
    let exchange: McpExchange | undefined;
    const call = new Call(facts.connection, message.id as string | number, () => exchange?.close());
    this.#begin(call, member);
    try {
      const { openExchange } = await import("./answer.ts");
      exchange = await openExchange(this.#version, toolSessionOf(member, call, this.env));
      // Why it may not have the instance, its tools say.
      await member.connect();
      const answer = await exchange.respond(request, message);
      if (answer.ok && answer.body !== null) return new Response(this.#watch(answer.body, call, member), answer);
      // A refusal of the transport's.
      this.#finish(call, member, false);
      return answer;
    } catch (error) {
      this.#finish(call, member, false);
      throw error;
    }
  }

  /** The call is over when its client has taken the result, is gone, or has held it up for too long. */
  #watch(body: ReadableStream<Uint8Array>, call: Call, member: Member): ReadableStream<Uint8Array> {
    const timer = setTimeout(() => finish(false), CALL_MAX_MS);
    let isOver = false;
    const finish = (isTaken: boolean) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      this.#finish(call, member, isTaken);
    };
    return watchTaken(body, { taken: () => finish(true), lost: () => finish(false) });
  }

  #begin(call: Call, member: Member): void {
    member.enter();
    member.mail.begin(call);
    for (const [earlier, whose] of this.#calls) {
      if (whose !== member || earlier.state === "open") continue;
      this.#cancellations.forget(earlier);
      this.#calls.delete(earlier);
    }
    this.#calls.set(call, member);
  }

  #finish(call: Call, member: Member, isTaken: boolean): void {
    if (isTaken) call.noteWritten(Date.now());
    if (call.state !== "written") this.#break(call, member);
    member.leave();
    leaveCall();
  }

  #break(call: Call, member: Member): void {
    call.break();
    member.mail.noteBroken(call);
  }

  /** The client waits no more for a call. */
  #cancel({ connection }: McpFacts, requestId: string | number | undefined): void {
    for (const [call, member] of this.#calls) {
      if (call.connection !== connection || call.requestId !== requestId) continue;
      if (this.#cancellations.meansLost(call, Date.now())) this.#break(call, member);
    }
  }

  /** A client ends its session. Its instance is offline, unless another connection of it is at work. */
  #end({ connection, ...facts }: McpFacts): Response {
    this.#ended.add(connection);
    if (this.#ended.size > ENDED_MAX) this.#ended.delete(this.#ended.values().next().value as string);
    for (const [call, member] of this.#calls) if (call.connection === connection) this.#break(call, member);
    const member = this.#members.get(nameOf(facts));
    if (member !== undefined && this.#openCallsOf(member) === 0) member.end();
    return new Response(null, { status: 204 });
  }

  #memberFor(facts: McpFacts): Member {
    const name = nameOf(facts);
    const known = this.#members.get(name);
    if (known !== undefined) return known;
    const member: Member = new Member(facts, this.env, {
      onOnline: () => {
        this.#online.add(member);
        this.#stay.hold();
      },
      onOffline: () => {
        this.#online.delete(member);
        if (this.#online.size === 0) this.#stay.release(this.#isOwed() ? MCP_MEMORY_MS : 0);
      },
      onLost: () => this.#drop(member),
    });
    this.#members.set(name, member);
    return member;
  }

  /** It has lost the instance: what its calls wait for will not come. */
  #drop(member: Member): void {
    this.#members.delete(nameOf(member.facts));
    for (const [call, whose] of this.#calls) if (whose === member) this.#break(call, member);
  }

  /** Whether anything was handed over that no later call has confirmed: forgotten, it would be given again. */
  #isOwed(): boolean {
    return [...this.#members.values()].some(({ mail }) => mail.unconfirmedCount > 0);
  }

  #openCallsOf(member: Member): number {
    return [...this.#calls].filter(([{ state }, whose]) => whose === member && state === "open").length;
  }
}

function nameOf({ principal, identityHash }: Pick<McpFacts, "principal" | "identityHash">): string {
  return `${principal.keyId} ${identityHash}`;
}

function withHeader({ status, headers }: Response, name: string, value: string): ResponseInit {
  const all = new Headers(headers);
  all.set(name, value);
  return { status, headers: all };
}
