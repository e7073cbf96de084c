import { describe, expect, test } from "vitest";
import { ModelPolicy } from "./policies.ts";
import { refusedOptions } from "./provider-options.ts";

describe("a provider's own options", () => {
  test.each([
    ["openai", { reasoning_effort: "low", metadata: { team: "a" }, parallel_tool_calls: false }],
    ["anthropic", { top_k: 5, thinking: { type: "enabled", budget_tokens: 2_000 } }],
    ["google", { generationConfig: { thinkingConfig: { thinkingBudget: 0 }, topK: 3 }, safetySettings: [] }],
    ["workers-ai", { seed: 7, reasoning: { effort: "low" } }],
    ["ollama", { keep_alive: "10m", min_p: 0.1, stop: ["\n"], logit_bias: { 5: -100 } }],
  ])("of %s are given as its documentation has them", (provider, options) => {
    expect(refusedOptions(provider, options)).toEqual([]);
    expect(ModelPolicy.safeParse({ providerOptions: { [provider]: options } }).success).toBe(true);
  });

  test.each([
    ["router", "models", ["openai/gpt-6"]],
    ["router", "route", "fallback"],
    ["router", "provider", { order: ["anywhere"] }],
    ["router", "plugins", [{ id: "web" }]],
    ["router", "service_tier", "priority"],
    ["router", "max_tokens", 9_999],
    ["router", "reasoning.max_tokens", 9_999],
    ["openai", "service_tier", "priority"],
    ["openai", "tools", []],
    ["openai", "web_search_options", {}],
    ["openai", "n", 8],
    ["openai", "model", "gpt-6"],
    ["anthropic", "max_tokens", 9_999],
    ["anthropic", "inference_geo", "us"],
    ["anthropic", "output_config.format", {}],
    ["google", "generationConfig.candidateCount", 8],
    ["google", "cachedContent", "x"],
    ["workers-ai", "lora", "mine"],
  ])("of %s are refused by name where they go round policies or budgets: %s", (provider, name, value) => {
    const parts = name.split(".");
    const options = parts.reduceRight<unknown>(
      (inner, part) => JSON.parse(`{${JSON.stringify(part)}: ${JSON.stringify(inner)}}`) as unknown,
      value,
    ) as Record<string, unknown>;
    expect(refusedOptions(provider, { top_p: 0.5, ...options })).toContain(name);
    const { error } = ModelPolicy.safeParse({ providerOptions: { [provider]: options } });
    expect(error?.issues.map(({ path }) => path.join("."))).toEqual([`providerOptions.${provider}.${name}`]);
  });
});
