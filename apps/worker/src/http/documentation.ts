import { createRoute, z } from "@hono/zod-openapi";
import type { Api } from "../security/index.ts";
import { type OpenApiDocument, openApiDocument } from "./openapi.ts";
import { referencePage, referencePolicy } from "./reference-page.ts";

/** The version that the document names; it changes when the contract does. */
const version = "1.0.0";

const tags = ["Operations"];

const getDocument = createRoute({
  method: "get",
  path: "/openapi.json",
  tags,
  summary: "Get the description of this API",
  responses: {
    200: {
      description: "An OpenAPI 3.1 document.",
      content: { "application/json": { schema: z.record(z.string(), z.unknown()) } },
    },
  },
});

const getReference = createRoute({
  method: "get",
  path: "/docs",
  tags,
  summary: "Read the description of this API",
  responses: { 200: { description: "A page.", content: { "text/html": { schema: z.string() } } } },
});

/** Adds `/openapi.json` and `/docs`. Both are made with their first request and kept. */
export function documentationRoutes(app: Api): void {
  let document: OpenApiDocument | undefined;
  let json: string | undefined;
  let page: string | undefined;
  const described = (): OpenApiDocument => (document ??= openApiDocument(app, version));

  // Declared beside its handler, which answers with what is written once and not with what would be written each time.
  app.openAPIRegistry.registerPath(getDocument);
  app.get(getDocument.getRoutingPath(), () => {
    json ??= JSON.stringify(described());
    return new Response(json, {
      headers: { "content-type": "application/json", "cache-control": "public, max-age=60" },
    });
  });

  app.openapi(getReference, () => {
    page ??= referencePage(described());
    return new Response(page, {
      headers: {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "public, max-age=60",
        "content-security-policy": referencePolicy,
      },
    });
  });
}
