/** Links as mailboxes use them: who may speak for an instance, and what a stale one can do (C7). */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { freshIds, queueRows } from "../../test/helpers/workerd/hub.ts";
import { TestClient } from "../../test/helpers/workerd/test-client.ts";
import { exchangeOf } from "../env.ts";
import {
  type DownHead,
  type LinkRequest,
  linkRequest,
  type Op,
  readLinkText,
  type UpHead,
  writeLinkText,
} from "../link.ts";

/** A link, and what came down it. */
class TestLink {
  readonly heads: DownHead[] = [];
  readonly #ws: WebSocket;
  #look: () => void = () => {};

  private constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.addEventListener("message", ({ data }) => {
      this.heads.push(readLinkText<DownHead>(String(data)).head);
      this.#look();
    });
    ws.accept();
  }

  static async open(instanceId: string, more: Partial<LinkRequest> = {}): Promise<TestLink | number> {
    const principal = { keyId: "env-0", scope: "admin" as const, name: null, pattern: null };
    const request = {
      instanceId,
      version: 2 as const,
      identityHash: "hash",
      isIdentityNew: false,
      isTransient: false,
      isPull: false,
      principal,
    };
    const answer = await exchangeOf(env).fetch(
      linkRequest({ ...request, resumes: null, given: [], lastSeq: 0, ...more }),
    );
    return answer.webSocket === null ? answer.status : new TestLink(answer.webSocket);
  }

  send(head: UpHead, ...bodies: string[]): void {
    this.#ws.send(writeLinkText(head, bodies));
  }

  /** The first text that has this. */
  async head<K extends keyof DownHead>(name: K): Promise<NonNullable<DownHead[K]>> {
    const { promise, resolve } = Promise.withResolvers<NonNullable<DownHead[K]>>();
    this.#look = () => {
      const found = this.heads.find((head) => head[name] !== undefined)?.[name];
      if (found !== undefined) resolve(found as NonNullable<DownHead[K]>);
    };
    this.#look();
    return promise;
  }
}

it("[C7] an ack by a link that was replaced has no effect; the same by the new one has", async () => {
  const { a, b } = freshIds();
  const sender = await TestClient.connect(a);
  const stale = (await TestLink.open(b)) as TestLink;
  const { messageId = "" } = await sender.message(b, "x");
  await stale.head("rows");
  const fresh = (await TestLink.open(b)) as TestLink;
  expect(await stale.head("close")).toMatchObject({ code: 4001 });
  stale.send({ acks: [{ do: "ack", upTo: 100, messageIds: [messageId], state: "acked" }], isLeaving: true });
  await stale.head("isOver");
  expect(await queueRows(b)).toMatchObject([{ id: messageId, state: 1, attempts: 2 }]);
  expect(await sender.ask({ action: "ping", to: b })).toMatchObject({ online: true });
  fresh.send({ ops: [{ do: "ack", upTo: 100, state: "acked" }] });
  expect(await fresh.head("results")).toEqual([{ ok: true, value: { acked: 1 } }]);
});

it("[C7] [C8] resumes the connection that is the last one of its instance, and no other", async () => {
  const { a } = freshIds();
  const first = (await TestLink.open(a)) as TestLink;
  const { connection } = await first.head("welcome");
  expect(await TestLink.open(a, { identityHash: "another" })).toBe(409);
  const again = (await TestLink.open(a, { resumes: connection })) as TestLink;
  expect(await again.head("welcome")).toMatchObject({ connection, isResumed: true });
  const newer = (await TestLink.open(a)) as TestLink;
  expect((await newer.head("welcome")).connection).toBeGreaterThan(connection);
  expect(await TestLink.open(a, { resumes: connection })).toBe(409);
});

it("[Q4] what a client holds over a new link is not given again, and its seqs go on", async () => {
  const { a, b } = freshIds();
  const sender = await TestClient.connect(a);
  const link = (await TestLink.open(b)) as TestLink;
  const { connection } = await link.head("welcome");
  const { messageId = "" } = await sender.message(b, "held");
  await link.head("rows");
  const again = (await TestLink.open(b, { resumes: connection, given: [[7, messageId]], lastSeq: 7 })) as TestLink;
  await again.head("welcome");
  await sender.message(b, "new");
  expect(await again.head("rows")).toEqual([[8, 1]]);
  again.send({ ops: [{ do: "ack", upTo: 7, state: "acked" }] });
  expect(await again.head("results")).toEqual([{ ok: true, value: { acked: 1 } }]);
});

it("a v1 client that had left before it could be written to is owed the message still", async () => {
  const { a, b } = freshIds();
  const sender = await TestClient.connect(a);
  const link = (await TestLink.open(b, { version: 1, identityHash: null })) as TestLink;
  await link.head("welcome");
  const { messageId = "" } = await sender.message(b, "x");
  await link.head("rows");
  link.send({ isLeaving: true });
  await link.head("isOver");
  link.send({ returned: [messageId] });
  await expect.poll(() => queueRows(b)).toMatchObject([{ id: messageId, state: 0 }]);
});

/** A message to somebody's own id: the turn that accepts it also gives it, as one does that has texts of two links in it. */
function toItself(id: string): { op: Op; body: string; messageId: string } {
  const messageId = crypto.randomUUID();
  const timestamp = new Date().toISOString();
  const body = JSON.stringify({ messageId, from: id, to: id, type: "task", content: "x", timestamp });
  return { op: { do: "send", to: id, bytes: body.length, expiresAt: Date.now() + 60_000 }, body, messageId };
}

it("[Q8] what the turn of a session change gave comes under the new id only, with its seq", async () => {
  const { a, b } = freshIds();
  const link = (await TestLink.open(a)) as TestLink;
  await link.head("welcome");
  const { op, body, messageId } = toItself(a);
  link.send({ ops: [op, { do: "change_session", to: b, identityHash: null }] }, body);
  await link.head("renamed");
  expect(link.heads.filter(({ rows }) => rows !== undefined)).toEqual([]);
  link.send({ isRenamed: true });
  expect(await link.head("rows")).toEqual([[1, 2]]);
  expect(await queueRows(b)).toMatchObject([{ id: messageId, state: 1 }]);
});

it.each(["pull", "ack"] as const)("[Q4] [Q7] what the turn of an ack (%s) gave is not given behind it", async (how) => {
  const { a } = freshIds();
  const link = (await TestLink.open(a)) as TestLink;
  await link.head("welcome");
  const [first, second] = [toItself(a), toItself(a)];
  const settling: Op =
    how === "pull"
      ? { do: "pull", limit: 10, peek: false }
      : { do: "ack", messageIds: [first.messageId], state: "acked" };
  link.send({ ops: [first.op, settling, second.op] }, first.body, second.body);
  expect(await link.head("rows")).toEqual([[2, 1]]);
  expect(await queueRows(a)).toMatchObject([
    { id: first.messageId, state: 3 },
    { id: second.messageId, state: 1 },
  ]);
});
