import { expect, it } from "vitest";
import { renderRestPage, type Schema, typeOf } from "./rest-document.ts";

it.each<[Schema, string]>([
  [{ type: "string" }, "string"],
  [{ type: ["string", "null"] }, "string | null"],
  [{ enum: ["a", "b"] }, '"a" | "b"'],
  [{ type: "array", items: { enum: ["a", "b"] } }, '("a" | "b")[]'],
  [{ type: "array", items: { $ref: "#/components/schemas/Topic" } }, "Topic[]"],
  [{ type: "object", properties: { a: { type: "integer" }, b: {} }, required: ["a"] }, "{ a: number; b?: unknown }"],
  [{ type: "object", additionalProperties: { type: "number" } }, "Record<string, number>"],
  [{ anyOf: [{ type: "string" }, { type: "number" }] }, "string | number"],
  [{ anyOf: [{ type: "string" }, { type: "string" }] }, "string"],
])("writes %j as %s", (schema, type) => {
  expect(typeOf(schema)).toBe(type);
});

it("writes a route with what it wants and answers", () => {
  const page = renderRestPage({
    paths: {
      "/api/things/{id}": {
        get: {
          tags: ["Things"],
          summary: "One thing",
          "x-cc2cc-scope": "observer",
          parameters: [
            { name: "id", in: "path", required: true, schema: { type: "string" } },
            { name: "limit", in: "query", schema: { type: "integer", default: 50 } },
          ],
          responses: {
            200: { description: "It", content: { "application/json": { schema: { $ref: "#/x/Thing" } } } },
            "4XX": { description: "Refused", content: {} },
          },
        },
      },
    },
    components: { schemas: { Thing: { type: "object", properties: { id: { type: "string" } }, required: ["id"] } } },
  });
  expect(page).toContain(
    "## Things\n\n### GET /api/things/{id}\n\nOne thing.\n\n- key: scope `observer`\n- `?limit=` `number`, by default `50`\n- 200: `Thing` It\n",
  );
  expect(page).toContain("### Thing\n\n```ts\n{\n  id: string;\n}\n```\n");
  expect(page).not.toContain("Refused");
});
