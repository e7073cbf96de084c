/** `/models/cache`: what the workspace's cache of answers holds, and emptying it. */
import { createRoute } from "@hono/zod-openapi";
import { ModelCacheCounts } from "@orrery/protocol";
import { type Api, requireScope } from "../../security/index.ts";
import { createAnswerCache } from "./answer-cache.ts";

const countAnswers = createRoute({
  method: "get",
  path: "/models/cache",
  tags: ["Models"],
  summary: "Count the answers in the workspace's cache",
  security: [{ bearer: [] }],
  middleware: [requireScope("agents:read")] as const,
  responses: {
    200: {
      description: "How many answers there are, what they take, and how often one was given again.",
      content: { "application/json": { schema: ModelCacheCounts } },
    },
  },
});

const deleteAnswers = createRoute({
  method: "delete",
  path: "/models/cache",
  tags: ["Models"],
  summary: "Delete every answer in the workspace's cache",
  description: "Answers that are being made meanwhile are not kept either.",
  security: [{ bearer: [] }],
  middleware: [requireScope("admin")] as const,
  responses: {
    204: { description: "Gone: nowhere is one of them given for more than 30 seconds from now." },
  },
});

export function cacheRoutes(api: Api): void {
  api.openapi(countAnswers, async (context) =>
    context.json(await createAnswerCache(context.env).counts(context.var.identity.workspaceId), 200),
  );
  api.openapi(deleteAnswers, async (context) => {
    await createAnswerCache(context.env).clear(context.var.identity.workspaceId);
    return context.body(null, 204);
  });
}
