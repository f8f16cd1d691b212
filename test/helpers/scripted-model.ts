/** A model on loopback that does what a test says. Which API it speaks is its subclass's; what it was sent is what tests judge. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { Conditions } from "./until.ts";

/** What the model does: says something, or calls a tool by the last part of its name. */
export type Part = string | { tool: string; input?: Record<string, unknown> };
/** Answers a request; undefined leaves it to the rule before. A promise keeps the session busy until it resolves. */
export type Rule<R> = (request: R) => Part[] | undefined | Promise<Part[] | undefined>;

interface ScriptedRequest {
  /** What has come since the model last spoke. */
  readonly newText: string;
  hasNew(pattern: RegExp | string): boolean;
}

export interface Asked<R> {
  request: R;
  /** A request without tools is for a title or a summary, and not of a session's main loop. */
  hasTools: boolean;
  write(parts: readonly Part[]): void;
}

const PATIENCE_MS = 30_000;

export abstract class ScriptedModel<R extends ScriptedRequest> {
  /** Requests that carry tools, in their order: those of a session's main loop. */
  readonly requests: R[] = [];
  readonly #rules: Rule<R>[] = [];
  readonly #conditions = new Conditions();
  /** Requests that have no answer yet. */
  #open = 0;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  /** Reads a request. Undefined is for one that is none to the model, and has its answer already. */
  protected abstract read(message: IncomingMessage, body: string, response: ServerResponse): Asked<R> | undefined;

  protected async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** The newest rule is asked first. */
  rule(rule: Rule<R>): void {
    this.#rules.unshift(rule);
  }

  /** Answers the next request whose new part matches, and no other. Resolves with that request when it has come. */
  once(pattern: RegExp | string, answer: Part[] | ((request: R) => Part[] | Promise<Part[]>)): Promise<R> {
    let isUsed = false;
    const arrived = Promise.withResolvers<R>();
    this.rule((request) => {
      if (isUsed || !request.hasNew(pattern)) return undefined;
      isUsed = true;
      arrived.resolve(request);
      return typeof answer === "function" ? answer(request) : answer;
    });
    return arrived.promise;
  }

  /** Resolves with the first request, past or to come, that is as wanted. */
  async until(isWanted: (request: R) => boolean, what: string, patienceMs = PATIENCE_MS): Promise<R> {
    const find = () => this.requests.find(isWanted);
    const describe = () =>
      `${what}; of ${this.requests.length} requests the last is new in: ${this.requests.at(-1)?.newText.slice(-2_000)}`;
    await this.#conditions.until(() => find() !== undefined, describe, patienceMs);
    return find() as R;
  }

  /** Resolves when no request waits for an answer. */
  untilQuiet(patienceMs = PATIENCE_MS): Promise<void> {
    return this.#conditions.until(
      () => this.#open === 0,
      () => `${this.#open} requests to be answered`,
      patienceMs,
    );
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = this.read(message, await readText(message), response);
    if (asked === undefined) return;
    this.#open++;
    const parts = await Promise.race([this.#play(asked), once(response, "close").then(() => [])]);
    if (!response.destroyed) asked.write(parts);
    this.#open--;
    this.#conditions.changed();
  }

  async #play({ request, hasTools }: Asked<R>): Promise<Part[]> {
    if (!hasTools) return ['{"title":"a session"}'];
    this.requests.push(request);
    this.#conditions.changed();
    for (const rule of [...this.#rules]) {
      const parts = await rule(request);
      if (parts !== undefined) return parts;
    }
    return ["ok"];
  }
}
