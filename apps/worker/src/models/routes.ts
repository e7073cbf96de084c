/** What can be asked, at what price, whether it can be used now, and which would be chosen. */
import { createRoute } from "@hono/zod-openapi";
import { ModelList, RouteDecision, RouteRequest } from "@orrery/protocol";
import { edgeLocation, json, jsonBody, problem, problems, requireScope } from "../security/index.ts";
import type { Api } from "../security/index.ts";
import { gatewayFor } from "./isolate.ts";
import { refusing } from "./refusing.ts";

const middleware = requireScope("agents:read");

const listModels = createRoute({
  method: "get",
  path: "/models",
  tags: ["Models"],
  summary: "List models",
  description:
    "The whole catalog and the models of your own servers, usable ones first, with what was measured of each. " +
    "`problems` says what is wrong with `MODEL_SERVERS`, `MODEL_CATALOG` and `MODEL_LIMITS`.",
  security: [{ bearer: [] }],
  middleware,
  responses: {
    200: {
      description: "Every model, with its price, limits, and why it cannot be used if it cannot.",
      content: { "application/json": { schema: ModelList } },
    },
  },
});

const routeRequest = createRoute({
  method: "post",
  path: "/models/route",
  tags: ["Models"],
  summary: "Explain which model would be chosen",
  description:
    "Asks nothing of any model, and costs nothing. What falls out, and why, is part of the answer.",
  security: [{ bearer: [] }],
  middleware,
  request: { body: jsonBody(RouteRequest) },
  responses: {
    200: json(RouteDecision, "The choice, and what stood beside it."),
    ...problems,
    502: problem("No model can be asked now: all have failed too often, or cannot be used."),
  },
});

/** Adds `GET /models` and `POST /models/route` to the API. */
export function modelRoutes(api: Api): void {
  api.openapi(listModels, async (context) => {
    const gateway = gatewayFor(context.env);
    const items = await gateway.list();
    return context.json({ items, nextCursor: null, problems: [...gateway.problems()] }, 200);
  });

  api.openapi(routeRequest, async (context) => {
    const call = {
      request: context.req.valid("json"),
      workspaceId: context.var.identity.workspaceId,
      location: edgeLocation(context.req.raw),
    };
    return context.json(await refusing(() => gatewayFor(context.env).route(call)), 200);
  });
}
