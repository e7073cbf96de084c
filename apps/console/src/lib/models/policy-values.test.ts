import { ModelPolicy } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { policyFieldOf, policyOf, policySummary, policyValuesOf } from "./policy-values.ts";

const whole: ModelPolicy = {
  fallbacks: ["openai/gpt-5", "auto:cheap"],
  allowedModels: ["openai/*", "offline/extract"],
  regions: ["eu"],
  exploration: false,
  hedging: true,
  cache: { mode: "semantic", ttlSeconds: 7_200, threshold: 0.9 },
  filter: { secret: "block", email: "redact" },
  limits: { requestsPerMinute: 60, tokensPerMinute: 100_000 },
  providerOptions: { openai: { reasoning_effort: "low" } },
};

describe("a model policy in a form", () => {
  test("comes back as it was, whole or empty", () => {
    expect(policyOf(policyValuesOf(whole))).toEqual(whole);
    expect(policyOf(policyValuesOf({}))).toEqual({});
    expect(policyValuesOf(whole)).toMatchObject({ cacheTtl: "2", cacheUnit: "hours" });
  });

  test("keeps times that are no round number", () => {
    const odd: ModelPolicy = { cache: { mode: "exact", ttlSeconds: 5_401, threshold: 0.95 } };
    expect(policyValuesOf(odd)).toMatchObject({ cacheTtl: "5401", cacheUnit: "seconds" });
    expect(policyOf(policyValuesOf(odd))).toEqual(odd);
  });

  test.each([
    [{ cacheMode: "exact", cacheTtl: "31" }, "cacheTtl"],
    [{ cacheMode: "exact", cacheTtl: "" }, "cacheTtl"],
    [{ cacheMode: "semantic", cacheThreshold: "0.2" }, "cacheThreshold"],
    [{ requestsPerMinute: "0" }, "requestsPerMinute"],
    [{ tokensPerMinute: "many" }, "tokensPerMinute"],
    [{ allowedModels: "openai/*\n*/gpt" }, "allowedModels"],
  ] as const)("with %j is refused beside %s", (changes, field) => {
    const { error } = ModelPolicy.safeParse(policyOf({ ...policyValuesOf({}), ...changes }));
    expect(error?.issues.map(({ path }) => policyFieldOf(path.join(".")))).toEqual([field]);
  });

  test("takes no offence at a threshold that is not used", () => {
    const values = { ...policyValuesOf({}), cacheMode: "exact" as const, cacheThreshold: "x" };
    expect(ModelPolicy.safeParse(policyOf(values)).success).toBe(true);
  });

  test("is summed up in a few words", () => {
    expect(policySummary(policyValuesOf({}))).toBe("");
    expect(policySummary(policyValuesOf({ fallbacks: ["auto"], cache: whole.cache }))).toBe(
      "1 fallback, semantic cache",
    );
  });
});
