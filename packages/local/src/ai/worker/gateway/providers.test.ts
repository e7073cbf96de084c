import { describe, expect, it } from "vitest";
import { delayBefore, optionsOf, withHeaders } from "./gateway-options.ts";
import { chatEndpointOf, destinationOf } from "./providers.ts";

describe("where a provider's path leads", () => {
  const url = (provider: string, endpoint: string, providers = {}) =>
    destinationOf(provider, endpoint, { providers })?.url;

  it.each([
    ["openai", "chat/completions", "https://api.openai.com/v1/chat/completions"],
    ["openai", "v1/chat/completions", "https://api.openai.com/v1/chat/completions"],
    ["anthropic", "/v1/messages", "https://api.anthropic.com/v1/messages"],
    [
      "google-ai-studio",
      "v1beta/models/x:generateContent?key=1",
      "https://generativelanguage.googleapis.com/v1beta/models/x:generateContent?key=1",
    ],
    ["google", "v1beta/x", "https://generativelanguage.googleapis.com/v1beta/x"],
    ["groq", "chat/completions", "https://api.groq.com/openai/v1/chat/completions"],
    ["nobody", "x", undefined],
  ])("%s %s", (provider, endpoint, expected) => {
    expect(url(provider, endpoint)).toBe(expected);
  });

  it("is the configured address where there is one, for unknown providers too", () => {
    expect(url("openai", "v1/models", { openai: { baseUrl: "http://127.0.0.1:1/v1/" } })).toBe(
      "http://127.0.0.1:1/v1/models",
    );
    expect(url("mine", "x", { mine: { baseUrl: "http://127.0.0.1:1" } })).toBe("http://127.0.0.1:1/x");
    expect(chatEndpointOf("mine", { providers: { mine: { baseUrl: "http://127.0.0.1:1" } } })).toBe(
      "chat/completions",
    );
    expect(chatEndpointOf("nobody", { providers: {} })).toBeNull();
  });
});

describe("options of a request", () => {
  it("come from headers over options, and never from nonsense", () => {
    const { id, options } = optionsOf({ id: "g", cacheTtl: 5, retries: { maxAttempts: 2 } });
    expect(id).toBe("g");
    expect(
      withHeaders(new Headers({ "cf-aig-cache-ttl": "60", "cf-aig-max-attempts": "99" }), options),
    ).toMatchObject({ cacheTtl: 60, maxAttempts: 5 });
    expect(
      withHeaders(
        new Headers({ "cf-aig-cache-ttl": "soon", "cf-aig-metadata": "{", "cf-aig-backoff": "never" }),
        options,
      ),
    ).toEqual(options);
    expect(optionsOf("nonsense")).toMatchObject({ id: "default" });
  });

  it.each([
    ["constant", [100, 100, 100]],
    ["linear", [100, 200, 300]],
    ["exponential", [100, 200, 400]],
  ] as const)("wait %s", (backoff, delays) => {
    const { options } = optionsOf({ retries: { backoff, retryDelayMs: 100 } });
    expect([2, 3, 4].map((next) => delayBefore(next, options))).toEqual(delays);
  });
});
