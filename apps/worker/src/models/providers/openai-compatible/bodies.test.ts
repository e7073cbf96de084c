/** What goes over the chat-completions wire, beyond the conversation. */
import { describe, expect, it } from "vitest";
import { answerOf, asking, limits } from "../../testing/asking.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { chatAnswer, recordingFetch } from "../../testing/recording-fetch.ts";
import { openaiProvider } from "../openai/index.ts";
import { chatProvider } from "./index.ts";

function lab(answer: () => Response = () => chatAnswer("hi")) {
  const upstream = recordingFetch(answer);
  const transport = { fetch: upstream.fetch, clock: new ManualClock(), limits };
  return {
    ...upstream,
    lab: chatProvider(
      { name: "lab", baseUrl: "http://lab/v1/", apiKey: undefined, keyVariable: "K" },
      transport,
    ),
    openai: openaiProvider({ apiKey: "k", baseUrl: undefined }, transport),
  };
}
const { signal } = new AbortController();
const schema = { type: "object", properties: {}, required: [], additionalProperties: false };

describe("a request on the chat-completions wire", () => {
  it("goes on with the beginning of an answer, and leaves it out of the rest", async () => {
    const { lab: provider, sent } = lab(() => chatAnswer("Once upon a time, in Oslo, there was a cat."));
    const prefill = "Once upon a time, in Oslo,";
    expect(await answerOf(provider, asking("m", "tell", { prefill }))).toMatchObject({
      text: " there was a cat.",
    });
    expect(sent[0]?.body).toMatchObject({
      messages: [
        { role: "user", content: "tell" },
        { role: "assistant", content: prefill },
      ],
      add_generation_prompt: false,
      continue_final_message: true,
    });
  });

  it("is not sent to OpenAI with the beginning of an answer", async () => {
    const { openai, sent } = lab();
    const { error } = await answerOf(openai, asking("gpt-4o", "tell", { prefill: "Once" }));
    expect(error).toMatchObject({ code: "invalid_request", retryable: false });
    expect(sent).toHaveLength(0);
  });

  it("asks for JSON by a schema, strictly where that is possible", async () => {
    const { openai, sent } = lab();
    const format = (strict: Record<string, unknown>) =>
      answerOf(openai, asking("gpt-4o", "x", { responseFormat: { name: "n", schema: strict } }));
    await format(schema);
    await format({ type: "object" });
    expect(sent.map(({ body }) => body)).toMatchObject([
      { response_format: { type: "json_schema", json_schema: { name: "n", schema, strict: true } } },
      { response_format: { json_schema: { schema: { type: "object" }, strict: false } } },
    ]);
  });

  it("passes a provider's own options on", async () => {
    const { lab: provider, sent } = lab();
    const providerOptions = { temperature: 0, top_k: 3 };
    await answerOf(provider, asking("m", "x", { providerOptions }));
    expect(sent[0]?.body).toMatchObject({ temperature: 0, top_k: 3, max_tokens: 256 });
  });

  it.each(["models", "max_tokens", "max_completion_tokens", "n", "service_tier"])(
    "sends nothing with an option that could change what is asked of whom, or its price: %s",
    async (name) => {
      const { lab: provider, sent } = lab();
      const { error } = await answerOf(provider, asking("m", "x", { providerOptions: { [name]: 9 } }));
      expect(error).toMatchObject({ code: "invalid_request", retryable: false });
      expect(String(error)).toContain(name);
      expect(sent).toEqual([]);
    },
  );

  it.each([
    [{}, undefined],
    [{ width: 300, height: 300 }, "1024x1024"],
    [{ width: 1920, height: 1080 }, "1536x1024"],
    [{ width: 400, height: 900 }, "1024x1536"],
    [{ width: 640 }, "1024x1024"],
  ])("asks OpenAI for the nearest size to %j", async (wanted, size) => {
    const { openai, sent } = lab(() =>
      Response.json({ data: [{ b64_json: "/9j/4AAQ" }], usage: { input_tokens: 7, output_tokens: 1056 } }),
    );
    const made = await openai.image?.({ model: "gpt-image-1.5", prompt: "a cat", signal, ...wanted });
    expect(sent[0]?.body).toEqual({ model: "gpt-image-1.5", prompt: "a cat", n: 1, ...(size && { size }) });
    expect(made).toMatchObject({ mediaType: "image/jpeg", inputTokens: 7, outputTokens: 1056 });
  });

  it("asks other servers for base64, the exact size, and the seed", async () => {
    const { lab: provider, sent } = lab(() => Response.json({ data: [{ url: "http://lab/a.png" }] }));
    await expect(
      provider.image?.({ model: "sd", prompt: "a cat", signal, width: 300, height: 200, seed: 4 }),
    ).rejects.toThrow(/an address instead of an image/);
    expect(sent[0]?.body).toMatchObject({ response_format: "b64_json", size: "300x200", seed: 4 });
  });

  it("puts embeddings into the order that they say", async () => {
    const data = [
      { index: 1, embedding: [2] },
      { index: 0, embedding: [1] },
    ];
    const { lab: provider } = lab(() => Response.json({ data, usage: { prompt_tokens: 6 } }));
    expect(await provider.embed?.({ model: "m", values: ["a", "b"], signal })).toEqual({
      embeddings: [[1], [2]],
      inputTokens: 6,
    });
  });

  it.each([
    ["too few embeddings", { data: [{ embedding: [1] }] }],
    ["embeddings of different lengths", { data: [{ embedding: [1] }, { embedding: [1, 2] }] }],
    ["embeddings that are none", { data: [{ embedding: [1] }, { embedding: ["x"] }] }],
    ["nothing of the kind", {}],
  ])("does not take %s for an answer", async (_, answer) => {
    const { lab: provider } = lab(() => Response.json(answer));
    await expect(provider.embed?.({ model: "m", values: ["a", "b"], signal })).rejects.toMatchObject({
      code: "upstream_failed",
      retryable: true,
    });
  });
});
