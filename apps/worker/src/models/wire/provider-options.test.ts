import { describe, expect, it } from "vitest";
import { withOptions } from "./provider-options.ts";

describe("withOptions", () => {
  it("puts options over a body, and into objects that are there", () => {
    expect(
      withOptions(
        "google",
        { contents: [], generationConfig: { temperature: 1, maxOutputTokens: 5 } },
        { generationConfig: { temperature: 0, thinkingConfig: { thinkingBudget: 9 } } },
      ),
    ).toEqual({
      contents: [],
      generationConfig: { temperature: 0, maxOutputTokens: 5, thinkingConfig: { thinkingBudget: 9 } },
    });
  });

  it("refuses by name what the provider may not be given", () => {
    const options = { models: ["dear/model"], temperature: 0, max_tokens: 9 };
    expect(() => withOptions("router", { max_tokens: 5 }, options)).toThrow(
      "router may not be given models, max_tokens: take it out of the agent's providerOptions",
    );
  });

  it("changes nothing without options", () => {
    const body = { a: 1 };
    expect(withOptions("openai", body, undefined)).toBe(body);
  });
});
