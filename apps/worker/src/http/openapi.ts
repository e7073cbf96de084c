import { type ErrorCode, Id, Problem, Timestamp, errorStatus } from "@orrery/protocol";
import type { Api } from "../security/index.ts";
import { examples } from "./examples.ts";
import { knownPath } from "./one-shot-address.ts";
import { type RouteEntry, routeTable } from "./route-table.ts";

/** The parts of an OpenAPI 3.1 document that are touched here. */
interface Operation {
  operationId?: string;
  tags?: string[];
  summary?: string;
  description?: string;
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; [field: string]: unknown }[];
  requestBody?: { content?: Record<string, { example?: unknown; [field: string]: unknown }> };
  responses: Record<string, OpenApiResponse>;
}

interface OpenApiResponse {
  description: string;
  headers?: Record<string, unknown>;
  [field: string]: unknown;
}

export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, unknown>>;
  [field: string]: unknown;
}

const description = `Orrery runs fleets of durable AI agents.

Every request under \`/api/v1\` carries \`Authorization: Bearer <token>\`. Errors are
\`application/problem+json\` with a stable \`code\`. Lists page by \`limit\` and \`cursor\`. Any write takes an
\`Idempotency-Key\`. The guide beside this document says more: docs/http.md.`;

const securitySchemes = {
  bearer: {
    type: "http",
    scheme: "bearer",
    description: "A JWT, or an API key (`ork_…`).",
  },
  ticket: {
    type: "apiKey",
    in: "query",
    name: "ticket",
    description:
      "For WebSockets and event streams of browsers: made by `POST /api/v1/tickets`, good for a minute.",
  },
};

const idempotencyKey = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description:
    "The same key with the same body gets the first answer again for 24 hours, marked `Idempotency-Replayed: true`.",
  schema: { type: "string", minLength: 1, maxLength: 255, pattern: "^[\\x21-\\x7e]+$" },
  example: "order-4711-attempt",
};

const replayed = {
  "Idempotency-Replayed": {
    description: "`true` where this is the first answer again, by its `Idempotency-Key`.",
    schema: { type: "string", const: "true" },
  },
};

const words: Record<ErrorCode, string> = {
  invalid_request: "The request is not valid; `errors` names the fields.",
  unauthenticated: "The token is missing, or not valid.",
  budget_exceeded: "The budget does not allow this.",
  forbidden: "The token lacks a scope.",
  not_found: "There is no such thing in the token's workspace.",
  method_not_allowed: "The address takes other methods: see `Allow`.",
  conflict: "The request conflicts with the present state, or its first attempt is still running.",
  payload_too_large: "The body is larger than what is taken here.",
  unsupported_media_type: "The body is not `application/json`.",
  idempotency_mismatch: "The `Idempotency-Key` was used with another body.",
  rate_limited: "Too many requests: wait as many seconds as `Retry-After` says.",
  internal: "A defect of ours; `X-Request-Id` names the request.",
  upstream_failed: "A model provider, or an identity provider, failed.",
  upstream_timeout: "A model provider, or an identity provider, did not answer in time.",
};

const isWrite = (method: string): boolean => method !== "GET" && method !== "HEAD";

/** The codes that a route of this shape can answer with, whatever it is about. */
function codesOf(entry: RouteEntry): ErrorCode[] {
  if (!entry.authenticated) return ["internal"];
  const codes: ErrorCode[] = ["unauthenticated", "rate_limited", "internal"];
  if (entry.scopes.length > 0) codes.push("forbidden");
  if (entry.path.includes("{")) codes.push("not_found");
  if (isWrite(entry.method)) codes.push("invalid_request", "conflict", "idempotency_mismatch");
  if (entry.querySchema !== undefined) codes.push("idempotency_mismatch");
  if (entry.bodySchema !== undefined) codes.push("payload_too_large", "unsupported_media_type");
  return codes;
}

/** 422 is shared: a body that the schema refuses, and a key that was used with another. */
const unprocessable =
  "The request's fields are not valid (`invalid_request`), or the key was used with another body.";

function problemOf(code: ErrorCode): [string, OpenApiResponse] {
  const status = String(errorStatus[code]);
  return [
    status,
    {
      description: status === "422" ? unprocessable : words[code],
      ...(code === "rate_limited" && {
        headers: { "Retry-After": { description: "Seconds.", schema: { type: "integer", minimum: 1 } } },
      }),
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    },
  ];
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** `GET /api/v1/agents/{id}/sessions` is `getAgentsByIdSessions`. */
const operationIdOf = ({ method, path }: RouteEntry): string =>
  method.toLowerCase() +
  path
    .replace(/^\/api\/v1/, "")
    .split("/")
    .map((part) => part.replace(/^\{(.+)\}$/, (_, name: string) => `By${capitalised(name)}`))
    .map((part) =>
      part
        .split(/[^a-z0-9]+/i)
        .map(capitalised)
        .join(""),
    )
    .join("");

function complete(operation: Operation, entry: RouteEntry): void {
  operation.operationId ??= operationIdOf(entry);
  operation.tags = (operation.tags ?? ["Other"]).map(capitalised);
  operation.security = entry.authenticated ? [{ bearer: [...entry.scopes] }] : [];
  if (entry.byAddress) operation.security.push({ ticket: [] });
  if (entry.scopes.length > 0) {
    const scopes = entry.scopes.map((scope) => `\`${scope}\``).join(", ");
    operation.description = [operation.description, `Needs ${scopes}.`].filter(Boolean).join("\n\n");
  }
  if (entry.authenticated && isWrite(entry.method)) {
    const parameters = (operation.parameters ?? []).filter(
      (parameter) => parameter.name.toLowerCase() !== "idempotency-key",
    );
    operation.parameters = [...parameters, idempotencyKey];
    for (const [status, response] of Object.entries(operation.responses)) {
      if (status.startsWith("2")) response.headers = { ...response.headers, ...replayed };
    }
  }
  for (const [status, response] of codesOf(entry).map(problemOf)) operation.responses[status] ??= response;
  const body = operation.requestBody?.content?.["application/json"];
  const example = examples[`${entry.method} ${knownPath(entry.path)}`];
  if (body && example !== undefined) body.example = example;
}

/**
 * The generator writes a reference that may be null as `allOf` of the reference and a nullable type,
 * which nothing satisfies but what is both: this says "either" instead, all the way down.
 */
function withNullableReferences(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withNullableReferences);
  if (typeof node !== "object" || node === null) return node;
  const { allOf } = node as { allOf?: unknown };
  if (Array.isArray(allOf) && allOf.length === 2) {
    const [reference, other] = allOf as { $ref?: string; type?: unknown }[];
    if (reference?.$ref !== undefined && Array.isArray(other?.type) && other.type.includes("null")) {
      return { anyOf: [{ $ref: reference.$ref }, { type: "null" }] };
    }
  }
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => [name, withNullableReferences(value)]),
  );
}

/**
 * The OpenAPI 3.1 document of `app`, from the schemas that validate: every route with its scopes, its
 * problems and, where it writes, its `Idempotency-Key`.
 */
export function openApiDocument(app: Api, version: string): OpenApiDocument {
  const registry = app.openAPIRegistry;
  // Shared schemas are named before a nullable use of theirs could name them.
  registry.register("Id", Id);
  registry.register("Timestamp", Timestamp);
  registry.register("Problem", Problem);
  const generated = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Orrery",
      version,
      description,
      license: { name: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
  });
  const document = withNullableReferences(generated) as OpenApiDocument;
  document.components = { ...document.components, securitySchemes };
  for (const entry of routeTable(app)) {
    const operation = document.paths[entry.path]?.[entry.method.toLowerCase()];
    if (operation !== undefined) complete(operation, entry);
  }
  const tags = Object.values(document.paths).flatMap((path) =>
    Object.values(path).flatMap((operation) => operation.tags ?? []),
  );
  document["tags"] = [...new Set(tags)].map((name) => ({ name }));
  return document;
}
