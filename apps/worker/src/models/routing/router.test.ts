import { RouteDecision } from "@orrery/protocol";
import { describe, expect, it } from "vitest";
import { serverEntry } from "../catalog/server-entries.ts";
import { shipped } from "../catalog/shipped.ts";
import { ModelError } from "../contract.ts";
import { defaultBreakerSettings } from "./breaker.ts";
import type { RouteQuestion } from "./contract.ts";
import { explorationRate } from "./exploration.ts";
import { createRouter } from "./router.ts";
import { ModelStatistics } from "./statistics.ts";
import { directoryOf, entryOf, manyEntries, providerOf, questionOf } from "./testing/catalogs.ts";

const start = Date.UTC(2026, 10, 20);

function refusal(choose: () => unknown): ModelError {
  try {
    choose();
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error("it chose a model");
}

const failing = (statistics: ModelStatistics, model: string, at = start): void => {
  for (let call = 0; call < defaultBreakerSettings.failures; call++) {
    statistics.record({ model, location: "local", at, outcome: "failed", latencyMs: 100 });
  }
};

const answering = (
  statistics: ModelStatistics,
  model: string,
  latencyMs: number,
  location = "local",
): void => {
  for (let call = 0; call < 50; call++) {
    statistics.record({ model, location, at: start, outcome: "completed", latencyMs, firstTokenMs: 50 });
  }
};

describe("before anything was measured, auto", () => {
  const server = (model: string) => serverEntry("ollama", model, "http://127.0.0.1:11434/v1");
  const everything = [server("llama3.2"), ...shipped];
  const chosen = (
    usable: readonly string[],
    requested: string,
    more: Partial<RouteQuestion> = {},
  ): string => {
    const providers = ["ollama", "openai", "anthropic", "google", "workers-ai", "offline"].map((name) =>
      providerOf(name, {
        extractive: name === "offline",
        ...(name !== "offline" && !usable.includes(name) && { unavailable: `set up ${name}` }),
      }),
    );
    const router = createRouter(directoryOf(everything, providers), new ModelStatistics());
    return router.decide(questionOf(requested, more)).found.id;
  };
  const tools = { needs: { tools: true, vision: false, json: false, inputTokens: 1000, maxTokens: 1000 } };

  it.each([
    ["nothing", [], "offline/extract", "offline/extract", "offline/extract", "offline/extract"],
    ["a server", ["ollama"], "ollama/llama3.2", "ollama/llama3.2", "ollama/llama3.2", "ollama/llama3.2"],
    ["OpenAI", ["openai"], "openai/gpt-6-sol", "openai/gpt-6-luna", "openai/gpt-6-luna", "openai/gpt-5.5"],
    [
      "Anthropic",
      ["anthropic"],
      "anthropic/claude-sonnet-5-5",
      "anthropic/claude-haiku-5-5",
      "anthropic/claude-haiku-5-5",
      "anthropic/claude-opus-5-5",
    ],
    [
      "Google",
      ["google"],
      "google/gemini-3.8-flash",
      "google/gemini-3.1-flash-lite",
      "google/gemini-2.5-flash-lite",
      "google/gemini-4-argon",
    ],
    [
      "Workers AI",
      ["workers-ai"],
      "workers-ai/@cf/moonshotai/kimi-k2.6",
      "workers-ai/@cf/qwen/qwen3-30b-a3b-fp8",
      "workers-ai/@cf/qwen/qwen3-30b-a3b-fp8",
      "workers-ai/@cf/moonshotai/kimi-k2.6",
    ],
    [
      "a server and Anthropic",
      ["ollama", "anthropic"],
      "anthropic/claude-sonnet-5-5",
      "anthropic/claude-haiku-5-5",
      "ollama/llama3.2",
      "anthropic/claude-opus-5-5",
    ],
    [
      "all three keys",
      ["openai", "anthropic", "google"],
      "google/gemini-3.8-flash",
      "openai/gpt-6-luna",
      "openai/gpt-6-luna",
      "anthropic/claude-opus-5-5",
    ],
  ])("with %s, tools in hand, takes what is documented", (_, usable, plain, fast, cheap, best) => {
    const names = ["auto", "auto:fast", "auto:cheap", "auto:best"];
    expect(names.map((name) => chosen(usable, name, tools))).toEqual([plain, fast, cheap, best]);
  });

  it("takes a model for the kind of call", () => {
    const keys = ["openai", "workers-ai"];
    expect(chosen([], "auto", { kind: "embedding" })).toBe("offline/hash-768");
    expect(chosen([], "auto:image", { kind: "image" })).toBe("offline/draw");
    expect(chosen(keys, "auto", { kind: "image" })).toBe("openai/gpt-image-1.5");
    expect(chosen(keys, "auto:cheap", { kind: "image" })).toBe(
      "workers-ai/@cf/black-forest-labs/flux-1-schnell",
    );
    expect(chosen(keys, "auto:cheap", { kind: "embedding" })).toMatch(/^workers-ai\/@cf\/baai\/bge-/);
  });
});

describe("a decision", () => {
  it("follows the protocol, and tells what fell out and why, sixteen at most", () => {
    const router = createRouter(directoryOf(manyEntries(500)), new ModelStatistics());
    const { found, decision } = router.decide(
      questionOf("auto:cheap:code", {
        needs: { tools: true, vision: true, json: false, inputTokens: 60_000, maxTokens: 10_000 },
        workspacePolicy: { allowedModels: ["provider-1/*", "provider-2/*"] },
      }),
    );
    expect(RouteDecision.parse(decision)).toEqual(decision);
    expect(decision).toMatchObject({
      chosen: found.id,
      why: "routed",
      preference: "cheap",
      task: "code",
      requested: "auto:cheap:code",
    });
    expect(decision.candidates.length).toBeLessThanOrEqual(16);
    expect(decision.candidates).toContainEqual(expect.objectContaining({ model: found.id }));
    expect(decision.excluded.not_allowed).toBe(300);
    const counted = Object.values(decision.excluded).reduce((sum, count) => sum + count, 0);
    // Everyone is either counted as fallen out, or would do.
    const fitting = manyEntries(500).filter(
      (entry, n) =>
        [1, 2].includes(n % 5) && entry.tools && entry.vision && (entry.contextTokens ?? 0) >= 70_000,
    );
    expect(counted).toBe(500 - fitting.length);
  });

  it("follows what was measured here, and elsewhere where nothing was", () => {
    const statistics = new ModelStatistics();
    const router = createRouter(directoryOf([entryOf("a/one"), entryOf("b/two")]), statistics);
    const chosen = (location: string): string =>
      router.decide(questionOf("auto:fast", { location, now: start })).found.id;
    expect(chosen("FRA")).toBe("a/one");
    answering(statistics, "a/one", 30_000, "FRA");
    answering(statistics, "b/two", 500, "FRA");
    expect(chosen("FRA")).toBe("b/two");
    expect(chosen("NRT")).toBe("b/two");
    answering(statistics, "a/one", 200, "NRT");
    answering(statistics, "b/two", 30_000, "NRT");
    expect([chosen("FRA"), chosen("NRT")]).toEqual(["b/two", "a/one"]);
  });

  it("goes on to the next best after a failure, and never to one that only quotes", () => {
    const entries = [entryOf("a/one"), entryOf("b/two"), entryOf("offline/extract", { quality: null })];
    const router = createRouter(directoryOf(entries), new ModelStatistics());
    const { found, decision } = router.decide(questionOf("auto", { failed: ["a/one"] }));
    expect(found.id).toBe("b/two");
    expect(decision).toMatchObject({ why: "fallback", excluded: { failed: 1 } });
    const none = refusal(() => router.decide(questionOf("auto", { failed: ["a/one", "b/two"] })));
    expect(none).toMatchObject({ code: "upstream_failed", retryable: true });
  });

  it("leaves out models that keep failing, until they may be tried", () => {
    const statistics = new ModelStatistics();
    const router = createRouter(directoryOf([entryOf("a/one"), entryOf("b/two")]), statistics);
    failing(statistics, "a/one");
    const { found, decision } = router.decide(questionOf("auto", { now: start }));
    expect(found.id).toBe("b/two");
    expect(decision.excluded).toEqual({ breaker_open: 1 });
    failing(statistics, "b/two");
    const error = refusal(() => router.decide(questionOf("auto", { now: start })));
    expect(error).toMatchObject({ code: "upstream_failed", retryable: true });
    expect(error.retryAfterMs).toBe(defaultBreakerSettings.openMs);
    const later = start + defaultBreakerSettings.openMs;
    expect(["a/one", "b/two"]).toContain(router.decide(questionOf("auto", { now: later })).found.id);
  });
});

describe("constraints", () => {
  const entries = [
    entryOf("dear/best", {
      quality: 4,
      regions: ["us"],
      tools: true,
      price: { inputMicros: 9e6, outputMicros: 9e6 },
    }),
    entryOf("near/small", {
      quality: 1,
      regions: ["eu"],
      contextTokens: 4000,
      tools: false,
      json: false,
    }),
    entryOf("open/unknown", {
      quality: 2,
      price: null,
      regions: ["us", "eu"],
      vision: true,
      tools: false,
    }),
  ];
  const router = createRouter(directoryOf(entries), new ModelStatistics());
  const needs = { tools: false, vision: false, json: false, inputTokens: 1000, maxTokens: 1000 };

  it.each<[string, Partial<RouteQuestion>, string]>([
    ["a region", { agentPolicy: { regions: ["eu"] } }, "near/small"],
    [
      "regions, of which the model's must all be allowed",
      { agentPolicy: { regions: ["us", "eu"] } },
      "dear/best",
    ],
    ["global, which allows all", { agentPolicy: { regions: ["global"] } }, "dear/best"],
    ["a list of models", { agentPolicy: { allowedModels: ["near/*"] } }, "near/small"],
    [
      "both policies, of which both must agree",
      {
        agentPolicy: { allowedModels: ["near/*", "open/*"] },
        workspacePolicy: { allowedModels: ["open/*"] },
      },
      "open/unknown",
    ],
    ["tools", { needs: { ...needs, tools: true } }, "dear/best"],
    ["pictures", { needs: { ...needs, vision: true } }, "open/unknown"],
    ["the task of seeing", { task: "vision" }, "open/unknown"],
    ["money", { budgetMicros: 6000 }, "near/small"],
    [
      "length",
      { agentPolicy: { allowedModels: ["near/*", "open/*"] }, needs: { ...needs, inputTokens: 3500 } },
      "open/unknown",
    ],
  ])("of %s bind auto:best too", (_, more, expected) => {
    expect(router.decide(questionOf("auto:best", more)).found.id).toBe(expected);
  });

  it.each<[string, string, Partial<RouteQuestion>, string, string]>([
    [
      "the policy",
      "dear/best",
      { workspacePolicy: { allowedModels: ["near/*"] } },
      "invalid_request",
      "policy allows",
    ],
    ["its region", "dear/best", { agentPolicy: { regions: ["eu"] } }, "invalid_request", "handled in: us"],
    [
      "tools",
      "near/small",
      { needs: { ...needs, tools: true } },
      "invalid_request",
      "cannot call tools here",
    ],
    ["a schema", "near/small", { needs: { ...needs, json: true } }, "invalid_request", "by a schema"],
    [
      "its length",
      "near/small",
      { needs: { ...needs, inputTokens: 9000 } },
      "invalid_request",
      "4000 tokens in all",
    ],
    ["money", "dear/best", { budgetMicros: 10 }, "budget_exceeded", "could cost more"],
    ["an unknown price", "open/unknown", { budgetMicros: 1e9 }, "budget_exceeded", "has no known price"],
  ])("refuse a named model for %s, in a sentence that says so", (_, name, more, code, words) => {
    const error = refusal(() => router.decide(questionOf(name, more)));
    expect(error).toMatchObject({ code, retryable: false });
    expect(error.message).toContain(words);
  });

  it("say of auto what stood in the way of those that came closest", () => {
    const error = refusal(() => router.decide(questionOf("auto", { budgetMicros: 0 })));
    expect(error).toMatchObject({ code: "budget_exceeded", retryable: false });
    expect(error.message).toBe(
      "auto finds no model: 3 could cost more than may be spent. What helps: raise the budget, lower maxTokens, or choose a cheaper model",
    );
  });

  it("take what nobody described at its caller's word", () => {
    const guessed = entryOf("lab/new", { guessed: true, vision: false });
    const trusting = createRouter(directoryOf([guessed]), new ModelStatistics());
    const seeing = { needs: { ...needs, vision: true } };
    expect(trusting.decide(questionOf("lab/new", seeing)).decision.why).toBe("named");
    expect(refusal(() => trusting.decide(questionOf("auto", seeing)))).toMatchObject({
      code: "invalid_request",
    });
  });
});

describe("a named model", () => {
  const entries = [entryOf("a/one"), entryOf("b/two"), entryOf("c/three", { contextTokens: 10 })];
  const asked = (more: Partial<RouteQuestion> = {}, statistics = new ModelStatistics()) =>
    createRouter(directoryOf(entries), statistics).decide(questionOf("a/one", more)).decision;

  it("is asked, and no other", () => {
    expect(asked()).toMatchObject({ chosen: "a/one", why: "named", candidates: [{ model: "a/one" }] });
  });

  it("is followed by its fallbacks in order, each held to the constraints", () => {
    const agentPolicy = { fallbacks: ["c/three", "nobody/nothing", "b/two", "auto"] };
    expect(asked({ agentPolicy, failed: ["a/one"] })).toMatchObject({
      requested: "a/one",
      chosen: "b/two",
      why: "fallback",
      candidates: [
        { model: "a/one", excluded: "failed" },
        { model: "c/three", excluded: "context" },
        { model: "b/two" },
      ],
      excluded: { failed: 1, context: 1 },
    });
  });

  it("may fall back to a routing name, which leaves out what failed", () => {
    const decision = asked({ agentPolicy: { fallbacks: ["auto:cheap"] }, failed: ["a/one"] });
    expect(decision).toMatchObject({
      requested: "a/one",
      chosen: "b/two",
      why: "fallback",
      preference: "cheap",
    });
  });

  it("gives way to its fallbacks while its breaker is open, and without any fails at once", () => {
    const statistics = new ModelStatistics();
    failing(statistics, "a/one");
    const now = start + 5000;
    expect(asked({ now, agentPolicy: { fallbacks: ["b/two"] } }, statistics)).toMatchObject({
      chosen: "b/two",
    });
    const error = refusal(() => asked({ now }, statistics));
    expect(error).toMatchObject({ code: "upstream_failed", retryable: true, retryAfterMs: 10_000 });
    expect(error.message).toContain("may be tried in 10 s");
  });

  it("that cannot be used gives way too, and else says what is missing", () => {
    const providers = [providerOf("a", { unavailable: "set A_KEY" }), providerOf("b"), providerOf("c")];
    const router = createRouter(directoryOf(entries, providers), new ModelStatistics());
    const agentPolicy = { fallbacks: ["b/two"] };
    expect(router.decide(questionOf("a/one", { agentPolicy })).found.id).toBe("b/two");
    expect(refusal(() => router.decide(questionOf("a/one"))).message).toContain("set A_KEY");
  });
});

describe("exploration", () => {
  const entries = [
    entryOf("a/known", { quality: 3 }),
    entryOf("b/new", { quality: 3, price: { inputMicros: 1_100_000, outputMicros: 4_400_000 } }),
    entryOf("c/worse", { quality: 2 }),
    entryOf("d/dearer", { quality: 4, price: { inputMicros: 9_000_000, outputMicros: 40_000_000 } }),
  ];
  const statistics = new ModelStatistics();
  answering(statistics, "a/known", 1000);
  const router = createRouter(directoryOf(entries), statistics);
  const chosen = (requested: string, more: Partial<RouteQuestion> = {}) =>
    router.decide(questionOf(requested, { now: start, ...more })).decision;

  it("tries, now and then, a model of which little is known, no worse and little dearer", () => {
    for (let step = 0; step < 20; step++) {
      const chance = (step / 20) * explorationRate;
      expect(chosen("auto", { chance })).toMatchObject({ chosen: "b/new", why: "explored" });
    }
    expect(chosen("auto", { chance: explorationRate })).toMatchObject({ chosen: "a/known", why: "routed" });
  });

  it.each<[string, string, Partial<RouteQuestion>]>([
    ["for auto:best", "auto:best", {}],
    ["where the policy says so", "auto", { agentPolicy: { exploration: false } }],
    ["in the middle of trouble", "auto", { failed: ["d/dearer"] }],
  ])("is left %s", (_, requested, more) => {
    expect(chosen(requested, { chance: 0, ...more }).why).not.toBe("explored");
  });
});
