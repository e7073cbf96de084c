/** `GET /models`: what can be asked, at what price, and whether it can be used now. */
import { createRoute } from "@hono/zod-openapi";
import { ModelList } from "@orrery/protocol";
import { requireScope, type Api } from "../security/index.ts";
import { createGateway } from "./gateway.ts";

const listModels = createRoute({
  method: "get",
  path: "/models",
  tags: ["Models"],
  summary: "List models",
  description: "The whole catalog and the models of your own servers, usable ones first.",
  security: [{ bearer: [] }],
  middleware: [requireScope("agents:read")] as const,
  responses: {
    200: {
      description: "Every model, with its price, limits, and why it cannot be used if it cannot.",
      content: { "application/json": { schema: ModelList } },
    },
  },
});

export function modelRoutes(api: Api): void {
  api.openapi(listModels, async (context) =>
    context.json({ items: await createGateway(context.env).list(), nextCursor: null }, 200),
  );
}
