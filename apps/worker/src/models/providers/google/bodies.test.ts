/** What goes over Gemini's wire, beyond the conversation. */
import { describe, expect, it } from "vitest";
import { answerOf, asking, limits, weather } from "../../testing/asking.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { recordingFetch } from "../../testing/recording-fetch.ts";
import { googleProvider } from "./index.ts";

function gemini(answer: object) {
  const upstream = recordingFetch(() => Response.json(answer));
  const transport = { fetch: upstream.fetch, clock: new ManualClock(), limits };
  return { ...upstream, provider: googleProvider({ apiKey: "k", baseUrl: undefined }, transport) };
}
const saying = (text: string) => ({ candidates: [{ content: { parts: [{ text }] }, finishReason: "STOP" }] });
const { signal } = new AbortController();
const responseFormat = { name: "answer", schema: { type: "object", properties: { a: { type: "integer" } } } };

describe("a request to Gemini", () => {
  it("asks for JSON by its schema", async () => {
    const { provider, sent } = gemini(saying("{}"));
    await answerOf(provider, asking("gemini-2.5-flash", "x", { responseFormat }));
    expect(sent[0]?.body).toMatchObject({
      generationConfig: { responseMimeType: "application/json", responseJsonSchema: responseFormat.schema },
    });
  });

  it("asks models that refuse tools and JSON together in words", async () => {
    const { provider, sent } = gemini(saying("{}"));
    const both = { responseFormat, tools: [weather] };
    await answerOf(provider, asking("gemini-2.5-flash", "x", { ...both, system: "Be brief." }));
    await answerOf(provider, asking("gemini-3.5-flash", "x", both));
    expect(JSON.stringify(sent[0]?.body)).toMatch(/Be brief\.\\n\\nAnswer with nothing but one JSON value/);
    expect(sent[0]?.body).not.toHaveProperty("generationConfig.responseMimeType");
    expect(sent[1]?.body).toHaveProperty("generationConfig.responseMimeType", "application/json");
  });

  it("takes options beside what is asked already, and none that lets it write more", async () => {
    const { provider, sent } = gemini(saying("hi"));
    const thinkingConfig = { thinkingBudget: 0 };
    const dear = { thinkingConfig, maxOutputTokens: 9999, candidateCount: 8 };
    const { error } = await answerOf(
      provider,
      asking("m", "x", { providerOptions: { generationConfig: dear } }),
    );
    expect(String(error)).toContain("generationConfig.maxOutputTokens, generationConfig.candidateCount");
    expect(sent).toEqual([]);
    const generationConfig = { thinkingConfig };
    await answerOf(provider, asking("m", "x", { providerOptions: { generationConfig } }));
    expect(sent[0]?.body).toMatchObject({
      generationConfig: { maxOutputTokens: 256, temperature: 0.5, thinkingConfig: { thinkingBudget: 0 } },
    });
  });

  it("goes on with the beginning of an answer", async () => {
    const { provider, sent } = gemini(saying(" and two"));
    expect(await answerOf(provider, asking("m", "count", { prefill: "one" }))).toMatchObject({
      text: " and two",
    });
    expect(sent[0]?.body).toMatchObject({
      contents: [{ role: "user" }, { role: "model", parts: [{ text: "one" }] }],
    });
  });

  it("leaves the type of a picture open where its address does not show it", async () => {
    const { provider, sent } = gemini(saying("I see."));
    const image = (address: string) => ({ type: "image" as const, image: address });
    const content = [image("https://example.com/a"), image("https://example.com/b.webp")];
    await answerOf(provider, asking("m", "", { messages: [{ role: "user", content }] }));
    expect(sent[0]?.body).toMatchObject({
      contents: [
        {
          parts: [
            { fileData: { fileUri: "https://example.com/a" } },
            { fileData: { fileUri: "https://example.com/b.webp", mimeType: "image/webp" } },
          ],
        },
      ],
    });
  });

  it("embeds many texts in one call, each as a request of its own", async () => {
    const { provider, sent } = gemini({ embeddings: [{ values: [1] }, { values: [2] }] });
    expect(await provider.embed?.({ model: "gemini-embedding-001", values: ["a", "b"], signal })).toEqual({
      embeddings: [[1], [2]],
      inputTokens: 0,
    });
    expect(sent[0]?.url).toContain("/models/gemini-embedding-001:batchEmbedContents");
    expect(sent[0]?.body).toMatchObject({
      requests: [
        { model: "models/gemini-embedding-001", content: { parts: [{ text: "a" }] } },
        { content: { parts: [{ text: "b" }] } },
      ],
    });
  });

  it("asks for a picture in the nearest shape, and reads the last version of it", async () => {
    const part = (data: string, thought = false) => ({
      inlineData: { mimeType: "image/png", data },
      thought,
    });
    const { provider, sent } = gemini({
      candidates: [{ content: { parts: [part("AAAA", true), { text: "Here." }, part("iVBORw==")] } }],
      usageMetadata: { promptTokenCount: 4, candidatesTokenCount: 1290 },
    });
    const made = await provider.image?.({
      model: "m",
      prompt: "a cat",
      width: 1280,
      height: 720,
      seed: 3,
      signal,
    });
    expect(sent[0]?.body).toMatchObject({
      generationConfig: { responseModalities: ["IMAGE"], imageConfig: { aspectRatio: "16:9" }, seed: 3 },
    });
    expect(made).toEqual({
      bytes: new Uint8Array([0x89, 0x50, 0x4e, 0x47]),
      mediaType: "image/png",
      inputTokens: 4,
      outputTokens: 1290,
    });
  });

  it("says why there is no picture", async () => {
    const { provider } = gemini({ candidates: [{ finishReason: "IMAGE_SAFETY" }] });
    await expect(provider.image?.({ model: "m", prompt: "x", signal })).rejects.toMatchObject({
      message: "google made no image: IMAGE_SAFETY",
      retryable: false,
    });
  });
});
