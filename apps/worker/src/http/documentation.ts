import type { Api } from "../security/index.ts";
import { type OpenApiDocument, openApiDocument } from "./openapi.ts";
import { referencePage, referencePolicy } from "./reference-page.ts";

/** The version that the document names; it changes when the contract does. */
const version = "1.0.0";

/** Adds `/openapi.json` and `/docs`. Both are made with their first request and kept. */
export function documentationRoutes(app: Api): void {
  let document: OpenApiDocument | undefined;
  let json: string | undefined;
  let page: string | undefined;
  const described = (): OpenApiDocument => (document ??= openApiDocument(app, version));

  app.get("/openapi.json", (c) => {
    json ??= JSON.stringify(described());
    return c.body(json, 200, { "content-type": "application/json", "cache-control": "public, max-age=60" });
  });

  app.get("/docs", (c) => {
    page ??= referencePage(described());
    return c.body(page, 200, {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "public, max-age=60",
      "content-security-policy": referencePolicy,
    });
  });
}
