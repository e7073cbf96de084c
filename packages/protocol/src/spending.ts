/** Budgets, and what was used. Money is integer micro-dollars: millionths of a US dollar. */
import { z } from "zod";
import { Id } from "./ids.ts";
import { PageQuery } from "./pages.ts";
import { Timestamp } from "./times.ts";

/** What a budget bounds. `tree`: an agent and all agents that were made on its behalf, at any depth. */
export const BudgetScope = z.enum(["workspace", "agent", "session", "execution", "tree"]);
export type BudgetScope = z.infer<typeof BudgetScope>;

export const BudgetPeriod = z.enum(["day", "total"]);
export type BudgetPeriod = z.infer<typeof BudgetPeriod>;

const micros = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

/** `targetId` names one agent, session, execution or root agent; without it, the limit holds for each one. */
export const CreateBudget = z
  .strictObject({
    scope: BudgetScope,
    targetId: Id.nullable().default(null),
    /** Days are UTC days. */
    period: BudgetPeriod,
    limitMicros: micros,
  })
  .refine((budget) => budget.scope !== "workspace" || budget.targetId === null, {
    path: ["targetId"],
    message: "a workspace's budget has no target",
  })
  .meta({ id: "CreateBudget" });
export type CreateBudget = z.input<typeof CreateBudget>;

export const UpdateBudget = z.strictObject({ limitMicros: micros }).meta({ id: "UpdateBudget" });
export type UpdateBudget = z.infer<typeof UpdateBudget>;

export const Budget = z
  .object({
    id: Id,
    scope: BudgetScope,
    targetId: Id.nullable(),
    period: BudgetPeriod,
    limitMicros: micros,
    /**
     * Spent in this period by its target; by the one that spent most, where it holds for each. A call that was
     * held for and never accounted for counts with all that was held.
     */
    spentMicros: micros,
    /** Held for calls under way. */
    heldMicros: micros,
    createdAt: Timestamp,
  })
  .meta({ id: "Budget" });
export type Budget = z.infer<typeof Budget>;

export const BudgetList = z
  .object({ items: z.array(Budget), nextCursor: z.null() })
  .meta({ id: "BudgetList" });

export const UsageBy = z.enum(["agent", "model", "day"]);
export type UsageBy = z.infer<typeof UsageBy>;

const Day = z.iso.date();

/**
 * Days are UTC days, both included; the last 30 where not given. At most 366 days at once. A report by day has all
 * of its days on one page, and a sheet in CSV all of its lines, whatever `limit` says.
 */
export const UsageQuery = PageQuery.extend({
  by: UsageBy.default("day"),
  from: Day.optional(),
  to: Day.optional(),
  agentId: Id.optional(),
  model: z.string().min(1).max(200).optional(),
  /** What `Accept` prefers, where not given. */
  format: z.enum(["json", "csv"]).optional(),
});
export type UsageQuery = z.infer<typeof UsageQuery>;

/** Sums over calls to providers. */
export const UsageTotals = z.object({
  calls: z.number().int().nonnegative(),
  failed: z.number().int().nonnegative(),
  cached: z.number().int().nonnegative(),
  inputTokens: z.number().int().nonnegative(),
  outputTokens: z.number().int().nonnegative(),
  images: z.number().int().nonnegative(),
  costMicros: micros,
  /** Part of `costMicros` that belongs to no execution: calls made directly. */
  directMicros: micros,
  milliNeurons: z.number().int().nonnegative(),
});
export type UsageTotals = z.infer<typeof UsageTotals>;

/** The key of the line that sums up every agent that was removed. */
export const removedAgents = "removed";

export const UsageLine = UsageTotals.extend({
  /** An agent's id (empty for direct calls, `removed` for all agents that were removed), a model's id, or a day. */
  key: z.string(),
  /** An agent's name, where it still exists. */
  name: z.string().optional(),
}).meta({ id: "UsageLine" });
export type UsageLine = z.infer<typeof UsageLine>;

export const UsageReport = z
  .object({
    by: UsageBy,
    from: Day,
    to: Day,
    /** By day: in order of days, none left out. Otherwise a page, the dearest first. */
    items: z.array(UsageLine),
    nextCursor: z.string().nullable(),
    /** Of all pages together. */
    total: UsageTotals,
    /** Workers AI's daily free allowance and what of it was used today (UTC), in thousandths of a neuron. */
    neurons: z.object({ usedMilli: z.number().int(), freeMilli: z.number().int() }),
  })
  .meta({ id: "UsageReport" });
export type UsageReport = z.infer<typeof UsageReport>;
