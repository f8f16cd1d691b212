/** The HTTP edge: who are you, where does this go. It holds no state. */
import { Hono } from "hono";
import { Directory } from "../durable-objects/directory/directory.ts";
import type { Env } from "../durable-objects/env.ts";
import { Exchange } from "../durable-objects/exchange/exchange.ts";
import { Journal } from "../durable-objects/journal/journal.ts";
import { InstanceMailbox } from "../durable-objects/mailbox/mailbox.ts";
import { Topic } from "../durable-objects/topic/topic.ts";
import { connectInstance } from "./connect.ts";
import { health, live, version } from "./health.ts";
import { requireKey } from "./require-key.ts";
import { serveStatic } from "./static.ts";

const app = new Hono<{ Bindings: Env }>();

app.get("/health", (c) => health(c.env));
app.get("/livez", () => live());
app.get("/readyz", (c) => health(c.env, "ready"));
app.get("/version", (c) => version(c.env));
app.get("/ws/plugin", requireKey, (c) => connectInstance(c.req.raw, c.env));
app.get("*", (c) => serveStatic(c.req.raw, c.env));

export { Directory, Exchange, InstanceMailbox, Journal, Topic };
export default app;
