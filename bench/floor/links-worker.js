/**
 * The floor of a hub on workerd: mailboxes without storage, every row in one exchange, one kept link between each two.
 * It has no features: a text of a client is `S<to><text>` (to one), `P<text>` (durable, to all), `L<text>` (live, to all) or
 * `A<ids>` (acks); it is told `<id> <text>` for what it must ack, `L<text>`, and `K<count>` for what is on disk.
 */
import { DurableObject } from "cloudflare:workers";

/** Without other work, acks wait this long for a commit that takes them along. */
const ACKS_WAIT_MS = 50;

export class Mailbox extends DurableObject {
  #sends = [];
  #acks = [];
  #isUnderWay = false;
  #isAckDue = false;
  #link = null;

  async fetch(request) {
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    this.client = server;
    server.addEventListener("message", ({ data }) => this.#take(data));
    server.addEventListener("close", () => this.#link?.close(1000, "client left"));
    const id = new URL(request.url).searchParams.get("id");
    const exchange = this.env.EXCHANGE.getByName("exchange");
    const response = await exchange.fetch(`http://exchange/link?id=${id}`, { headers: { upgrade: "websocket" } });
    this.#link = response.webSocket;
    this.#link.accept();
    this.#link.addEventListener("message", ({ data }) => this.#down(JSON.parse(data)));
    this.#up();
    return new Response(null, { status: 101, webSocket: client });
  }

  #take(text) {
    if (text[0] !== "A") {
      this.#sends.push(text);
      this.#up();
      return;
    }
    for (const id of text.slice(1).split(",")) this.#acks.push(Number(id));
    if (this.#isAckDue) return;
    this.#isAckDue = true;
    queueMicrotask(() => {
      this.#isAckDue = false;
      if (this.#acks.length === 0 || this.#link === null) return;
      this.#link.send(JSON.stringify({ acks: this.#acks }));
      this.#acks = [];
    });
  }

  /** At most one batch is under way: what comes meanwhile makes the next one. */
  #up() {
    if (this.#isUnderWay || this.#link === null || this.#sends.length === 0) return;
    this.#isUnderWay = true;
    this.#link.send(JSON.stringify({ sends: this.#sends, acks: this.#acks }));
    this.#sends = [];
    this.#acks = [];
  }

  #down({ deliveries, accepted }) {
    if (deliveries) this.client.send(deliveries.join("\n"));
    if (accepted === undefined) return;
    this.#isUnderWay = false;
    if (accepted > 0) this.client.send(`K${accepted}`);
    this.#up();
  }
}

export class Exchange extends DurableObject {
  #links = new Map();
  #pending = [];
  #acked = [];
  /** By publication, how many have not acked it. */
  #owed = new Map();
  #isCommitting = false;
  #timer = null;
  #lastCount = 0;

  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec(`CREATE TABLE IF NOT EXISTS queue (id INTEGER PRIMARY KEY, recipient TEXT, body TEXT);
      CREATE INDEX IF NOT EXISTS by_recipient ON queue (recipient);
      CREATE TABLE IF NOT EXISTS publications (id INTEGER PRIMARY KEY, body TEXT);
      CREATE TABLE IF NOT EXISTS due (id INTEGER, recipient TEXT, PRIMARY KEY (id, recipient)) WITHOUT ROWID`);
    const last = (table) => this.sql.exec(`SELECT coalesce(max(id), 0) AS id FROM ${table}`).one().id;
    this.next = Math.max(last("queue"), last("publications"));
    for (const { id, n } of this.sql.exec("SELECT id, count(*) AS n FROM due GROUP BY id")) this.#owed.set(id, n);
  }

  fetch(request) {
    const id = new URL(request.url).searchParams.get("id");
    const { 0: mailbox, 1: link } = new WebSocketPair();
    link.accept();
    this.#links.set(id, link);
    const rows = this.sql.exec("SELECT id, body FROM queue WHERE recipient = ?", id).toArray();
    if (rows.length > 0) link.send(JSON.stringify({ deliveries: rows.map((row) => `${row.id} ${row.body}`) }));
    link.addEventListener("message", ({ data }) => this.#take(id, JSON.parse(data)));
    link.addEventListener("close", () => this.#links.get(id) === link && this.#links.delete(id));
    return new Response(null, { status: 101, webSocket: mailbox });
  }

  rows() {
    return this.sql.exec("SELECT (SELECT count(*) FROM queue) + (SELECT count(*) FROM due) AS n").one().n;
  }

  #take(from, { sends = [], acks = [] }) {
    for (const id of acks) this.#acked.push([id, from]);
    let durable = 0;
    for (const text of sends) {
      if (text[0] === "L") this.#writeLive(text);
      else durable++;
      if (text[0] !== "L") this.#pending.push([from, text]);
    }
    if (sends.length > 0 && durable === 0) this.#links.get(from)?.send('{"accepted":0}');
    if (durable > 0) this.#commitSoon();
    else if (acks.length > 0) this.#commitLater();
  }

  #writeLive(text) {
    const frame = JSON.stringify({ deliveries: [text] });
    for (const link of this.#links.values()) link.send(frame);
  }

  #commitLater() {
    if (this.#isCommitting || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#commitSoon();
    }, ACKS_WAIT_MS);
  }

  #commitSoon() {
    if (this.#isCommitting) return;
    this.#isCommitting = true;
    clearTimeout(this.#timer);
    this.#timer = null;
    queueMicrotask(async () => {
      if (this.#pending.length === 0) await this.#commit();
      while (this.#pending.length > 0) await this.#commit();
      this.#isCommitting = false;
      if (this.#acked.length > 0) this.#commitLater();
    });
  }

  async #commit() {
    // Under load, one turn gathers what others have ready.
    if (this.#lastCount > 1) await scheduler.wait(0);
    const [batch, acked] = [this.#pending, this.#acked];
    [this.#pending, this.#acked] = [[], []];
    this.#lastCount = batch.length;
    const accepted = new Map();
    const rows = [];
    const publications = [];
    for (const [from, text] of batch) {
      accepted.set(from, (accepted.get(from) ?? 0) + 1);
      const id = ++this.next;
      if (text[0] === "P") publications.push(this.#publish(id, from, text));
      else rows.push([id, text.slice(1, 4), text]);
    }
    if (rows.length > 0) {
      this.sql.exec("INSERT INTO queue SELECT value->>0, value->>1, value->>2 FROM json_each(?)", JSON.stringify(rows));
    }
    this.#deleteAcked(acked);
    // Written now, in the turn of the commit: the output gate holds it until the commit is on disk.
    this.#hand(rows, publications, accepted);
    await this.ctx.storage.sync();
  }

  #publish(id, from, text) {
    const readers = [...this.#links.keys()].filter((other) => other !== from);
    this.sql.exec("INSERT INTO publications VALUES (?, ?)", id, text);
    this.sql.exec("INSERT INTO due SELECT ?, value FROM json_each(?)", id, JSON.stringify(readers));
    this.#owed.set(id, readers.length);
    return [from, `${id} ${text}`];
  }

  #deleteAcked(acked) {
    if (acked.length === 0) return;
    const [direct, due, done] = [[], [], []];
    for (const [id, from] of acked) {
      const owed = this.#owed.get(id);
      if (owed === undefined) direct.push(id);
      else {
        due.push([id, from]);
        if (owed > 1) this.#owed.set(id, owed - 1);
        else if (this.#owed.delete(id)) done.push(id);
      }
    }
    const erase = (statement, values) => values.length > 0 && this.sql.exec(statement, JSON.stringify(values));
    erase("DELETE FROM queue WHERE id IN (SELECT value FROM json_each(?))", direct);
    erase("DELETE FROM due WHERE (id, recipient) IN (SELECT value->>0, value->>1 FROM json_each(?))", due);
    erase("DELETE FROM publications WHERE id IN (SELECT value FROM json_each(?))", done);
  }

  #hand(rows, publications, accepted) {
    const byRecipient = Map.groupBy(rows, ([, recipient]) => recipient);
    if (publications.length > 0) {
      const publishers = new Set(publications.map(([from]) => from));
      const frame = JSON.stringify({ deliveries: publications.map(([, text]) => text) });
      for (const [id, link] of this.#links) if (!publishers.has(id)) link.send(frame);
    }
    for (const [recipient, group] of byRecipient) {
      const deliveries = group.map(([id, , text]) => `${id} ${text}`);
      const count = accepted.get(recipient);
      accepted.delete(recipient);
      this.#links.get(recipient)?.send(JSON.stringify({ deliveries, accepted: count }));
    }
    for (const [from, count] of accepted) this.#links.get(from)?.send(JSON.stringify({ accepted: count }));
  }
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (url.pathname === "/rows") return Response.json(await env.EXCHANGE.getByName("exchange").rows());
    if (url.pathname === "/livez") return new Response("ok");
    return env.MAILBOX.getByName(url.searchParams.get("id")).fetch(request);
  },
};
