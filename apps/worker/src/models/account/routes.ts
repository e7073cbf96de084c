/** `/usage`, `/budgets` and `/models/policy`. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  Budget,
  BudgetList,
  CreateBudget,
  Id,
  OrreryError,
  UpdateBudget,
  UsageQuery,
  UsageReport,
  WorkspacePolicy,
  removedAgents,
} from "@orrery/protocol";
import type { UsageLine } from "@orrery/protocol";
import {
  type Api,
  acceptHeader,
  created,
  cursorsOf,
  json,
  jsonBody,
  prefers,
  requireScope,
} from "../../security/index.ts";
import { usagePlace } from "./usage.ts";
import type { BadQuestion } from "./usage.ts";
import { partLimit, usageSheet } from "./usage-sheet.ts";

/** Names of those of a workspace's agents that still exist, by id. */
export type AgentNames = (
  env: Env,
  workspaceId: string,
  ids: readonly string[],
) => Promise<ReadonlyMap<string, string>>;

const read = requireScope("agents:read");
const admin = requireScope("admin");
const params = z.object({ budgetId: Id });

const settled = "It holds everywhere by the time this is answered, which may take two seconds.";

const getUsage = createRoute({
  method: "get",
  path: "/usage",
  tags: ["usage"],
  summary: "Sum what was used, by agent, model or day",
  description:
    "Every call of a model that was ever made in the workspace. Agents that were removed are one line together. " +
    "By agent and by model a page of the dearest; `total` is of all pages. With `format=csv`, or without a `format` " +
    "where `Accept` prefers `text/csv`, every line in CSV, in the order of its keys.",
  middleware: [read] as const,
  request: { query: UsageQuery, headers: z.object(acceptHeader("text/csv", "JSON")) },
  responses: {
    200: {
      description: "The report.",
      content: { "application/json": { schema: UsageReport }, "text/csv": { schema: z.string() } },
    },
  },
});

const listBudgets = createRoute({
  method: "get",
  path: "/budgets",
  tags: ["budgets"],
  summary: "List budgets, oldest first",
  middleware: [read] as const,
  responses: { 200: json(BudgetList, "All of them, 200 at most, with what is spent and held.") },
});

const createBudget = createRoute({
  method: "post",
  path: "/budgets",
  tags: ["budgets"],
  summary: "Bound what may be spent",
  description: `What was spent before in the same period counts. ${settled}`,
  middleware: [admin] as const,
  request: { body: jsonBody(CreateBudget) },
  responses: { 201: created(Budget, "The budget; `Location` is its address.") },
});

const getBudget = createRoute({
  method: "get",
  path: "/budgets/{budgetId}",
  tags: ["budgets"],
  summary: "Get a budget with what is spent and held",
  middleware: [read] as const,
  request: { params },
  responses: { 200: json(Budget, "The budget.") },
});

const updateBudget = createRoute({
  method: "patch",
  path: "/budgets/{budgetId}",
  tags: ["budgets"],
  summary: "Raise or lower a limit",
  description: "Calls under way go on; whether the next may be made is decided by the new limit.",
  middleware: [admin] as const,
  request: { params, body: jsonBody(UpdateBudget) },
  responses: { 200: json(Budget, "The budget as it is now.") },
});

const deleteBudget = createRoute({
  method: "delete",
  path: "/budgets/{budgetId}",
  tags: ["budgets"],
  summary: "Delete a budget",
  middleware: [admin] as const,
  request: { params },
  responses: { 204: { description: "It bounds nothing any more." } },
});

const getPolicy = createRoute({
  method: "get",
  path: "/models/policy",
  tags: ["Models"],
  summary: "Get the workspace's policy of models",
  middleware: [read] as const,
  responses: { 200: json(WorkspacePolicy, "The policy; empty where none was set.") },
});

const putPolicy = createRoute({
  method: "put",
  path: "/models/policy",
  tags: ["Models"],
  summary: "Replace the workspace's policy of models",
  description: `It binds every agent of the workspace, whatever the agent's own policy says. ${settled}`,
  middleware: [admin] as const,
  request: { body: jsonBody(WorkspacePolicy) },
  responses: { 200: json(WorkspacePolicy, "The policy as it is now.") },
});

const noSuchBudget = (): OrreryError => new OrreryError("not_found", "There is no such budget");

/** Adds the routes of a workspace's account to the API. */
export const accountRoutes =
  (agentNames: AgentNames) =>
  (api: Api): void => {
    api.openapi(getUsage, async (c) => {
      const { format, limit, cursor, ...question } = c.req.valid("query");
      const { by } = question;
      const cursors = cursorsOf(`usage/${by}`, z.string().regex(usagePlace));
      const place = cursors.place(cursor);
      const { workspaceId } = c.var.identity;
      const accounts = c.env.ACCOUNTS.getByName(workspaceId);
      const named = async (lines: UsageLine[]): Promise<UsageLine[]> => {
        if (by !== "agent") return lines;
        const ids = lines.map(({ key }) => key).filter((key) => key !== "" && key !== removedAgents);
        const names = await agentNames(c.env, workspaceId, ids);
        return lines.map((line) => {
          const name = names.get(line.key);
          return name === undefined ? line : { ...line, name };
        });
      };
      if (format === "json" || (format === undefined && !prefers(c, "text/csv"))) {
        const report = answered(await accounts.usage({ ...question, limit, cursor: place }));
        const items = await named(report.items);
        return c.json({ ...report, items, nextCursor: cursors.after(report.nextCursor) }, 200);
      }
      const { from, to, ...part } =
        by === "day"
          ? answered(await accounts.usage({ ...question, limit }))
          : answered(await accounts.usageLines({ ...question, after: null, limit: partLimit }));
      const first = "items" in part ? part.items : part.lines;
      const sheet = usageSheet(by, await named(first), async (after) => {
        const { lines } = answered(await accounts.usageLines({ ...question, after, limit: partLimit }));
        return await named(lines);
      });
      return c.body(sheet, 200, {
        "content-type": "text/csv; charset=utf-8; header=present",
        "content-disposition": `attachment; filename="usage-by-${by}-${from}-${to}.csv"`,
      });
    });

    api.openapi(listBudgets, async (c) => {
      const items = await c.env.ACCOUNTS.getByName(c.var.identity.workspaceId).budgets();
      return c.json({ items, nextCursor: null }, 200);
    });

    api.openapi(createBudget, async (c) => {
      const accounts = c.env.ACCOUNTS.getByName(c.var.identity.workspaceId);
      const budget = await accounts.createBudget(c.req.valid("json"));
      if ("conflict" in budget) throw new OrreryError("conflict", budget.conflict);
      return c.json(budget, 201, { location: `/api/v1/budgets/${budget.id}` });
    });

    api.openapi(getBudget, async (c) => {
      const accounts = c.env.ACCOUNTS.getByName(c.var.identity.workspaceId);
      const budget = await accounts.budget(c.req.valid("param").budgetId);
      if (budget === null) throw noSuchBudget();
      return c.json(budget, 200);
    });

    api.openapi(updateBudget, async (c) => {
      const accounts = c.env.ACCOUNTS.getByName(c.var.identity.workspaceId);
      const { limitMicros } = c.req.valid("json");
      const budget = await accounts.updateBudget(c.req.valid("param").budgetId, limitMicros);
      if (budget === null) throw noSuchBudget();
      return c.json(budget, 200);
    });

    api.openapi(deleteBudget, async (c) => {
      const accounts = c.env.ACCOUNTS.getByName(c.var.identity.workspaceId);
      if (!(await accounts.deleteBudget(c.req.valid("param").budgetId))) throw noSuchBudget();
      return c.body(null, 204);
    });

    api.openapi(getPolicy, async (c) =>
      c.json(await c.env.ACCOUNTS.getByName(c.var.identity.workspaceId).policy(), 200),
    );

    api.openapi(putPolicy, async (c) => {
      const policy = c.req.valid("json");
      await c.env.ACCOUNTS.getByName(c.var.identity.workspaceId).setPolicy(policy);
      return c.json(policy, 200);
    });
  };

const isBad = (answer: object): answer is BadQuestion => "message" in answer;

/** @throws OrreryError where the question has no answer */
function answered<Answer extends object>(answer: Answer): Exclude<Answer, { message: string }> {
  if (isBad(answer)) {
    const { path, message } = answer;
    const errors = [{ path, message }];
    throw new OrreryError("invalid_request", "This cannot be reported on", { status: 422, errors });
  }
  return answer as Exclude<Answer, { message: string }>; // what is bad was thrown
}
