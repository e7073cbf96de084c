import { ApiError } from "@orrery/client";
import { CreateAgent, UpdateAgent } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { AgentDraft } from "./agent-draft.svelte.ts";
import { agent } from "./testing/agent.ts";

const refusal = (...errors: { path: string; message: string }[]) =>
  new ApiError({ status: 422, code: "invalid_request", detail: "The request is not valid.", errors });

describe("an agent's draft", () => {
  test("says nothing is wrong before a field was left, then says it until it is put right", () => {
    const draft = new AgentDraft();
    expect(draft.problems).toEqual({});
    draft.values.temperature = "3";
    draft.touch("temperature");
    expect(draft.problems).toEqual({ temperature: "A number from 0 to 2." });
    draft.values.temperature = "1.5";
    expect(draft.problems).toEqual({});
  });

  test("names the first wrong field when it is sent, in the order they stand", () => {
    const draft = new AgentDraft();
    draft.values.maxTokens = "many";
    draft.values.promptTemplate = "";
    expect(draft.check()).toBe("name");
    expect(draft.problems).toEqual({
      name: "Give the agent a name.",
      promptTemplate: "Write at least {{input}}.",
      maxTokens: "A whole number of tokens, at most 1,000,000.",
    });
  });

  test.each(["", " ", "1e99", "-1", "NaN", "0,5"])("does not take %j for a temperature", (text) => {
    const draft = new AgentDraft();
    draft.values.name = "Reader";
    draft.values.temperature = text;
    expect(draft.check()).toBe("temperature");
  });

  test("shows the platform's refusal beside its field until that is changed", () => {
    const draft = new AgentDraft();
    draft.values.name = "Reader";
    expect(draft.check()).toBeUndefined();
    const first = draft.refuse(refusal({ path: "tools.0", message: "no such tool" }));
    expect(first).toBe("tools");
    expect(draft.problems).toEqual({ tools: "No such tool." });
    expect(draft.general).toBe("");
    draft.edited("tools");
    expect(draft.problems).toEqual({});
  });

  test("shows a refusal that concerns no field of the form all the same", () => {
    const draft = new AgentDraft();
    draft.refuse(refusal({ path: "application", message: "not installed" }));
    expect(draft.general).toBe("application: not installed");
  });

  test("makes requests that the contract takes", () => {
    const draft = new AgentDraft();
    draft.values.name = "  Reader ";
    draft.values.location = "weur";
    const request = draft.toCreate();
    expect(CreateAgent.parse(request)).toMatchObject({ name: "Reader", edgeLocations: ["weur"] });
    expect(request).not.toHaveProperty("systemPrompt");
  });

  test("takes labels that say something, and no name twice", () => {
    const draft = new AgentDraft(agent());
    draft.values.labels.push({ key: " team ", value: "legal" }, { key: "", value: " " });
    expect(draft.check()).toBeUndefined();
    expect(draft.toUpdate().labels).toEqual({ team: "legal" });
    draft.values.labels.push({ key: "team", value: "sales" });
    expect(draft.problems).toEqual({ labels: "Two labels have the same name." });
    draft.values.labels = [{ key: "no spaces", value: "" }];
    expect(draft.check()).toBe("labels");
  });

  test("names the rule that a label or a tool breaks", () => {
    const draft = new AgentDraft(agent());
    const problemOf = (key: string, value: string) => {
      draft.values.labels = [{ key, value }];
      draft.check();
      return draft.problems.labels;
    };
    expect(problemOf("no spaces", "")).toBe(
      '"no spaces" is not a valid name: use up to 63 letters, digits, dots, dashes and underscores.',
    );
    expect(problemOf("team.eu", "x".repeat(257))).toBe(
      'The value of "team.eu" is too long: at most 256 characters.',
    );
    draft.values.labels = Array.from({ length: 33 }, (_, index) => ({ key: `k${index}`, value: "" }));
    expect(draft.problems.labels).toBe("At most 32 labels.");

    draft.values.tools = ["calculate", "Read Mail"];
    expect(draft.problems.tools).toBe(
      '"Read Mail" is not a valid name: use lowercase letters, digits and underscores, as in read_document.',
    );
    draft.values.tools = Array.from({ length: 65 }, (_, index) => `tool_${index}`);
    expect(draft.problems.tools).toBe("At most 64 tools.");
  });

  test("shows what is wrong with the model policy beside its fields", () => {
    const draft = new AgentDraft(agent());
    draft.values.policy.requestsPerMinute = "many";
    draft.values.policy.cacheMode = "exact";
    draft.values.policy.cacheTtl = "0";
    expect(draft.check()).toBe("cacheTtl");
    expect(Object.keys(draft.problems).toSorted()).toEqual(["cacheTtl", "requestsPerMinute"]);
    const refused = draft.refuse(refusal({ path: "modelPolicy.fallbacks.0", message: "no such model" }));
    expect(refused).toBe("fallbacks");
    expect(draft.problems.fallbacks).toBe("No such model.");
  });

  test("holds once what an agent names twice", () => {
    const { values } = new AgentDraft(
      agent({
        tools: ["calculate", "read_mail", "calculate"],
        capabilities: ["plans", "plans"],
        modelPolicy: { fallbacks: ["auto", "openai/gpt-5", "auto"] },
      }),
    );
    expect(values).toMatchObject({
      tools: ["calculate", "read_mail"],
      capabilities: ["plans"],
      policy: { fallbacks: ["auto", "openai/gpt-5"] },
    });
  });

  test("of an agent starts from what it is, and removes instructions that were cleared", () => {
    const draft = new AgentDraft(agent());
    expect(draft.changed).toBe(false);
    draft.values.systemPrompt = " ";
    draft.values.active = false;
    expect(draft.changed).toBe(true);
    expect(draft.check()).toBeUndefined();
    expect(UpdateAgent.parse(draft.toUpdate())).toMatchObject({ systemPrompt: null, status: "inactive" });
  });
});
