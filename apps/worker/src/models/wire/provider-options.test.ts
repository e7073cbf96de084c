import { describe, expect, it } from "vitest";
import { withOptions } from "./provider-options.ts";

const fixed = new Set(["max_tokens", "config.max"]);

describe("withOptions", () => {
  it("puts options over a body, and into objects that are there", () => {
    expect(
      withOptions(
        { temperature: 1, config: { format: "json", max: 5 } },
        { temperature: 0, top_k: 3, config: { thinking: { budget: 9 } } },
        fixed,
      ),
    ).toEqual({ temperature: 0, top_k: 3, config: { format: "json", max: 5, thinking: { budget: 9 } } });
  });

  it("lets no option say how much may be written, whether the body says it or not", () => {
    expect(withOptions({ max_tokens: 5 }, { max_tokens: 9, config: { max: 9, other: 1 } }, fixed)).toEqual({
      max_tokens: 5,
      config: { other: 1 },
    });
  });

  it("changes nothing without options", () => {
    const body = { a: 1 };
    expect(withOptions(body, undefined, fixed)).toBe(body);
  });
});
