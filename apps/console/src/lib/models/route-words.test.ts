import type { RouteDecision } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { exclusionsOf, isExplained, rankedCandidates, whyChosen } from "./route-words.ts";

const decision = (changes: Partial<RouteDecision> = {}): RouteDecision => ({
  requested: "auto:cheap:code",
  chosen: "b/two",
  why: "routed",
  preference: "cheap",
  task: "code",
  candidates: [
    { model: "c/three", excluded: "breaker_open" },
    { model: "a/one", score: 0.4 },
    { model: "b/two", score: 0.2 },
  ],
  excluded: { breaker_open: 1, unavailable: 7 },
  at: "2026-11-20T12:00:00.000Z",
  ...changes,
});

describe("a route in words", () => {
  test("says what the choice was made by, and among how many", () => {
    expect(whyChosen(decision())).toBe("Best score of 2 candidates (cost first, for code).");
    expect(whyChosen(decision({ candidates: [{ model: "b/two", score: 1 }] }))).toBe(
      "The only candidate left (cost first, for code).",
    );
  });

  test("tells a name, a fallback and an exploration apart", () => {
    expect(whyChosen(decision({ why: "named", requested: "b/two" }))).toBe("b/two was requested by name.");
    expect(whyChosen(decision({ why: "fallback" }))).toContain("failed");
    expect(whyChosen(decision({ why: "explored" }))).toContain("to learn");
  });

  test("is left out where a model was named and is alone", () => {
    const named = decision({ why: "named", candidates: [{ model: "b/two" }] });
    expect(isExplained(named)).toBe(false);
    expect(isExplained({ ...named, why: "fallback" })).toBe(true);
    expect(isExplained(decision())).toBe(true);
  });

  test("ranks candidates by score, and those that fell out last", () => {
    expect(rankedCandidates(decision()).map(({ model }) => model)).toEqual(["b/two", "a/one", "c/three"]);
  });

  test("counts what fell out in the order of the checks", () => {
    expect(exclusionsOf(decision())).toEqual([
      { reason: "unavailable", fell: 7 },
      { reason: "breaker_open", fell: 1 },
    ]);
  });
});
