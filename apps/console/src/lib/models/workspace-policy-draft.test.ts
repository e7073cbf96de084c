import { ApiError } from "@orrery/client";
import type { WorkspacePolicy } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { WorkspacePolicyDraft } from "./workspace-policy-draft.svelte.ts";

const whole: WorkspacePolicy = {
  allowedModels: ["openai/*"],
  regions: ["eu", "local"],
  filter: { secret: "block" },
  limits: { requestsPerMinute: 600 },
  agentLimits: { tokensPerMinute: 50_000 },
};

describe("a workspace's policy in a form", () => {
  test("comes back as it was, whole or empty", () => {
    expect(new WorkspacePolicyDraft(whole).toPolicy()).toEqual(whole);
    expect(new WorkspacePolicyDraft({}).toPolicy()).toEqual({});
  });

  test("knows whether anything was changed", () => {
    const draft = new WorkspacePolicyDraft(whole);
    expect(draft.changed).toBe(false);
    draft.values.filter.email = "redact";
    expect(draft.changed).toBe(true);
    expect(draft.toPolicy().filter).toEqual({ secret: "block", email: "redact" });
    draft.values.filter.email = "off";
    expect(draft.changed).toBe(false);
  });

  test("tells the limits of all from those of each", () => {
    const draft = new WorkspacePolicyDraft({});
    draft.values.each.requestsPerMinute = "0";
    draft.values.together.tokensPerMinute = "many";
    expect(draft.check()).toBe("together.tokensPerMinute");
    expect(Object.keys(draft.problems)).toEqual(["together.tokensPerMinute", "each.requestsPerMinute"]);
    draft.values.together.tokensPerMinute = "";
    draft.values.each.requestsPerMinute = "10";
    expect(draft.check()).toBeUndefined();
    expect(draft.toPolicy()).toEqual({ agentLimits: { requestsPerMinute: 10 } });
  });

  test("shows the platform's refusal beside its field until something is changed", () => {
    const draft = new WorkspacePolicyDraft(whole);
    const errors = [{ path: "allowedModels.0", message: "matches no model" }];
    const refusal = { status: 422, code: "invalid_request", detail: "Not valid." } as const;
    expect(draft.refuse(new ApiError({ ...refusal, errors }))).toBe("allowedModels");
    expect(draft.problems).toEqual({ allowedModels: "Matches no model." });
    draft.edited();
    expect(draft.problems).toEqual({});
    draft.refuse(new ApiError(refusal));
    expect(draft.general).toBe("Not valid.");
  });
});
