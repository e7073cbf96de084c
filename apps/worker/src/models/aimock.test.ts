/** Each wire against a server that none of us wrote, over real HTTP on loopback. */
import { LLMock, type FixtureOpts } from "@copilotkit/aimock";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createGateway } from "./gateway.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { requestOf, run } from "./testing/steps.ts";
import type { ModelGateway, ModelTool } from "./contract.ts";

const providers = [
  ["openai", "openai/gpt-4o-mini"],
  ["anthropic", "anthropic/claude-haiku-4-5"],
  ["google", "google/gemini-2.5-flash"],
  ["an OpenAI-compatible server", "lab/some-model"],
] as const;

const weather: ModelTool = {
  name: "get_weather",
  description: "The weather of a city.",
  inputSchema: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
  effect: "read",
};

const mock = new LLMock({ port: 0 });
let clock: ManualClock;
let gateway: ModelGateway;

beforeAll(async () => {
  await mock.start();
});
afterAll(async () => {
  await mock.stop();
});
beforeEach(() => {
  mock.reset();
  clock = new ManualClock();
  gateway = createGateway(
    {
      OPENAI_API_KEY: "sk-openai-secret",
      OPENAI_BASE_URL: `${mock.url}/v1`,
      ANTHROPIC_API_KEY: "sk-ant-secret",
      ANTHROPIC_BASE_URL: mock.url,
      GOOGLE_API_KEY: "AIza-google-secret",
      GOOGLE_BASE_URL: mock.url,
      MODEL_SERVERS: JSON.stringify({ lab: { baseUrl: `${mock.url}/v1` } }),
    },
    { clock, retry: { random: () => 0.5 } },
  );
});

describe.each(providers)("%s", (_, model) => {
  const step = (input: string, more = {}) => run(gateway, requestOf(clock, model, input, more));

  it("streams text whole, in order, with usage and the reason it stopped", async () => {
    const content = "Naïve café — 你好, 🪐! ".repeat(20);
    mock.onMessage(
      "greet",
      {
        content,
        usage: {
          prompt_tokens: 1200,
          completion_tokens: 345,
          input_tokens: 1200,
          output_tokens: 345,
          promptTokenCount: 1200,
          candidatesTokenCount: 345,
        },
      },
      { chunkSize: 7 },
    );
    const ran = await step("greet");
    expect(ran.error).toBeUndefined();
    expect(ran.text).toBe(content);
    expect(ran.finish).toMatchObject({
      reason: "stop",
      model,
      extractive: false,
      usage: { inputTokens: 1200, outputTokens: 345, cached: false },
    });
    expect(ran.events.at(-1)).toBe(ran.finish);
    expect(clock.pending).toBe(0);
  });

  it("calls a tool, and answers from its result", async () => {
    mock.onMessage(
      "weather",
      {
        toolCalls: [{ id: "call_w1", name: "get_weather", arguments: '{"city":"São Paulo"}' }],
      },
      { chunkSize: 3 },
    );
    const first = await step("weather", { tools: [weather] });
    expect(first.error).toBeUndefined();
    expect(first.calls).toMatchObject([{ name: "get_weather", input: { city: "São Paulo" } }]);
    expect(first.finish?.reason).toBe("tool-calls");

    const [call] = first.calls;
    if (call === undefined) throw new Error("no call came");
    mock.prependFixture({
      match: { toolResultContains: "31 degrees" },
      response: { content: "It is 31 degrees there." },
    });
    const second = await step("weather", {
      tools: [weather],
      messages: [
        { role: "user", content: "weather" },
        {
          role: "assistant",
          content: [{ type: "tool-call", toolCallId: call.id, toolName: call.name, input: call.input }],
        },
        {
          role: "tool",
          content: [
            {
              type: "tool-result",
              toolCallId: call.id,
              toolName: call.name,
              output: { type: "json", value: { weather: "31 degrees" } },
            },
          ],
        },
      ],
    });
    expect(second.error).toBeUndefined();
    expect(second.text).toBe("It is 31 degrees there.");
  });

  it("keeps parallel calls apart and in order", async () => {
    mock.onMessage(
      "both",
      {
        toolCalls: [
          { name: "get_weather", arguments: '{"city":"Oslo"}' },
          { name: "get_weather", arguments: '{"city":"Lima"}' },
          { name: "get_weather", arguments: "{}" },
        ],
      },
      { chunkSize: 4 },
    );
    const ran = await step("both", { tools: [weather] });
    expect(ran.error).toBeUndefined();
    expect(ran.calls.map((call) => call.input)).toEqual([{ city: "Oslo" }, { city: "Lima" }, {}]);
    expect(new Set(ran.calls.map((call) => call.id)).size).toBe(3);
  });

  it("waits as long as a 429 asks, then succeeds", async () => {
    mock.onMessage("hello", { content: "There you are." });
    mock.prependFixture({
      match: { userMessage: "hello", sequenceIndex: 0 },
      response: { error: { message: "slow down", type: "rate_limit_error" }, status: 429, retryAfter: 7 },
    });
    const ran = await step("hello");
    expect(ran.error).toBeUndefined();
    expect(ran.text).toBe("There you are.");
    expect(clock.waits[0]).toBe(7250);
  });

  it("gives up on a 429 that asks for longer than there is time", async () => {
    mock.onMessage("hello", {
      error: { message: "slow down", type: "rate_limit_error" },
      status: 429,
      retryAfter: 60,
    });
    const ran = await step("hello", { deadline: clock.now() + 45_000 });
    expect(ran.error).toMatchObject({ code: "rate_limited", retryable: true, retryAfterMs: 60_000 });
    expect(mock.getRequests()).toHaveLength(1);
  });

  it("tries a 500 again, with growing delays, and then says so", async () => {
    mock.onMessage("hello", { error: { message: "on fire", type: "server_error" }, status: 500 });
    const ran = await step("hello");
    expect(ran.error).toMatchObject({ code: "upstream_failed", retryable: true });
    expect(String(ran.error)).toContain("on fire");
    expect(mock.getRequests()).toHaveLength(3);
    expect(clock.waits).toEqual([250, 500]);
  });

  it("does not try a 400 again, and passes on the upstream's own words", async () => {
    mock.onMessage("hello", {
      error: { message: "the context is too long", type: "invalid_request_error" },
      status: 400,
    });
    const ran = await step("hello");
    expect(ran.error).toMatchObject({ code: "upstream_failed", retryable: false });
    expect(String(ran.error)).toContain("the context is too long");
    expect(mock.getRequests()).toHaveLength(1);
  });

  it.each([401, 403])("names the key to check on a %s", async (status) => {
    mock.onMessage("hello", { error: { message: "no" }, status });
    const ran = await step("hello");
    expect(ran.error).toMatchObject({ code: "upstream_failed", retryable: false });
    expect(String(ran.error)).toMatch(/was refused: check \S+/);
    expect(String(ran.error)).not.toContain("secret");
  });

  it("reports a stream that is cut, at whatever point", async () => {
    const content = "one two three four five six seven eight nine ten";
    for (const truncateAfterChunks of [1, 2, 3, 5]) {
      mock.reset();
      const cut: FixtureOpts = { chunkSize: 5, latency: 5, truncateAfterChunks };
      mock.onMessage("count", { content }, cut);
      const ran = await step("count");
      expect(ran.error, `cut after ${truncateAfterChunks}`).toMatchObject({
        code: "upstream_failed",
        retryable: true,
      });
      expect(content.startsWith(ran.text)).toBe(true);
      expect(ran.finish).toBeUndefined();
      // What the caller has seen cannot be taken back: then there was no second attempt.
      expect(mock.getRequests()).toHaveLength(ran.text === "" ? 3 : 1);
    }
  });

  it("reports malformed JSON in place of an answer", async () => {
    mock.onMessage("hello", { content: "hi" }, { chaos: { malformedRate: 1 } });
    const ran = await step("hello");
    expect(ran.error).toMatchObject({ code: "upstream_failed", retryable: true });
  });

  it("reports a connection that breaks", async () => {
    mock.onMessage("hello", { content: "hi" }, { chaos: { disconnectRate: 1 } });
    const ran = await step("hello");
    expect(ran.error).toMatchObject({ code: "upstream_failed", retryable: true });
  });

  it("streams reasoning apart from the answer", async () => {
    mock.onMessage("think", { content: "42", reasoning: "Six times seven." }, { chunkSize: 4 });
    const ran = await step("think");
    expect(ran.error).toBeUndefined();
    expect(ran).toMatchObject({ text: "42", reasoning: "Six times seven." });
  });

  it("stops at once when the caller leaves in the middle", async () => {
    mock.onMessage("long", { content: "word ".repeat(500) }, { chunkSize: 5, latency: 2 });
    const leaving = new AbortController();
    const reason = new Error("the caller left");
    let seen = 0;
    const stream = gateway.step(requestOf(clock, model, "long", { signal: leaving.signal }));
    const reading = (async () => {
      for await (const event of stream) {
        if (event.type === "text" && ++seen === 2) leaving.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
    expect(seen).toBeLessThan(10);
    expect(clock.pending).toBe(0);
  });
});
