/** What goes over Anthropic's wire, beyond the conversation. */
import { describe, expect, it } from "vitest";
import { answerOf, asking, limits, weather } from "../../testing/asking.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { recordingFetch } from "../../testing/recording-fetch.ts";
import { anthropicProvider } from "./index.ts";

function claude(content: object[], stop_reason = "end_turn") {
  const upstream = recordingFetch(() =>
    Response.json({ type: "message", content, stop_reason, usage: { input_tokens: 3, output_tokens: 2 } }),
  );
  const transport = { fetch: upstream.fetch, clock: new ManualClock(), limits };
  return { ...upstream, provider: anthropicProvider({ apiKey: "k", baseUrl: undefined }, transport) };
}

const closed = { type: "object", properties: { a: { type: "integer" } }, required: ["a"] };
const map = { type: "object", additionalProperties: { type: "integer" } };

describe("a request to Claude", () => {
  it("asks for JSON by structured outputs where model and schema allow it", async () => {
    const { provider, sent } = claude([{ type: "text", text: '{"a":1}' }]);
    const responseFormat = { name: "answer", schema: closed };
    const answered = await answerOf(provider, asking("claude-sonnet-5-5", "x", { responseFormat }));
    expect(answered).toMatchObject({ error: undefined, text: '{"a":1}' });
    const schema = { ...closed, additionalProperties: false };
    expect(sent[0]?.body).toMatchObject({ output_config: { format: { type: "json_schema", schema } } });
    expect(sent[0]?.body).not.toHaveProperty("tool_choice");
  });

  it.each([
    ["a model that has none", "claude-3-5-haiku-20241022", closed],
    ["a schema that they do not hold", "claude-sonnet-5-5", map],
  ])("forces a tool for %s, and reads its input as the answer", async (_, model, schema) => {
    const { provider, sent } = claude(
      [{ type: "tool_use", id: "t1", name: "answer", input: { a: 1 } }],
      "tool_use",
    );
    const responseFormat = { name: "answer", schema };
    const answered = await answerOf(provider, asking(model, "x", { responseFormat }));
    expect(answered).toMatchObject({
      error: undefined,
      text: '{"a":1}',
      calls: [],
      finish: { reason: "stop" },
    });
    expect(sent[0]?.body).toMatchObject({
      tools: [{ name: "answer", input_schema: schema }],
      tool_choice: { type: "tool", name: "answer" },
    });
  });

  it("may call its other tools before it answers with the forced one", async () => {
    const input = { city: "Oslo" };
    const { provider, sent } = claude(
      [{ type: "tool_use", id: "t1", name: "get_weather", input }],
      "tool_use",
    );
    const responseFormat = { name: "answer", schema: map };
    const answered = await answerOf(
      provider,
      asking("claude-sonnet-5-5", "x", { responseFormat, tools: [weather] }),
    );
    expect(answered).toMatchObject({
      text: "",
      calls: [{ name: "get_weather", input }],
      finish: { reason: "tool-calls" },
    });
    expect(sent[0]?.body).toMatchObject({
      tools: [{ name: "get_weather" }, { name: "answer" }],
      tool_choice: { type: "any" },
    });
  });

  it("answers with an empty object where the forced tool got nothing", async () => {
    const { provider } = claude([{ type: "tool_use", id: "t1", name: "answer", input: {} }], "tool_use");
    const responseFormat = { name: "answer", schema: map };
    expect(await answerOf(provider, asking("claude-sonnet-5-5", "x", { responseFormat }))).toMatchObject({
      text: "{}",
    });
  });

  it("goes on with the beginning of an answer, without white space at its end", async () => {
    const { provider, sent } = claude([{ type: "text", text: "\n- two" }]);
    const answered = await answerOf(provider, asking("claude-haiku-4-5", "list", { prefill: "- one\n" }));
    expect(answered.text).toBe("- two");
    expect(sent[0]?.body).toMatchObject({
      messages: [{ role: "user" }, { role: "assistant", content: [{ type: "text", text: "- one" }] }],
    });
  });
});
