/** What all routes have in common: problems, bodies, the document. */
import { describe, expect, it } from "vitest";
import { BODY_MAX_BYTES, SIGN_IN_BODY_MAX_BYTES } from "../../shared/limits.ts";
import { call, mint, problemWith } from "../../test/helpers/workerd/rest.ts";

interface Operation {
  summary?: string;
  security?: object[];
  responses: Record<string, unknown>;
  requestBody?: { required?: boolean };
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: object };
}

const SECTION_7 = [
  "post /api/session",
  "get /api/join",
  "get /api/queue/{id}",
  "get /api/instances/{id}/presence",
  "post /api/session/links",
  "get /api/stats/series",
  "get /api/tasks",
  "get /api/tasks/{id}",
  "get /api/threads",
  "get /api/threads/{id}",
  "post /api/tasks/{id}/cancel",
  "post /api/tasks/{id}/reassign",
  "get /api/traffic",
  "get /api/session",
  "delete /api/session",
  "get /api/instances",
  "delete /api/instances/{id}",
  "delete /api/queue/{id}",
  "get /api/ping/{id}",
  "get /api/stats",
  "get /api/messages/{id}",
  "get /api/messages/{id}/recipients",
  "delete /api/messages/{id}",
  "get /api/messages",
  "get /api/claims",
  "get /api/claims/waits",
  "get /api/schedules",
  "post /api/schedules",
  "post /api/schedules/preview",
  "get /api/schedules/{id}",
  "patch /api/schedules/{id}",
  "delete /api/schedules/{id}",
  "post /api/schedules/{id}/run",
  "get /api/dead-letters",
  "post /api/dead-letters/{id}/retry",
  "delete /api/claims",
  "get /api/decisions",
  "get /api/decisions/{id}",
  "post /api/decisions/{id}/answer",
  "get /api/pauses",
  "post /api/pauses",
  "delete /api/pauses",
  "get /api/loops",
  "post /api/loops/{id}/resume",
  "delete /api/dead-letters/{id}",
  "get /api/topics",
  "post /api/topics",
  "delete /api/topics/{name}",
  "get /api/topics/{name}/subscribers",
  "post /api/topics/{name}/subscribe",
  "post /api/topics/{name}/unsubscribe",
  "post /api/topics/{name}/publish",
  "get /api/topics/{name}/messages",
  "get /api/keys",
  "post /api/keys",
  "delete /api/keys/{id}",
  "get /health",
  "get /livez",
  "get /readyz",
  "get /version",
  "get /marketplace.json",
  "get /openapi.json",
  "post /mcp",
  "delete /mcp",
  // Ours: what the host asks before it stops the hub.
  "delete /api/sockets",
  "put /api/disk-full",
  "delete /api/disk-full",
];

/** What needs no key, besides signing in and out. */
const OPEN = ["/health", "/livez", "/readyz", "/version", "/marketplace.json"];

describe("a path or method that is not there", () => {
  it("is a problem, never a page", async () => {
    const requests = ["GET /api/nothing", "POST /api/messages/x/y", "GET /api/", "GET /api", "POST /nothing"] as const;
    for (const request of requests) {
      expect(await call(request)).toMatchObject(problemWith(404, "not_found"));
    }
  });

  it("says what the path takes instead", async () => {
    // There is no sending by REST: messages enter where a sender has an identity.
    for (const [request, allow] of [
      ["POST /api/messages", "GET, HEAD"],
      ["PUT /api/topics", "GET, HEAD, POST"],
      ["PATCH /api/instances/x", "DELETE"],
      ["POST /api/instances", "GET, HEAD"],
    ] as const) {
      const answer = await call(request, { body: {} });
      expect(answer).toMatchObject(problemWith(405, "method_not_allowed"));
      expect(answer.headers.get("allow")).toBe(allow);
    }
  });
});

describe("an answer", () => {
  it("is kept by no cache, and taken for nothing else, whatever it says", async () => {
    for (const request of ["GET /api/instances", "GET /api/nothing", "DELETE /api/keys/x"] as const) {
      const { headers } = await call(request);
      expect([headers.get("cache-control"), headers.get("x-content-type-options")]).toEqual(["no-store", "nosniff"]);
    }
  });
});

describe("a body", () => {
  const post = (body: string, headers: Record<string, string> = {}) => call("POST /api/topics", { body, headers });

  it("must be JSON by its name", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      expect(await post('{"name":"x"}', { "content-type": type })).toMatchObject(
        problemWith(415, "unsupported_media_type"),
      );
    }
    expect((await post('{"name":"json"}', { "content-type": "application/json; charset=utf-8" })).status).toBe(201);
  });

  it("must be JSON by its looks", async () => {
    for (const body of ["{", "", "name=x"]) expect(await post(body)).toMatchObject(problemWith(400, "invalid_json"));
    expect(await post("null")).toMatchObject(problemWith(400, "invalid_payload"));
  });

  it("has a limit", async () => {
    const body = JSON.stringify({ name: "x", more: "x".repeat(BODY_MAX_BYTES) });
    expect(await post(body)).toMatchObject(problemWith(413, "content_too_large"));
    expect((await post(JSON.stringify({ name: "large", more: "x".repeat(BODY_MAX_BYTES - 100) }))).status).toBe(201);
    // That of a message is larger.
    const message = JSON.stringify({ type: "task", content: "x", more: "x".repeat(BODY_MAX_BYTES) });
    expect((await call("POST /api/topics/large/publish", { body: message })).status).toBe(200);
    const secret = JSON.stringify({ key: "x", more: "x".repeat(SIGN_IN_BODY_MAX_BYTES) });
    expect(await call("POST /api/session", { key: null, body: secret })).toMatchObject(
      problemWith(413, "content_too_large"),
    );
  });

  it("is read for who may ask only", async () => {
    const body = JSON.stringify({ name: "x", more: "x".repeat(BODY_MAX_BYTES) });
    expect(await call("POST /api/topics", { key: null, body })).toMatchObject(problemWith(401, "unauthorized"));
    const { key } = await mint("observer");
    expect(await call("POST /api/topics", { key, body })).toMatchObject(problemWith(403, "forbidden"));
  });
});

describe("GET /openapi.json", () => {
  it("describes every route of section 7, and no other", async () => {
    const { status, body } = await call("GET /openapi.json");
    expect(status).toBe(200);
    const { openapi, paths, components } = body as Document;
    expect(openapi).toBe("3.1.0");
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((m) => `${m} ${path}`),
    );
    expect(operations.sort()).toEqual([...SECTION_7].sort());
    expect(Object.keys(components.schemas)).toEqual(
      expect.arrayContaining(["Problem", "Topic", "KeyInfo", "DeadLetter"]),
    );
    expect(components.securitySchemes).toHaveProperty("key");
  });

  it("tells what is open and what is not as it is", async () => {
    const { paths } = (await call("GET /openapi.json")).body as Document;
    for (const [path, { get }] of Object.entries(paths)) {
      if (get === undefined || path.includes("{")) continue;
      const { status } = await call(`GET ${path as `/${string}`}`, { key: null });
      expect(status, path).toBe(get.security === undefined ? 200 : 401);
    }
  });

  it("says of each what it wants and how it refuses", async () => {
    const { paths } = (await call("GET /openapi.json")).body as Document;
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const isOpen = (path === "/api/session" && method !== "get") || OPEN.includes(path);
        expect(operation.summary, `${method} ${path}`).toEqual(expect.any(String));
        expect(operation.security === undefined, `${method} ${path}`).toBe(isOpen);
        expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(["4XX", "5XX"]));
      }
    }
  });
});
