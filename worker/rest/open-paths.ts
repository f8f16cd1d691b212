/** What is there for anybody, the document itself, and MCP: for the document alone, since other files serve these. */
import { type RouteConfig, z } from "@hono/zod-openapi";
import { json } from "./declare.ts";

const tags = ["Hub"];
const status = z.enum(["ok", "degraded"]);
const Health = z.object({
  status,
  connectedInstances: z.number().int(),
  storage: z.enum(["ok", "unavailable"]),
  uptime: z.number().int().meta({ description: "Seconds" }),
  version: z.string(),
});
const Ready = z.object({ status });

export const OPEN_PATHS: RouteConfig[] = [
  {
    method: "get",
    path: "/health",
    tags,
    summary: "Whether the hub is well, and how many are online",
    responses: { 200: json(Health, "It is"), 503: json(Health, "A part of it does not answer: `degraded`") },
  },
  {
    method: "get",
    path: "/livez",
    tags,
    summary: "Whether the hub answers at all",
    responses: { 200: json(z.object({ status: z.literal("ok") }), "It does") },
  },
  {
    method: "get",
    path: "/readyz",
    tags,
    summary: "Whether the hub is well, and nothing else",
    responses: { 200: json(Ready, "It is"), 503: json(Ready, "A part of it does not answer") },
  },
  {
    method: "get",
    path: "/version",
    tags,
    summary: "The hub's version, and the newest protocol that it speaks",
    responses: { 200: json(z.object({ version: z.string(), protocol: z.number().int() }), "Both") },
  },
  {
    method: "get",
    path: "/marketplace.json",
    tags,
    summary: "The hub as a marketplace of Claude Code, which has its plugin",
    responses: { 200: json(z.object({ name: z.string(), plugins: z.array(z.looseObject({})) }), "As it reads one") },
  },
];

export const DOCUMENT_PATH: RouteConfig = {
  method: "get",
  path: "/openapi.json",
  tags,
  summary: "This document",
  security: [{ key: [] }, { session: [] }],
  "x-cc2cc-scope": "observer",
  responses: { 200: json(z.looseObject({}), "OpenAPI 3.1") },
};

const mcp = { path: "/mcp", tags: ["MCP"], security: [{ key: [] }], "x-cc2cc-scope": "member" };

/** A key in `Authorization` alone counts there. docs/mcp.md has the headers. */
export const MCP_PATHS: RouteConfig[] = [
  {
    ...mcp,
    method: "post",
    summary: "MCP over HTTP: one JSON-RPC message",
    request: { body: { content: { "application/json": { schema: z.looseObject({ jsonrpc: z.literal("2.0") }) } } } },
    responses: {
      200: { content: { "text/event-stream": { schema: z.string() } }, description: "Progress, and the response" },
      202: { description: "A notification was taken" },
    },
  },
  {
    ...mcp,
    method: "delete",
    summary: "End the session that `Mcp-Session-Id` names",
    responses: { 204: { description: "It has ended" } },
  },
];
