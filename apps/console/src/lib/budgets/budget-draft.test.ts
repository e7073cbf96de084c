import { ApiError } from "@orrery/client";
import { CreateBudget } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { BudgetDraft } from "./budget-draft.svelte.ts";

const agentId = "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87";

describe("a budget's draft", () => {
  test("says what is wrong once it was sent, and until that is put right", () => {
    const draft = new BudgetDraft();
    expect(draft.problems).toEqual({});
    expect(draft.check()).toBe("limit");
    expect(draft.problems.limit).toContain("12.50");
    draft.limit = "5";
    expect(draft.problems).toEqual({});
    expect(draft.check()).toBeUndefined();
  });

  test("makes requests that the contract takes", () => {
    const draft = new BudgetDraft();
    draft.limit = "$1,000.50";
    // What was chosen for another scope does not go with this one.
    draft.one = true;
    draft.target = agentId;
    expect(CreateBudget.parse(draft.toCreate())).toEqual({
      scope: "workspace",
      targetId: null,
      period: "day",
      limitMicros: 1_000_500_000,
    });
    draft.scope = "agent";
    expect(CreateBudget.parse(draft.toCreate())).toMatchObject({ scope: "agent", targetId: agentId });
    draft.one = false;
    expect(CreateBudget.parse(draft.toCreate())).toMatchObject({ scope: "agent", targetId: null });
  });

  test("of one target needs to know which", () => {
    const draft = new BudgetDraft();
    draft.limit = "5";
    draft.one = true;
    draft.scope = "agent";
    expect(draft.check()).toBe("target");
    expect(draft.problems.target).toBe("Choose an agent.");
    draft.scope = "session";
    expect(draft.problems.target).toContain("Enter an id");
  });

  test("starts from the budget it changes", () => {
    const draft = new BudgetDraft({
      id: agentId,
      scope: "agent",
      targetId: agentId,
      period: "total",
      limitMicros: 2_250_000,
      spentMicros: 0,
      heldMicros: 0,
      createdAt: "2026-11-20T12:00:00.000Z",
    });
    expect([draft.limit, draft.one, draft.period]).toEqual(["2.25", true, "total"]);
    expect(draft.limitMicros).toBe(2_250_000);
  });

  test("shows the platform's refusal beside its field until that is changed", () => {
    const draft = new BudgetDraft();
    draft.limit = "5";
    draft.check();
    const first = draft.refuse(
      new ApiError({
        status: 422,
        code: "invalid_request",
        detail: "The request is not valid.",
        errors: [{ path: "targetId", message: "there is no such agent" }],
      }),
    );
    expect(first).toBe("target");
    expect(draft.problems).toEqual({ target: "There is no such agent." });
    draft.edited("target");
    expect(draft.problems).toEqual({});
    draft.refuse(new ApiError({ status: 409, code: "conflict", detail: "There is one already." }));
    expect(draft.general).toBe("There is one already.");
  });
});
