import { describe, expect, it, onTestFinished } from "vitest";
import { modelServer, serverThat, workerWith } from "./running-ai.ts";
import type { AskedWorker } from "./running-ai.ts";

const llama = "@cf/meta/llama-3.1-8b-instruct";

interface Ran {
  answer: Record<string, unknown>;
  error?: { name: string; message: string };
}

const run = (worker: AskedWorker, model: string, inputs: object, options?: object): Promise<Ran> =>
  worker.ask<Ran>("/run", { model, inputs, options });

const servers = (baseUrl: string, ...models: string[]) => [{ name: "ollama", baseUrl, models }];

async function aimock() {
  const server = await modelServer();
  onTestFinished(() => server.end());
  return server;
}

describe("a model server of the machine", () => {
  it("answers in Workers AI's form, and the answer says whose it is", async () => {
    const { mock, baseUrl } = await aimock();
    mock.onMessage("hello", { content: "Hi there" });
    const worker = await workerWith({ servers: servers(baseUrl, "llama3.1:8b") });
    const { answer } = await run(worker, llama, { prompt: "hello", temperature: 0.2, max_tokens: 9 });
    expect(answer).toMatchObject({ response: "Hi there", served_by: "ollama/llama3.1:8b" });
    expect(answer).not.toHaveProperty("offline");
    expect(mock.getLastRequest()?.body).toMatchObject({
      model: "llama3.1:8b",
      temperature: 0.2,
      max_tokens: 9,
      stream: true,
    });
    const raw = await run(worker, llama, { prompt: "hello" }, { returnRawResponse: true });
    expect(raw.answer).toMatchObject({ headers: { "local-ai-served-by": "ollama/llama3.1:8b" } });
  });

  it("may send calls whole, all with index 0, and their arguments as objects", async () => {
    const toolCalls = ["oslo", "rome"].map((city) => ({
      index: 0,
      id: city,
      function: { name: "weather", arguments: { city } },
    }));
    const chunks = [{ delta: { tool_calls: toolCalls } }, { delta: {}, finish_reason: "stop" }];
    const baseUrl = `${await serverThat((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(chunks.map((choice) => `data: ${JSON.stringify({ choices: [choice] })}\n\n`).join(""));
    })}/v1`;
    const worker = await workerWith({ servers: servers(baseUrl, "llama3.1:8b") });
    const { answer } = await run(worker, llama, { prompt: "x" });
    expect(answer["tool_calls"]).toMatchObject([
      { name: "weather", arguments: { city: "oslo" } },
      { name: "weather", arguments: { city: "rome" } },
    ]);
  });

  it("is asked for the nearest model by name, never for one that does not chat", async () => {
    const { mock, baseUrl } = await aimock();
    mock.onMessage(/.*/, { content: "ok" });
    const models = ["nomic-embed-text", "mistral:7b", "llama3.1:8b", "qwen2.5-coder:32b"];
    const worker = await workerWith({ servers: servers(baseUrl, ...models) });
    for (const [model, id] of [
      [llama, "llama3.1:8b"],
      ["@cf/qwen/qwen2.5-coder-32b-instruct", "qwen2.5-coder:32b"],
      ["@cf/mistral/mistral-7b-instruct-v0.1", "mistral:7b"],
    ] as const) {
      expect((await run(worker, model, { prompt: "x" })).answer["served_by"]).toBe(`ollama/${id}`);
    }
  });

  it("is asked for the model that the configuration names", async () => {
    const { mock, baseUrl } = await aimock();
    mock.onMessage(/.*/, { content: "ok" });
    const worker = await workerWith({
      servers: [...servers(baseUrl, "a", "b"), { name: "vllm", baseUrl, models: ["c"] }],
      models: { [llama]: "vllm/c", "@cf/new/model": "b", "*": "a" },
    });
    expect((await run(worker, llama, { prompt: "x" })).answer["served_by"]).toBe("vllm/c");
    expect((await run(worker, "@cf/new/model", { prompt: "x" })).answer).toMatchObject({
      choices: [{}],
      served_by: "ollama/b",
    });
    expect((await run(worker, "@cf/qwen/qwq-32b", { prompt: "x" })).answer["served_by"]).toBe("ollama/a");
  });

  it("embeds only with the very same weights: others would not fit what is stored", async () => {
    const { mock, baseUrl } = await aimock();
    mock.onEmbedding(/.*/, { embedding: Array.from({ length: 1_024 }, () => 0.03125) });
    const worker = await workerWith({ servers: servers(baseUrl, "bge-m3:latest", "nomic-embed-text") });
    expect((await run(worker, "@cf/baai/bge-m3", { text: "x" })).answer).toMatchObject({
      shape: [1, 1_024],
      served_by: "ollama/bge-m3:latest",
    });
    expect((await run(worker, "@cf/baai/bge-base-en-v1.5", { text: "x" })).answer).toMatchObject({
      offline: true,
    });
  });
});

describe("a model server that fails", () => {
  const failing = async (answers: Parameters<typeof serverThat>[0]) => {
    const baseUrl = `${await serverThat(answers)}/v1`;
    return workerWith({ servers: servers(baseUrl, "llama3.1:8b") });
  };

  it.each([
    [400, "5006: Error: ollama says: broken"],
    [404, "5007: No such model llama3.1:8b or task: ollama says: broken"],
    [413, "3006: Request is too large"],
    [429, "3040: Out of capacity: ollama says: broken"],
    [500, "3043: Internal server error: ollama answers 500: broken"],
    [504, "3007: Request timeout"],
  ])("with %i becomes Workers AI's error", async (status, message) => {
    const worker = await failing((_, response) => void response.writeHead(status).end("broken"));
    expect((await run(worker, llama, { prompt: "x" })).error).toEqual({ name: "AiError", message });
  });

  it("is never answered for by the offline model", async () => {
    const worker = await workerWith({ servers: servers("http://127.0.0.1:9/v1", "llama3.1:8b") });
    expect((await run(worker, llama, { prompt: "x" })).error?.message).toBe(
      "3040: Out of capacity: the model server ollama does not answer",
    );
  });

  const event = (chunk: object): string => `data: ${JSON.stringify(chunk)}\n\n`;
  const piece = (content: string) => event({ choices: [{ delta: { content } }] });

  it.each([
    ["is cut", piece("Once upon"), "the answer of ollama ended in the middle"],
    ["is no JSON", "data: {nope\n\n", "ollama sent what is not JSON"],
    ["is of another protocol", event({ choices: "none" }), "ollama does not speak the protocol"],
    ["tells an error", event({ error: { message: "out of memory" } }), "out of memory"],
  ])("by a stream that %s is an error, and not a short answer", async (_, body, words) => {
    const worker = await failing(
      (_, response) => void response.writeHead(200, { "content-type": "text/event-stream" }).end(body),
    );
    const { error } = await run(worker, llama, { prompt: "x" });
    expect(error?.message).toMatch(/^3043: Internal server error/);
    expect(error?.message).toContain(words);
  });

  it("while it streams breaks the stream, without [DONE]", async () => {
    const worker = await failing(
      (_, response) =>
        void response.writeHead(200, { "content-type": "text/event-stream" }).end(piece("Once upon")),
    );
    const { error } = await run(worker, llama, { prompt: "x", stream: true });
    expect(error).toBeDefined();
  });

  it.each([
    ["the stream is cancelled", "/abort", { stream: true }],
    ["the signal aborts", "/abort-signal", {}],
  ])("is let go when %s", async (_, path, more) => {
    const { promise: gone, resolve } = Promise.withResolvers<boolean>();
    const worker = await failing((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(piece("Once upon a time"));
      response.on("close", () => resolve(true));
    });
    const answer = await worker.ask<object>(path, { model: llama, inputs: { prompt: "x", ...more } });
    expect(JSON.stringify(answer)).toMatch(/Once upon a time|AbortError/);
    await expect(gone).resolves.toBe(true);
  });
});
