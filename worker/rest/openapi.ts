/** The routes' declarations as one OpenAPI document. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { HubEnv } from "../hub-env.ts";

export function openApiDocument(rest: OpenAPIHono<HubEnv>, version = "0.0.0") {
  const document = rest.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "cc2cc hub",
      version,
      description: "Messages themselves enter through the socket, where a sender has an identity.",
    },
  });
  document.components = {
    ...document.components,
    securitySchemes: {
      key: { type: "http", scheme: "bearer", description: "A key of CC2CC_HUB_API_KEY, or a minted one" },
      session: { type: "apiKey", in: "cookie", name: "cc2cc_session_<port>", description: "Set by POST /api/session" },
    },
  };
  return document;
}
