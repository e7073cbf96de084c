/** Workers AI beyond text: embeddings, images, JSON, pictures in a conversation, and AI Gateway before it. */
import { describe, expect, it } from "vitest";
import { answerOf, asking, limits } from "../../testing/asking.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { chatAnswer } from "../../testing/recording-fetch.ts";
import { at, textAt } from "../../wire/json.ts";
import { workersAIProvider, type WorkersAI } from "./index.ts";

const transport = { fetch, clock: new ManualClock(), limits };
const { signal } = new AbortController();

/** A binding that answers what it is told, and what it was given. */
function binding(answer: () => unknown): { ai: WorkersAI; given: Parameters<WorkersAI["run"]>[] } {
  const given: Parameters<WorkersAI["run"]>[] = [];
  return {
    given,
    ai: {
      run: (...all) => {
        given.push(all);
        return Promise.resolve(answer());
      },
    },
  };
}

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);

describe("embeddings of Workers AI", () => {
  it("come as a list of vectors", async () => {
    const { ai, given } = binding(() => ({
      shape: [2, 2],
      data: [
        [1, 0],
        [0, 1],
      ],
      pooling: "cls",
    }));
    const provider = workersAIProvider(ai, transport);
    const model = "@cf/baai/bge-base-en-v1.5";
    expect(await provider.embed?.({ model, values: ["a", "b"], signal })).toEqual({
      embeddings: [
        [1, 0],
        [0, 1],
      ],
      inputTokens: 0,
    });
    expect(given).toEqual([[model, { text: ["a", "b"] }]]);
  });

  it("are refused where one is missing", async () => {
    const provider = workersAIProvider(binding(() => ({ data: [[1]] })).ai, transport);
    await expect(provider.embed?.({ model: "m", values: ["a", "b"], signal })).rejects.toMatchObject({
      code: "upstream_failed",
      retryable: true,
    });
  });
});

describe("images of Workers AI", () => {
  const wishes = { prompt: "a cat", width: 640, height: 480, seed: 3, signal };

  it("come as base64 from Flux, which takes nothing but a prompt", async () => {
    const { ai, given } = binding(() => ({ image: "/9j/4AAQ" }));
    const model = "@cf/black-forest-labs/flux-1-schnell";
    const made = await workersAIProvider(ai, transport).image?.({ model, ...wishes });
    expect(made?.mediaType).toBe("image/jpeg");
    expect(given).toEqual([[model, { prompt: "a cat" }]]);
  });

  it("come as bytes from Stable Diffusion, in the size that is asked for", async () => {
    const { ai, given } = binding(() => new Blob([png]).stream());
    const model = "@cf/stabilityai/stable-diffusion-xl-base-1.0";
    const made = await workersAIProvider(ai, transport).image?.({ model, ...wishes });
    expect(made).toMatchObject({ bytes: png, mediaType: "image/png" });
    expect(given).toEqual([[model, { prompt: "a cat", width: 640, height: 480, seed: 3 }]]);
  });

  it("are asked of newer Flux models by a form, which no AI Gateway takes", async () => {
    const { ai, given } = binding(() => ({ image: "iVBORw==" }));
    const model = "@cf/black-forest-labs/flux-2-klein-4b";
    await workersAIProvider(ai, transport, "orrery").image?.({ model, ...wishes });
    expect(given[0]).toHaveLength(2);
    const [, inputs] = given[0] ?? [];
    expect(textAt(at(inputs, "multipart"), "contentType")).toMatch(/^multipart\/form-data; boundary=/);
  });

  it.each([
    ["an empty body", () => new Blob([]).stream()],
    ["an answer without an image", () => ({ result: "?" })],
    ["base64 that is none", () => ({ image: "?" })],
  ])("are refused as unreadable: %s", async (_, answer) => {
    const provider = workersAIProvider(binding(answer).ai, transport);
    await expect(provider.image?.({ model: "m", ...wishes })).rejects.toMatchObject({
      code: "upstream_failed",
      retryable: true,
    });
  });
});

describe("text of Workers AI", () => {
  const ask = async (more: Parameters<typeof asking>[2], model = "@cf/zai-org/glm-4.7-flash") => {
    const { ai, given } = binding(() => ({ response: "ok" }));
    const answered = await answerOf(workersAIProvider(ai, transport), asking(model, "x", more));
    return { ...answered, inputs: given[0]?.[1] };
  };
  const schema = { type: "object", properties: { a: { type: "integer" } } };
  const responseFormat = { name: "answer", schema };

  it("is asked for in JSON as each family of models takes it", async () => {
    expect((await ask({ responseFormat })).inputs).toMatchObject({
      stream: true,
      response_format: { type: "json_schema", json_schema: { name: "answer", schema } },
    });
    // The older JSON mode takes the schema itself, and does not stream.
    expect((await ask({ responseFormat }, "@cf/meta/llama-3.3-70b-instruct-fp8-fast")).inputs).toMatchObject({
      stream: false,
      response_format: { type: "json_schema", json_schema: schema },
    });
    const told = await ask({ responseFormat }, "@cf/mistralai/mistral-small-3.1-24b-instruct");
    expect(told.inputs).not.toHaveProperty("response_format");
    expect(JSON.stringify(told.inputs)).toContain("follows this JSON Schema");
  });

  it("is about pictures that come along, and not about addresses or files", async () => {
    const about = (part: { type: "file"; data: string; mediaType: string }) =>
      ask({ messages: [{ role: "user", content: [part] }] });
    const picture = await about({ type: "file", data: "iVBORw==", mediaType: "image/png" });
    expect(picture.inputs).toMatchObject({
      messages: [{ content: [{ type: "image_url", image_url: { url: "data:image/png;base64,iVBORw==" } }] }],
    });
    for (const data of ["https://example.com/a.png", "JVBERg=="]) {
      const mediaType = data.startsWith("https") ? "image/png" : "application/pdf";
      expect((await about({ type: "file", data, mediaType })).error).toMatchObject({
        code: "invalid_request",
      });
    }
  });

  it("has an empty text where an assistant only called tools", async () => {
    const { inputs } = await ask({
      messages: [
        { role: "user", content: "x" },
        { role: "assistant", content: [{ type: "tool-call", toolCallId: "1", toolName: "f", input: {} }] },
      ],
    });
    expect(inputs).toMatchObject({ messages: [{}, { role: "assistant", content: "" }] });
  });

  it("does not go on from a beginning", async () => {
    expect((await ask({ prefill: "Once" })).error).toMatchObject({ code: "invalid_request" });
  });
});

describe("Workers AI behind AI Gateway", () => {
  const logged = { "cf-aig-log-id": "01LOG", "cf-aig-cache-status": "MISS" };

  it("names the gateway, and passes on the name of its log", async () => {
    const { ai, given } = binding(() => chatAnswer("hi", logged));
    const provider = workersAIProvider(ai, transport, "orrery");
    const answered = await answerOf(provider, asking("m", "x", { noCache: true }));
    expect(answered).toMatchObject({ error: undefined, text: "hi" });
    expect(answered.events[0]).toEqual({ type: "log", gatewayLogId: "01LOG", gatewayCached: false });
    expect(given[0]?.[2]).toEqual({ returnRawResponse: true, gateway: { id: "orrery", skipCache: true } });
  });

  it("reads whole answers, embeddings and images from responses", async () => {
    const whole = binding(() => Response.json({ response: "hi" }, { headers: logged }));
    expect(await answerOf(workersAIProvider(whole.ai, transport, "g"), asking("m", "x"))).toMatchObject({
      text: "hi",
    });
    const vectors = binding(() => Response.json({ data: [[1]] }, { headers: logged }));
    const embedder = workersAIProvider(vectors.ai, transport, "g");
    expect(await embedder.embed?.({ model: "m", values: ["a"], signal })).toMatchObject({
      embeddings: [[1]],
      gatewayLogId: "01LOG",
    });
    const picture = binding(() => new Response(png, { headers: { ...logged, "content-type": "image/png" } }));
    const painter = workersAIProvider(picture.ai, transport, "g");
    expect(await painter.image?.({ model: "m", prompt: "x", signal })).toMatchObject({
      bytes: png,
      gatewayLogId: "01LOG",
    });
  });

  it.each([
    [{ internalCode: 3040, description: "Capacity temporarily exceeded" }, 429, "rate_limited", true],
    [{ errors: [{ code: 5007, message: "No such model" }] }, 400, "upstream_failed", false],
    [{ success: false, error: [{ code: 2001, message: "no gateway" }] }, 404, "upstream_failed", false],
    [{}, 500, "upstream_failed", true],
  ])("knows what the failure %j means", async (body, status, code, retryable) => {
    const { ai } = binding(() => Response.json(body, { status }));
    const answered = await answerOf(workersAIProvider(ai, transport, "g"), asking("m", "x"));
    expect(answered.error).toMatchObject({ code, retryable });
  });
});
