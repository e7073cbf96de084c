import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modelServer, sharedWorker } from "./running-ai.ts";
import type { AskedWorker } from "./running-ai.ts";

const providers = ["workers-ai-provider", "agents"];

/** The older form of answers, and the newer one. */
const models = ["@cf/meta/llama-3.3-70b-instruct-fp8-fast", "@cf/zai-org/glm-4.7-flash"];

const all = providers.flatMap((provider) => models.map((model) => [provider, model] as const));

describe("the AI SDK's providers for Cloudflare, on the offline models", () => {
  let worker: AskedWorker;
  beforeAll(async () => {
    worker = await sharedWorker({}, "sdks");
  });

  const prompt = "The library opens at nine. Dogs may not come in.\nWhen does the library open?";

  it.each(all)("%s chats with %s", async (provider, model) => {
    const answer = await worker.ask(`/${provider}/chat`, { model, prompt });
    expect(answer).toMatchObject({
      text: expect.stringContaining("- The library opens at nine.") as string,
      finishReason: "stop",
      usage: { inputTokens: expect.any(Number) as number, outputTokens: expect.any(Number) as number },
    });
  });

  it.each(all)("%s streams from %s", async (provider, model) => {
    const { pieces, ...rest } = await worker.ask<{ pieces: string[] }>(`/${provider}/stream`, {
      model,
      prompt,
    });
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join("")).toContain("- The library opens at nine.");
    expect(rest).toMatchObject({
      finishReason: "stop",
      usage: { outputTokens: expect.any(Number) as number },
    });
  });

  it.each(
    all.flatMap(([provider, model]) =>
      ["tools", "stream-tools"].map((task) => [provider, task, model] as const),
    ),
  )("%s calls a tool and goes on with its result (%s, %s)", async (provider, task, model) => {
    const answer = await worker.ask(`/${provider}/${task}`, {
      model,
      prompt: "What is the weather in Lisbon?",
    });
    expect(answer).toMatchObject({
      calls: [{ toolName: "weather", input: { city: "Lisbon" } }],
      text: expect.stringContaining("Sunny in Lisbon, 21 degrees.") as string,
    });
  });

  it.each(all)("%s gets an object of the schema from %s", async (provider, model) => {
    const answer = await worker.ask(`/${provider}/object`, {
      model,
      prompt: "Customer: Ada Lovelace, total: 19.5",
    });
    expect(answer).toEqual({ customer: "Ada Lovelace", total: 19.5 });
  });

  it.each(providers)("%s embeds", async (provider) => {
    const answer = await worker.ask<{ dimensions: number; same: number; other: number }>(
      `/${provider}/embed`,
      {
        model: "@cf/baai/bge-base-en-v1.5",
        prompt: "a sunny harbour",
      },
    );
    expect(answer.dimensions).toBe(768);
    expect(answer.same).toBeCloseTo(1);
    expect(answer.other).toBeLessThan(0.5);
  });

  it.each(providers)("%s draws", async (provider) => {
    for (const model of ["@cf/black-forest-labs/flux-1-schnell", "@cf/lykon/dreamshaper-8-lcm"]) {
      expect(await worker.ask(`/${provider}/image`, { model, prompt: "a lizard" })).toEqual({
        mediaType: "image/png",
        head: [0x89, 0x50, 0x4e, 0x47],
      });
    }
  });

  it.each(providers)(
    "%s names an unknown model as Cloudflare does, and does not ask again",
    async (provider) => {
      expect(await worker.ask(`/${provider}/chat`, { model: "@cf/no/model", prompt: "Hi" })).toMatchObject({
        error: {
          message: expect.stringContaining("No such model @cf/no/model or task") as string,
          statusCode: 400,
          isRetryable: false,
        },
      });
    },
  );
});

describe("the AI SDK's providers for Cloudflare, on a model server of the machine", () => {
  let worker: AskedWorker;
  let server: Awaited<ReturnType<typeof modelServer>>;
  beforeAll(async () => {
    server = await modelServer();
    server.mock
      .on({ userMessage: "weather", hasToolResult: true }, { content: "Take a hat to Lisbon." })
      .on(
        { userMessage: "weather", hasToolResult: false },
        { toolCalls: [{ name: "weather", arguments: JSON.stringify({ city: "Lisbon" }) }] },
      )
      .onMessage("sing", { content: "La la la, and so on until the end." })
      .onMessage("order", { content: JSON.stringify({ customer: "Ada", total: 3 }) })
      .onEmbedding(/.*/, { embedding: Array.from({ length: 1_024 }, (_, at) => (at === 0 ? 1 : 0)) });
    const models = ["llama3.3:70b", "bge-m3"];
    const providers = { openai: { baseUrl: server.baseUrl, apiKey: "stored" } };
    worker = await sharedWorker(
      { servers: [{ name: "ollama", baseUrl: server.baseUrl, models }], providers },
      "sdks",
    );
  });
  afterAll(() => server.end());

  it.each(all)("%s chats with %s", async (provider, model) => {
    expect(await worker.ask(`/${provider}/chat`, { model, prompt: "Please sing" })).toMatchObject({
      text: "La la la, and so on until the end.",
      finishReason: "stop",
    });
  });

  it.each(all)("%s streams from %s, piece by piece", async (provider, model) => {
    const { pieces } = await worker.ask<{ pieces: string[] }>(`/${provider}/stream`, {
      model,
      prompt: "Please sing",
    });
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join("")).toBe("La la la, and so on until the end.");
  });

  it.each(
    all.flatMap(([provider, model]) =>
      ["tools", "stream-tools"].map((task) => [provider, task, model] as const),
    ),
  )("%s calls a tool and goes on with its result (%s, %s)", async (provider, task, model) => {
    const answer = await worker.ask(`/${provider}/${task}`, {
      model,
      prompt: "How is the weather in Lisbon?",
    });
    expect(answer).toMatchObject({
      calls: [{ toolName: "weather", input: { city: "Lisbon" } }],
      text: "Take a hat to Lisbon.",
    });
  });

  it.each(all)("%s gets an object of the schema from %s", async (provider, model) => {
    const answer = await worker.ask(`/${provider}/object`, { model, prompt: "The order of Ada" });
    expect(answer).toEqual({ customer: "Ada", total: 3 });
  });

  it.each(["openai/gpt-5.5", "vendor:gpt-5.5"])(
    "agents reaches a provider behind the gateway (%s)",
    async (model) => {
      expect(await worker.ask("/agents/chat", { model, prompt: "Please sing" })).toMatchObject({
        text: "La la la, and so on until the end.",
      });
      const request = server.mock.getLastRequest();
      expect(request?.body).toMatchObject({ model: "gpt-5.5" });
      const headers = new Headers(request?.headers);
      expect(headers.has("authorization")).toBe(true);
      expect([...headers.keys()].filter((name) => name.startsWith("cf-"))).toEqual([]);
    },
  );

  it.each(providers)("%s embeds with the server's own weights", async (provider) => {
    const asked = { model: "@cf/baai/bge-m3", prompt: "a sunny harbour" };
    expect(await worker.ask(`/${provider}/embed`, asked)).toEqual({ dimensions: 1_024, same: 1, other: 1 });
  });
});
