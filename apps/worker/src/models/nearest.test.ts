import { describe, expect, it } from "vitest";
import { editDistance, nearestNames } from "./nearest.ts";

const names = [
  "openai/gpt-5",
  "openai/gpt-5-mini",
  "anthropic/claude-opus-5-5",
  "offline/extract",
  "Llama2_7b",
];

describe("editDistance", () => {
  it.each([
    ["", "", 0],
    ["abc", "", 3],
    ["kitten", "sitting", 3],
    ["gtp", "gpt", 1],
  ])("counts from %j to %j", (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
    expect(editDistance(to, from)).toBe(distance);
  });
});

describe("nearestNames", () => {
  it("finds a name by its misspelling, with or without the provider", () => {
    expect(nearestNames("openai/gtp-5", names)[0]).toBe("openai/gpt-5");
    expect(nearestNames("claude opus 5.5", names)).toEqual(["anthropic/claude-opus-5-5"]);
    expect(nearestNames("llama2-7b", names)).toEqual(["Llama2_7b"]);
    expect(nearestNames("ofline/extract", names)).toEqual(["offline/extract"]);
  });

  it("finds none where nothing is near", () => {
    expect(nearestNames("stable-diffusion", names)).toEqual([]);
    expect(nearestNames("???", names)).toEqual([]);
  });
});
