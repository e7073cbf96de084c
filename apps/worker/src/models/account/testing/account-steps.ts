/** Anything that may happen to an account, as fast-check makes it up; see `playSteps`. */
import { expect } from "vitest";
import type { BudgetPeriod, BudgetScope, ModelCall } from "@orrery/protocol";
import * as fc from "fast-check";
import type { Caller } from "../../contract.ts";
import type { ManualClock } from "../../testing/manual-clock.ts";
import type { AccountBooks } from "../account-books.ts";
import { dayMs } from "../days.ts";
import { targetOf } from "../targets.ts";
import { callOf } from "./calls.ts";
import { ReferenceAccount } from "./reference-account.ts";

const workspace = { workspaceId: "lab", location: "local" };

/** Two trees of agents, two sessions, four executions, and a caller that is none of them. */
const callers: readonly Caller[] = [
  workspace,
  { ...workspace, agentId: "a", sessionId: "s1", executionId: "e1" },
  { ...workspace, agentId: "a", sessionId: "s1", executionId: "e2" },
  { ...workspace, agentId: "b", sessionId: "s2", executionId: "e3", treeId: "a" },
  { ...workspace, agentId: "b", sessionId: "s3", executionId: "e4" },
];
const models = ["openai/gpt-5", "workers-ai/llama", "offline/extract"];

interface Settling {
  call: number;
  cost: number;
  age: number;
  outcome: ModelCall["outcome"];
}

export type Step = (
  | { do: "hold"; call: number; micros: number; lasts: number }
  | { do: "settle"; calls: readonly Settling[] }
  | { do: "release"; calls: readonly number[] }
  | { do: "wait"; milliseconds: number }
  | { do: "tidy" }
  | { do: "retire"; agent: string }
  | {
      do: "create";
      scope: BudgetScope;
      targeted: number | null;
      period: BudgetPeriod;
      limit: number;
    }
  | { do: "change"; budget: number; limit: number }
  | { do: "delete"; budget: number }
) & {
  /** What goes wrong: the statement after so many. The step is then taken again, by a new process or the same. */
  fails: { after: number; restarts: boolean } | null;
};

const call = fc.nat(19);
const micros = fc.oneof(fc.nat(60), fc.constantFrom(0, 100));
const some = <Shape>(shape: { [Name in keyof Shape]: fc.Arbitrary<Shape[Name]> }) => fc.record(shape);

const kinds = fc.oneof(
  {
    weight: 8,
    arbitrary: some({ do: fc.constant("hold" as const), call, micros, lasts: fc.nat(7_200_000) }),
  },
  {
    weight: 6,
    arbitrary: some({
      do: fc.constant("settle" as const),
      calls: fc.array(
        some({
          call,
          cost: micros,
          age: fc.oneof(fc.nat(60_000), fc.nat(3 * dayMs)),
          outcome: fc.constantFrom("completed" as const, "failed" as const, "cached" as const),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
  },
  { weight: 2, arbitrary: some({ do: fc.constant("release" as const), calls: fc.array(call) }) },
  {
    weight: 3,
    arbitrary: some({
      do: fc.constant("wait" as const),
      milliseconds: fc.oneof(fc.nat(3_600_000), fc.nat(2 * dayMs)),
    }),
  },
  { weight: 1, arbitrary: some({ do: fc.constant("tidy" as const) }) },
  {
    weight: 1,
    arbitrary: some({ do: fc.constant("retire" as const), agent: fc.constantFrom("a", "b") }),
  },
  {
    weight: 3,
    arbitrary: some({
      do: fc.constant("create" as const),
      scope: fc.constantFrom<BudgetScope>("workspace", "agent", "session", "execution", "tree"),
      targeted: fc.option(fc.nat(4)),
      period: fc.constantFrom<BudgetPeriod>("day", "total"),
      limit: fc.nat(300),
    }),
  },
  {
    weight: 1,
    arbitrary: some({ do: fc.constant("change" as const), budget: fc.nat(5), limit: fc.nat(300) }),
  },
  { weight: 1, arbitrary: some({ do: fc.constant("delete" as const), budget: fc.nat(5) }) },
);

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc
    .tuple(kinds, fc.option(some({ after: fc.nat(14), restarts: fc.boolean() }), { freq: 3 }))
    .map(([kind, fails]): Step => ({ ...kind, fails })),
  { maxLength: 60, size: "max" },
);

/** An account that can be killed; `open` is what a new process finds. */
export interface Mortal {
  open(): AccountBooks;
  crashAfter(statements: number): void;
  isCrash(error: unknown): boolean;
}

const callerOf = (call: number): Caller => callers[call % callers.length] ?? workspace;
const idOf = (call: number): string => `call/${call}`;

/** Takes the steps on the real account and on the reference, and compares them after each. */
export async function playSteps(taken: readonly Step[], mortal: Mortal, clock: ManualClock): Promise<void> {
  const reference = new ReferenceAccount();
  let books = mortal.open();

  /** Does it, again after a failure: once in effect, whichever statement failed. */
  const survive = async <Result>({ fails }: Step, work: () => Result | Promise<Result>) => {
    if (fails === null) return await work();
    mortal.crashAfter(fails.after);
    try {
      return await work();
    } catch (error) {
      if (!mortal.isCrash(error)) throw error;
      if (fails.restarts) books = mortal.open();
      return await work();
    } finally {
      mortal.crashAfter(Infinity);
    }
  };

  const take = async (step: Step): Promise<void> => {
    const now = clock.now();
    const budgetAt = (index: number): string => [...reference.budgets.keys()][index] ?? "none";
    switch (step.do) {
      case "hold": {
        const { call, micros, lasts } = step;
        const request = { id: idOf(call), caller: callerOf(call), micros, expiresAt: now + lasts };
        const refusal = await survive(step, () => books.hold(request));
        expect(refusal === null).toBe(
          reference.hold(request.id, request.caller, micros, request.expiresAt, now),
        );
        if (refusal !== null) expect(refusal.remainingMicros).toBeLessThan(micros);
        break;
      }
      case "settle": {
        const charges = step.calls.map(({ call, cost, age, outcome }) => ({
          caller: callerOf(call),
          call: callOf(idOf(call), cost, now - age, {
            outcome,
            model: models[call % models.length] ?? "",
            milliNeurons: cost,
          }),
        }));
        await survive(step, () => books.settle(charges));
        for (const { call, caller } of charges) reference.settle(call, caller, now);
        break;
      }
      case "release":
        await survive(step, () => books.release(step.calls.map(idOf)));
        for (const call of step.calls) reference.release(idOf(call));
        break;
      case "wait":
        clock.advance(step.milliseconds);
        break;
      case "tidy":
        await survive(step, () => books.tidy());
        break;
      case "retire":
        await survive(step, () => books.retire(step.agent));
        reference.expire(now);
        reference.retire(step.agent);
        break;
      case "create": {
        const { scope, targeted, period, limit: limitMicros } = step;
        const targetId =
          scope === "workspace" || targeted === null ? null : targetOf(callerOf(targeted), scope);
        await survive(step, () => books.createBudget({ scope, targetId, period, limitMicros }));
        // Made before the crash, it is a conflict after it; and one that bounds the same stays as it was.
        const made = books
          .budgets()
          .find((one) => one.scope === scope && one.targetId === targetId && one.period === period);
        if (made === undefined) throw new Error("neither made nor there");
        if (!reference.budgets.has(made.id)) {
          reference.budgets.set(made.id, { scope, targetId, period, limitMicros });
        }
        break;
      }
      case "change": {
        const id = budgetAt(step.budget);
        const changed = await survive(step, () => books.updateBudget(id, step.limit));
        const budget = reference.budgets.get(id);
        expect(changed === null).toBe(budget === undefined);
        if (budget !== undefined) budget.limitMicros = step.limit;
        break;
      }
      case "delete": {
        const id = budgetAt(step.budget);
        await survive(step, () => books.deleteBudget(id));
        reference.budgets.delete(id);
        break;
      }
    }
  };

  for (const step of taken) {
    await take(step);
    reference.assertEqual(books, clock.now());
  }
  reference.assertReports(books);
}
