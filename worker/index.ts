/** The HTTP edge: who are you, where does this go. It holds no state. */
import { Hono } from "hono";
import { Directory } from "../durable-objects/directory/directory.ts";
import { Exchange } from "../durable-objects/exchange/exchange.ts";
import { Journal } from "../durable-objects/journal/journal.ts";
import { InstanceMailbox } from "../durable-objects/mailbox/mailbox.ts";
import { Topic } from "../durable-objects/topic/topic.ts";
import { TEXT_MAX_BYTES } from "../shared/limits.ts";
import { connectInstance } from "./connect.ts";
import { connectStream } from "./connect-stream.ts";
import { requireSocketRoom } from "./connection-limit.ts";
import { answerError, answerNotFound } from "./errors.ts";
import { keepPrivate, requireBearer, requireKey, requireKnownHost, requireOwnKey, requireScope } from "./guards.ts";
import { health, live, version } from "./health.ts";
import type { HubEnv } from "./hub-env.ts";
import { logRefusals } from "./log-refusals.ts";
import { checkMcpHeaders, serveMcp } from "./mcp.ts";
import { serveMarketplace } from "./plugin-files.ts";
import { readBody } from "./request-body.ts";
import { serveStatic } from "./static.ts";

const app = new Hono<HubEnv>();

app.onError(answerError);
app.notFound(answerNotFound);
app.use(logRefusals, requireKnownHost);

app.get("/health", (c) => health(c.env));
app.get("/livez", () => live());
app.get("/readyz", (c) => health(c.env, "ready"));
app.get("/version", (c) => version(c.env));
app.use("/api/*", requireOwnKey);
app.use("/ws/*", requireOwnKey);
app.get("/ws/plugin", requireKey, requireScope("member"), requireSocketRoom, (c) =>
  connectInstance(c.req.raw, c.env, c.var.principal),
);
app.get("/ws/dashboard", requireKey, requireSocketRoom, (c) => connectStream(c.req.raw, c.env, c.var.principal));
app.use("/mcp", requireOwnKey, keepPrivate, requireBearer, requireScope("member"), checkMcpHeaders);
app.post("/mcp", readBody(TEXT_MAX_BYTES), serveMcp);
app.delete("/mcp", serveMcp);
// Made when it is first asked for: the routes with their schemas and their document cost a start its time, and 5 MB.
for (const path of ["/api/*", "/openapi.json"]) {
  app.all(path, async (c) => (await import("./rest/api.ts")).rest.fetch(c.req.raw, c.env));
}
app.get("/marketplace.json", (c) => serveMarketplace(c.req.raw));
app.get("*", (c) => serveStatic(c.req.raw, c.env));

export { Directory, Exchange, InstanceMailbox, Journal, Topic };
export default app;
