/** An OpenAPI document as a page for people. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  description?: string;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

interface Content {
  description?: string;
  content?: Record<string, { schema: Schema }>;
}

interface Operation {
  tags?: string[];
  summary?: string;
  description?: string;
  "x-cc2cc-scope"?: string;
  parameters?: { name: string; in: string; required?: boolean; schema: Schema; description?: string }[];
  requestBody?: Content;
  responses: Record<string, Content>;
}

export interface OpenApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const INTRO = `# REST

Made from the route declarations in \`worker/rest/\` by \`npm run docs:rest\`; \`npm run check\` says when it is stale. The
hub serves the same as OpenAPI 3.1 under \`GET /openapi.json\`.

Send a key as \`Authorization: Bearer <key>\`, or sign in once with \`POST /api/session\` (docs/security.md). JSON in and
out. Ids and topic names in a path are percent-encoded, \`/\` included. A refusal is \`application/problem+json\` with a
sentence in \`error\` and a \`code\`: 400, 401, 403, 404, 405, 409, 413 (too large), 415 (not JSON), 429. There is no way
to send a message to an instance here: messages enter through the socket, where a sender has an identity.
`;

export function renderRestPage(document: OpenApiDocument): string {
  const sections = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags?.[0] ?? "Other";
      sections.set(tag, [...(sections.get(tag) ?? []), renderOperation(method, path, operation)]);
    }
  }
  const shapes = Object.entries(document.components.schemas).map(
    ([name, schema]) => `### ${name}\n\n\`\`\`ts\n${typeOf(schema, "\n")}\n\`\`\`\n`,
  );
  return [
    INTRO,
    ...[...sections].map(([tag, operations]) => `## ${tag}\n\n${operations.join("\n")}`),
    `## Shapes\n\n${shapes.join("\n")}`,
  ].join("\n");
}

function renderOperation(method: string, path: string, operation: Operation): string {
  const scope = operation["x-cc2cc-scope"];
  const lines = [`### ${method.toUpperCase()} ${path}`, "", sentence(operation.summary ?? "")];
  if (operation.description !== undefined) lines.push(operation.description);
  lines.push("", `- key: ${scope === undefined ? "none" : `scope \`${scope}\``}`);
  for (const { name, in: place, required, schema, description } of operation.parameters ?? []) {
    if (place === "path") continue;
    const fallback = schema.default === undefined ? "" : `, by default \`${JSON.stringify(schema.default)}\``;
    const words = [description ?? schema.description, required ? "needed" : undefined].filter(
      (word) => word !== undefined,
    );
    lines.push(`- \`?${name}=\` \`${typeOf(schema)}\`${fallback}${words.map((word) => `; ${word}`).join("")}`);
  }
  const body = schemaOf(operation.requestBody);
  if (body !== undefined) lines.push(`- body: \`${typeOf(body)}\``);
  for (const [status, response] of Object.entries(operation.responses)) {
    const schema = schemaOf(response);
    if (/^\d+$/.test(status) && schema !== undefined) {
      lines.push(`- ${status}: \`${typeOf(schema)}\` ${response.description ?? ""}`.trimEnd());
    }
  }
  return `${lines.join("\n")}\n`;
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

function schemaOf(content: Content | undefined): Schema | undefined {
  return Object.values(content?.content ?? {})[0]?.schema;
}

/** A schema as TypeScript would write it; `separator` "\n" gives each field a line. */
export function typeOf(schema: Schema, separator: " " | "\n" = " "): string {
  if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) return [...new Set(union.map((member) => typeOf(member)))].join(" | ");
  if (schema.allOf !== undefined) return schema.allOf.map((member) => typeOf(member)).join(" & ");
  const types = [schema.type ?? []].flat();
  if (types.includes("array")) return `${bracketed(typeOf(schema.items ?? {}))}[]`;
  if (types.includes("object")) return objectType(schema, separator);
  return types.map((type) => (type === "integer" ? "number" : type)).join(" | ") || "unknown";
}

function bracketed(type: string): string {
  return type.includes(" | ") ? `(${type})` : type;
}

function objectType(schema: Schema, separator: " " | "\n"): string {
  const { properties, additionalProperties, required = [] } = schema;
  if (properties === undefined) {
    const values = typeof additionalProperties === "object" ? typeOf(additionalProperties) : "unknown";
    return `Record<string, ${values}>`;
  }
  const fields = Object.entries(properties).map(([name, field]) => {
    const type = `${name}${required.includes(name) ? "" : "?"}: ${typeOf(field)}`;
    return separator === "\n" && field.description !== undefined ? `  /** ${field.description} */\n  ${type}` : type;
  });
  if (separator === " ") return `{ ${fields.join("; ")} }`;
  return `{\n${fields.map((field) => (field.startsWith("  ") ? field : `  ${field}`)).join(";\n")};\n}`;
}
