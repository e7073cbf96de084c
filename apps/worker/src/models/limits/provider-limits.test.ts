import { expect, test } from "vitest";
import { parseLimits } from "./provider-limits.ts";

test("each provider has its own limits, and the others none", () => {
  const limits = parseLimits('{"openai": {"requestsPerMinute": 500}, "lab": {"tokensPerMinute": 30000}}');
  expect(limits.problem).toBeNull();
  expect(["openai", "lab", "anthropic"].map((name) => limits.limitsFor(name))).toEqual([
    { requestsPerMinute: 500 },
    { tokensPerMinute: 30_000 },
    null,
  ]);
});

test("without the variable nothing is limited", () => {
  expect([parseLimits(undefined), parseLimits(" ")].map(({ problem }) => problem)).toEqual([null, null]);
  expect(parseLimits(undefined).limitsFor("openai")).toBeNull();
});

test.each([
  ["nonsense", "MODEL_LIMITS is not valid JSON"],
  ["[]", "MODEL_LIMITS is not a JSON object of limits by provider"],
  [
    '{"openai": {}}',
    "MODEL_LIMITS is not valid at openai: expected requestsPerMinute, tokensPerMinute or both",
  ],
  ['{"openai": {"requestsPerMinute": 0}}', "MODEL_LIMITS is not valid at openai.requestsPerMinute: "],
  ['{"openai": {"rpm": 5}}', "MODEL_LIMITS is not valid at openai: "],
  ['{"Open AI": {"requestsPerMinute": 5}}', "MODEL_LIMITS is not valid at Open AI: a provider's name is"],
])("%s is told as a problem", (json, problem) => {
  expect(parseLimits(json).problem).toContain(problem);
});

test("a mistake in one entry leaves the others", () => {
  const limits = parseLimits('{"openai": {"requestsPerMinute": -1}, "google": {"requestsPerMinute": 10}}');
  expect(limits.problem).toContain("openai.requestsPerMinute");
  expect([limits.limitsFor("openai"), limits.limitsFor("google")]).toEqual([null, { requestsPerMinute: 10 }]);
});
