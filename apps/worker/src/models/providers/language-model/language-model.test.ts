import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { LLMock } from "@copilotkit/aimock";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGateway } from "../../gateway.ts";
import { answerOf, asking } from "../../testing/asking.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { requestOf, run } from "../../testing/steps.ts";
import { fromLanguageModel } from "./index.ts";

describe("a provider of the AI SDK", () => {
  const mock = new LLMock({ port: 0 });
  beforeAll(async () => {
    await mock.start();
  });
  afterAll(async () => {
    await mock.stop();
  });

  const gatewayOf = (clock: ManualClock) => {
    const sdk = createOpenAICompatible({ name: "sdk", baseURL: `${mock.url}/v1`, includeUsage: true });
    return createGateway({}, { clock, providers: [fromLanguageModel(sdk("m"))], retry: { random: () => 0 } });
  };
  const step = (model: string, input: string, more = {}) => {
    const clock = new ManualClock();
    return run(gatewayOf(clock), requestOf(clock, model, input, more));
  };

  it("streams, reasons, calls and counts behind the same contract", async () => {
    mock.onMessage("greet", {
      content: "Hello there.",
      reasoning: "A greeting.",
      usage: { prompt_tokens: 12, completion_tokens: 4 },
    });
    mock.onMessage("call", { toolCalls: [{ id: "c1", name: "f", arguments: '{"a":1}' }] });
    expect(await step("sdk/m", "greet")).toMatchObject({
      error: undefined,
      text: "Hello there.",
      reasoning: "A greeting.",
      finish: { reason: "stop", model: "sdk/m", usage: { inputTokens: 12, outputTokens: 4 } },
    });
    const tools = [{ name: "f", description: "f", inputSchema: { type: "object" } }];
    expect(await step("sdk/m", "call", { tools })).toMatchObject({
      calls: [{ id: "c1", name: "f", input: { a: 1 } }],
      finish: { reason: "tool-calls" },
    });
  });

  it("fails with the platform's own error", async () => {
    mock.onMessage("limit", { error: { message: "slow down" }, status: 429, retryAfter: 2 });
    mock.onMessage("wrong", { error: { message: "too long" }, status: 400 });
    expect((await step("sdk/m", "limit")).error).toMatchObject({
      code: "rate_limited",
      retryable: true,
      retryAfterMs: 2000,
    });
    expect((await step("sdk/m", "wrong")).error).toMatchObject({ code: "upstream_failed", retryable: false });
  });

  it("hands on a schema, a beginning, and its own options", async () => {
    mock.onMessage("give", { content: { a: 1 } });
    const sdk = createOpenAICompatible({
      name: "sdk",
      baseURL: `${mock.url}/v1`,
      supportsStructuredOutputs: true,
    });
    const schema = { type: "object", properties: { a: { type: "integer" } } };
    const answered = await answerOf(
      fromLanguageModel(sdk("m")),
      asking("m", "give", {
        responseFormat: { name: "answer", schema },
        prefill: "So:",
        providerOptions: { user: "u1" },
      }),
    );
    expect(answered).toMatchObject({ error: undefined, text: '{"a":1}' });
    expect(mock.getLastRequest()?.body).toMatchObject({
      messages: [{ role: "user" }, { role: "assistant", content: "So:" }],
      response_format: { type: "json_schema", json_schema: { name: "answer", schema } },
      user: "u1",
    });
  });

  it("does not answer for a model that it is not", async () => {
    expect((await step("sdk/other", "greet")).error).toMatchObject({ code: "invalid_request" });
  });
});
