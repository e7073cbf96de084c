import { ApiError } from "@orrery/client";
import { CreateFuseAgent } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { FuseAgentDraft } from "./fuse-agent-draft.svelte.ts";

const bridgeId = "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87";

function named(): FuseAgentDraft {
  const draft = new FuseAgentDraft();
  draft.id = "writer";
  draft.bridgeId = bridgeId;
  return draft;
}

describe("an agent of the existing system being made known", () => {
  test("needs its name there, and its bridge", () => {
    const draft = new FuseAgentDraft();
    draft.id = "no spaces please";
    expect(draft.check()).toBe("id");
    draft.id = "writer";
    expect(draft.check()).toBe("bridgeId");
    draft.bridgeId = bridgeId;
    expect(draft.check()).toBeUndefined();
  });

  test("begins in legacy mode, with a new agent or one that is there", () => {
    const draft = named();
    draft.systemPrompt = "You write letters.";
    draft.confidential = true;
    expect(CreateFuseAgent.parse(draft.toCreate())).toMatchObject({
      mode: "legacy",
      model: "auto",
      systemPrompt: "You write letters.",
      confidential: true,
      conflicts: { "*": "object-wins" },
    });
    draft.existing = true;
    expect(draft.check()).toBe("agentId");
    draft.agentId = bridgeId;
    expect(draft.check()).toBeUndefined();
    // What was written for a new agent does not go with one that is there.
    expect(draft.toCreate()).not.toHaveProperty("systemPrompt");
  });

  test("shows the platform's refusal beside its field until the form is changed", () => {
    const draft = named();
    const errors = [{ path: "id", message: "it is known already" }];
    const error = new ApiError({ status: 400, code: "invalid_request", detail: "no", errors });
    expect(draft.refuse(error)).toBe("id");
    draft.edited();
    expect(draft.problems).toEqual({});
  });
});
