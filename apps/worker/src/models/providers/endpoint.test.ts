/** Cloudflare's AI Gateway before each provider. A real one cannot be reached from here: what is sent is checked. */
import { describe, expect, it } from "vitest";
import { answerOf, asking, limits } from "../testing/asking.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { chatAnswer, recordingFetch } from "../testing/recording-fetch.ts";
import { collect } from "../testing/steps.ts";
import { anthropicProvider } from "./anthropic/index.ts";
import type { AIGatewaySettings } from "./endpoint.ts";
import { googleProvider } from "./google/index.ts";
import { openaiProvider } from "./openai/index.ts";

const gateway: AIGatewaySettings = {
  id: "orrery",
  accountId: "acc0",
  token: "cf-secret-token",
  binding: undefined,
};
const makers = { openai: openaiProvider, anthropic: anthropicProvider, google: googleProvider };
const names = ["openai", "anthropic", "google"] as const;

function through(
  name: (typeof names)[number],
  more: { gateway?: AIGatewaySettings; baseUrl?: string } = {},
  answer = () => chatAnswer("hi"),
) {
  const upstream = recordingFetch(answer);
  const transport = { fetch: upstream.fetch, clock: new ManualClock(), limits };
  const settings = { apiKey: "vendor-key", baseUrl: more.baseUrl, gateway: more.gateway ?? gateway };
  return { ...upstream, provider: makers[name](settings, transport) };
}

describe("a provider behind AI Gateway", () => {
  it.each([
    ["openai", "https://gateway.ai.cloudflare.com/v1/acc0/orrery/openai/chat/completions", "authorization"],
    ["anthropic", "https://gateway.ai.cloudflare.com/v1/acc0/orrery/anthropic/v1/messages", "x-api-key"],
    [
      "google",
      "https://gateway.ai.cloudflare.com/v1/acc0/orrery/google-ai-studio/v1beta/models/m:streamGenerateContent?alt=sse",
      "x-goog-api-key",
    ],
  ] as const)("asks %s there, with both keys", async (name, url, keyHeader) => {
    const { provider, sent } = through(name);
    await answerOf(provider, asking("m", "hi"));
    expect(sent[0]?.url).toBe(url);
    expect(sent[0]?.headers.get("cf-aig-authorization")).toBe("Bearer cf-secret-token");
    expect(sent[0]?.headers.get(keyHeader)).toContain("vendor-key");
    expect(sent[0]?.headers.has("cf-aig-skip-cache")).toBe(false);
  });

  it("sends embeddings and images there too", async () => {
    const { provider, sent } = through("openai", {}, () =>
      Response.json({ data: [{ embedding: [1], b64_json: "iVBORw0KGgo=" }] }),
    );
    const { signal } = new AbortController();
    await provider.embed?.({ model: "m", values: ["a"], signal });
    await provider.image?.({ model: "gpt-image-1", prompt: "a", signal });
    expect(sent.map(({ url }) => url)).toEqual([
      "https://gateway.ai.cloudflare.com/v1/acc0/orrery/openai/embeddings",
      "https://gateway.ai.cloudflare.com/v1/acc0/orrery/openai/images/generations",
    ]);
    expect(sent.every(({ headers }) => headers.has("cf-aig-authorization"))).toBe(true);
  });

  it("passes on the name of its log, and whether it answered from its cache, before all else", async () => {
    const headers = { "cf-aig-log-id": "01LOG", "cf-aig-cache-status": "HIT" };
    const { provider } = through("openai", {}, () => chatAnswer("hi", headers));
    const events = await collect(provider.stream(asking("m", "hi")));
    expect(events[0]).toEqual({ type: "log", gatewayLogId: "01LOG", gatewayCached: true });
    expect(events.at(-1)).toMatchObject({ type: "finish", usage: { inputTokens: 3 } });

    const embedding = through("openai", {}, () =>
      Response.json(
        { data: [{ embedding: [1, 2] }], usage: { prompt_tokens: 4 } },
        {
          headers: { "cf-aig-log-id": "02LOG", "cf-aig-cache-status": "MISS" },
        },
      ),
    );
    const { signal } = new AbortController();
    expect(await embedding.provider.embed?.({ model: "m", values: ["a"], signal })).toEqual({
      embeddings: [[1, 2]],
      inputTokens: 4,
      gatewayLogId: "02LOG",
      gatewayCached: false,
    });
  });

  it("says nothing of a gateway where there is none", async () => {
    const { provider } = through("openai");
    expect((await collect(provider.stream(asking("m", "hi")))).map(({ type }) => type)).toEqual([
      "text",
      "finish",
    ]);
  });

  it("is told to pass its cache by for a caller who wants none", async () => {
    const { provider, sent } = through("openai");
    await answerOf(provider, asking("m", "hi", { noCache: true }));
    expect(sent[0]?.headers.get("cf-aig-skip-cache")).toBe("true");
  });

  it("reports the gateway's own refusals, without the keys", async () => {
    const { provider } = through("openai", {}, () =>
      Response.json(
        { success: false, error: [{ code: 2009, message: "Unauthorized cf-secret-token" }] },
        { status: 400 },
      ),
    );
    const { error } = await answerOf(provider, asking("m", "hi"));
    expect(error).toMatchObject({ code: "upstream_failed", retryable: false });
    expect(String(error)).toContain("Unauthorized [key]");
  });

  it("gives way to an address of one's own", async () => {
    const { provider, sent } = through("anthropic", { baseUrl: "https://proxy.example.com/" });
    await answerOf(provider, asking("m", "hi", { noCache: true }));
    expect(sent[0]?.url).toBe("https://proxy.example.com/v1/messages");
    expect(sent[0]?.headers.has("cf-aig-authorization")).toBe(false);
    expect(sent[0]?.headers.has("cf-aig-skip-cache")).toBe(false);
  });
});

describe("AI Gateway by the binding", () => {
  const withBinding = (getUrl: (provider: string) => Promise<string>): AIGatewaySettings => ({
    id: "orrery",
    accountId: undefined,
    token: undefined,
    binding: { gateway: (id) => ({ getUrl: (provider) => getUrl(`${id}/${provider}`) }) },
  });

  it("is asked for the address once", async () => {
    const asked: string[] = [];
    const { provider, sent } = through("google", {
      gateway: withBinding((path) => {
        asked.push(path);
        return Promise.resolve(`https://gateway.example.com/${path}/`);
      }),
    });
    await answerOf(provider, asking("m", "hi"));
    await answerOf(provider, asking("m", "hi"));
    expect(asked).toEqual(["orrery/google-ai-studio"]);
    expect(sent[1]?.url).toBe(
      "https://gateway.example.com/orrery/google-ai-studio/v1beta/models/m:streamGenerateContent?alt=sse",
    );
    expect(sent[1]?.headers.has("cf-aig-authorization")).toBe(false);
  });

  it("fails in a way that may pass where the binding does not say, and asks again", async () => {
    let fails = true;
    const { provider } = through("openai", {
      gateway: withBinding((path) =>
        fails
          ? Promise.reject(new Error("internal"))
          : Promise.resolve(`https://gateway.example.com/${path}`),
      ),
    });
    expect((await answerOf(provider, asking("m", "hi"))).error).toMatchObject({ retryable: true });
    fails = false;
    expect(await answerOf(provider, asking("m", "hi"))).toMatchObject({ error: undefined, text: "hi" });
  });

  it("does not wait for an address longer than for an answer", async () => {
    const clock = new ManualClock();
    const upstream = recordingFetch(() => chatAnswer("hi"));
    const provider = openaiProvider(
      { apiKey: "k", baseUrl: undefined, gateway: withBinding(() => new Promise(() => undefined)) },
      { fetch: upstream.fetch, clock, limits },
    );
    const asked = answerOf(provider, asking("m", "hi"));
    clock.advance(limits.firstByteMs);
    expect((await asked).error).toMatchObject({ code: "upstream_timeout" });
  });

  it("says what is missing where neither account nor binding is there", () => {
    const { provider } = through("openai", { gateway: { ...gateway, accountId: undefined } });
    expect(provider.unavailable()).toContain("CLOUDFLARE_ACCOUNT_ID");
  });
});
