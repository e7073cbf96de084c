import { beforeAll, describe, expect, it } from "vitest";
import { sharedWorker, workerWith } from "./running-ai.ts";
import type { AskedWorker } from "./running-ai.ts";

let worker: AskedWorker;
beforeAll(async () => {
  worker = await sharedWorker();
});

const llama = "@cf/meta/llama-3.1-8b-instruct";
const glm = "@cf/zai-org/glm-4.7-flash";

interface Ran {
  answer: Record<string, unknown>;
  logId: string | null;
  error?: { name: string; message: string };
}

const run = (model: string, inputs: object, options?: object): Promise<Ran> =>
  worker.ask<Ran>("/run", { model, inputs, options });

const dataOf = (stream: string): unknown[] =>
  stream
    .split("\n\n")
    .filter((event) => event.startsWith("data: ") && event !== "data: [DONE]")
    .map((event) => JSON.parse(event.slice("data: ".length)) as unknown);

describe("the binding", () => {
  it("has every member of `Ai`, `AiGateway` and `ToMarkdownService`", async () => {
    const { wanted, found } = await worker.ask<{ wanted: object; found: object }>("/members");
    expect(found).toEqual(wanted);
  });

  it("gives each overload of `run` what its type says", async () => {
    expect(await worker.ask("/typed")).toEqual({
      text: "string",
      usage: "number",
      raw: "application/json",
      chat: "string",
      shape: [2, 384],
      image: "iVBORw0K",
      labels: ["NEGATIVE", "POSITIVE"],
    });
  });

  it("says in words that AI Search and web search are not here", async () => {
    const answer = await worker.ask<Record<string, string>>("/unsupported");
    expect(answer["search"]).toContain("AI Search has no local form");
    expect(answer["rag"]).toBe(
      "AutoRAGInternalError: AI Search has no local form: it needs Cloudflare's indexes",
    );
    expect(answer["web"]).toContain("Web search has no local form");
  });
});

describe("text generation, offline", () => {
  const given = "The office is in Bern. Parking costs 5 francs a day.\nHow much does parking cost?";

  it("quotes what answers the question, and says that it is offline", async () => {
    const { answer } = await run(llama, { messages: [{ role: "user", content: given }] });
    expect(answer).toMatchObject({
      response: expect.stringMatching(
        /^Offline, without a language model.*\n- Parking costs 5 francs a day\.$/s,
      ) as string,
      served_by: "offline",
      offline: true,
      usage: { prompt_tokens: expect.any(Number) as number, total_tokens: expect.any(Number) as number },
    });
  });

  it("says that nothing answers, where nothing does", async () => {
    const { answer } = await run(llama, { prompt: "Who wrote Middlemarch?" });
    expect(answer["response"]).toContain('nothing there answers "Who wrote Middlemarch?"');
  });

  it("answers newer models' requests in chat completions", async () => {
    const { answer } = await run(glm, { messages: [{ role: "user", content: given }] });
    expect(answer).toMatchObject({
      object: "chat.completion",
      model: glm,
      choices: [
        {
          message: { role: "assistant", content: expect.stringContaining("5 francs") as string },
          finish_reason: "stop",
        },
      ],
      offline: true,
    });
  });

  it("streams server-sent events that end with the usage and [DONE]", async () => {
    const { answer } = await run(llama, { prompt: given, stream: true });
    const stream = String(answer["stream"]);
    expect(stream.endsWith("data: [DONE]\n\n")).toBe(true);
    const chunks = dataOf(stream) as { response: string }[];
    expect(chunks.map(({ response }) => response).join("")).toContain("- Parking costs 5 francs a day.");
    expect(chunks.at(-1)).toMatchObject({ response: "", usage: { prompt_tokens: 20 }, offline: true });
  });

  it("stops at `max_tokens`, and says so", async () => {
    const { answer } = await run(glm, { prompt: given, max_tokens: 3 });
    expect(answer).toMatchObject({
      choices: [{ message: { content: "Offline, wit" }, finish_reason: "length" }],
    });
  });

  const tool = (name: string, description: string, properties: object, required: string[]) => ({
    type: "function",
    function: { name, description, parameters: { type: "object", properties, required } },
  });
  const weather = tool("get_weather", "The weather of a city", { city: { type: "string" } }, ["city"]);
  const order = tool(
    "order_pizza",
    "Orders pizzas",
    { count: { type: "integer" }, kind: { enum: ["margherita", "funghi"] } },
    ["count", "kind"],
  );
  const user = (content: string) => ({ role: "user", content });

  it.each([
    [
      "the tool whose words the prompt has",
      "What is the weather in Oslo?",
      "auto",
      { name: "get_weather", arguments: { city: "Oslo" } },
    ],
    [
      "the tool that is named",
      "Use order_pizza: 3 funghi",
      "auto",
      { name: "order_pizza", arguments: { count: 3, kind: "funghi" } },
    ],
    [
      "the tool that is forced",
      "Surprise me",
      { type: "function", function: { name: "order_pizza" } },
      { name: "order_pizza", arguments: { count: 0, kind: "margherita" } },
    ],
  ])("calls %s", async (_, prompt, tool_choice, call) => {
    const { answer } = await run(llama, { messages: [user(prompt)], tools: [weather, order], tool_choice });
    expect(answer).toMatchObject({ response: null, tool_calls: [call] });
  });

  it("takes tools without the wrapping, as older code gives them", async () => {
    const { answer } = await run(llama, {
      messages: [user("The weather in Rome?")],
      tools: [weather.function],
    });
    expect(answer["tool_calls"]).toEqual([{ name: "get_weather", arguments: { city: "Rome" } }]);
  });

  it.each([
    ["no tool has words in common", "Sing a song", "auto"],
    ["two tools fit alike", "Weather for pizzas", "auto"],
    ["what a tool needs is not said", "How is the weather?", "auto"],
    ["the caller forbids it", "What is the weather in Oslo?", "none"],
  ])("calls nothing where %s", async (_, prompt, tool_choice) => {
    const { answer } = await run(llama, { messages: [user(prompt)], tools: [weather, order], tool_choice });
    expect(answer["tool_calls"]).toEqual([]);
  });

  it("goes on with a tool's result", async () => {
    const call = {
      id: "c1",
      type: "function",
      function: { name: "get_weather", arguments: '{"city":"Oslo"}' },
    };
    const { answer } = await run(llama, {
      messages: [
        user("What is the weather in Oslo?"),
        { role: "assistant", content: "", tool_calls: [call] },
        { role: "tool", tool_call_id: "c1", content: "Rain, 4 degrees" },
      ],
      tools: [weather],
    });
    expect(answer["response"]).toBe("get_weather answered: Rain, 4 degrees");
  });

  const schema = {
    type: "object",
    properties: {
      name: { type: "string" },
      age: { type: "integer" },
      tags: { type: "array", items: { type: "string" } },
    },
    required: ["name", "age"],
  };

  it.each([
    ["bare", schema],
    ["in OpenAI's envelope", { name: "person", schema }],
  ])("fills a JSON schema with what the text holds (%s)", async (_, json_schema) => {
    const { answer } = await run(llama, {
      messages: [user("Name: Mia Wong, age: 41, tags: sailing, chess")],
      response_format: { type: "json_schema", json_schema },
    });
    expect(answer["response"]).toMatchObject({ name: "Mia Wong", age: 41 });
  });

  it("gives JSON as text to newer models' callers, and to those who stream", async () => {
    const inputs = {
      messages: [user("Name: Mia, age: 41")],
      response_format: { type: "json_schema", json_schema: schema },
    };
    const { answer } = await run(glm, inputs);
    expect(answer).toMatchObject({ choices: [{ message: { content: '{"name":"Mia","age":41}' } }] });
    const streamed = await run(llama, { ...inputs, stream: true });
    const chunks = dataOf(String(streamed.answer["stream"])) as { response: string }[];
    expect(chunks.map(({ response }) => response).join("")).toBe('{"name":"Mia","age":41}');
  });
});

describe("the other tasks, offline", () => {
  it.each([
    ["@cf/baai/bge-small-en-v1.5", 384],
    ["@cf/baai/bge-base-en-v1.5", 768],
    ["@cf/baai/bge-large-en-v1.5", 1_024],
    ["@cf/baai/bge-m3", 1_024],
    ["@cf/google/embeddinggemma-300m", 768],
  ])("embeds with %s in %i dimensions", async (model, dimensions) => {
    const { answer } = await run(model, { text: ["a red boat", "a red boat"], pooling: "cls" });
    const data = answer["data"] as number[][];
    expect(answer).toMatchObject({ shape: [2, dimensions], pooling: "cls", offline: true });
    expect(data[0]).toHaveLength(dimensions);
    expect(data[0]).toEqual(data[1]);
    expect(Math.hypot(...(data[0] ?? []))).toBeCloseTo(1);
  });

  it("compares a query with contexts by bge-m3", async () => {
    const contexts = [{ text: "cats sleep in the sun" }, { text: "the tax is due in May" }];
    const { answer } = await run("@cf/baai/bge-m3", { query: "when is the tax due", contexts });
    expect(answer["response"]).toMatchObject([{ id: 1 }, { id: 0 }]);
  });

  it("draws the same picture for the same prompt and seed, in the size that is asked for", async () => {
    const draw = async (inputs: object) =>
      (await run("@cf/black-forest-labs/flux-1-schnell", inputs)).answer["image"] as string;
    const [one, same, other] = [
      await draw({ prompt: "a fox", width: 256, height: 300 }),
      await draw({ prompt: "a fox", width: 256, height: 300 }),
      await draw({ prompt: "a fox", seed: 2, width: 256, height: 300 }),
    ];
    expect(same).toBe(one);
    expect(other).not.toBe(one);
    const file = Buffer.from(one, "base64");
    expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual([256, 300]);
    expect(file.toString("latin1")).toContain("Drawn offline");
  });

  it("gives Stable Diffusion's pictures as a file", async () => {
    const { answer } = await run("@cf/stabilityai/stable-diffusion-xl-base-1.0", {
      prompt: "a fox",
      width: 256,
      height: 256,
    });
    expect(answer).toMatchObject({ stream: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] });
  });

  it("classifies by a list of words", async () => {
    const label = async (text: string) => {
      const { answer } = await run("@cf/huggingface/distilbert-sst-2-int8", { text });
      return (answer as unknown as { label: string; score: number }[]).toSorted(
        (a, b) => b.score - a.score,
      )[0]?.label;
    };
    expect(await label("What a wonderful, friendly place")).toBe("POSITIVE");
    expect(await label("It was not good, and I want a refund")).toBe("NEGATIVE");
  });

  it("ranks and summarizes in the text's own words", async () => {
    const ranked = await run("@cf/baai/bge-reranker-base", {
      query: "tax due",
      contexts: [{ text: "cats" }, { text: "tax is due in May" }],
      top_k: 1,
    });
    expect(ranked.answer["response"]).toMatchObject([{ id: 1 }]);
    const text = "Cats sleep. Cats love the sun. Rivers run to the sea.";
    const { answer } = await run("@cf/facebook/bart-large-cnn", { input_text: text, max_length: 8 });
    expect(text).toContain(answer["summary"]);
  });
});

describe("errors", () => {
  const failure = async (model: string, inputs: object, options?: object) =>
    (await run(model, inputs, options)).error;

  it.each([
    ["an unknown model", "@cf/no/model", { prompt: "x" }, "5007: No such model @cf/no/model or task"],
    [
      "neither prompt nor messages",
      llama,
      {},
      "5006: Error: oneOf at '/' not met, 0 matches: required properties at '/' are 'prompt', required properties at '/' are 'messages'",
    ],
    [
      "a message without a role",
      llama,
      { messages: [{ content: "x" }] },
      "5006: Error: required properties at '/messages/0' are 'role'",
    ],
    [
      "a wrong type",
      llama,
      { prompt: "x", temperature: "hot" },
      "5006: Error: Type mismatch of '/temperature', 'string' not in 'number'",
    ],
    ["no messages", llama, { messages: [] }, "5006: Error: '/messages' must NOT have fewer than 1 items"],
    [
      "a tool that is not there",
      llama,
      { prompt: "x", tool_choice: { function: { name: "f" } } },
      "5006: Error: '/tool_choice/function/name': no tool is named 'f'",
    ],
    [
      "LoRA",
      llama,
      { prompt: "x", lora: "mine" },
      `5005: The model ${llama} does not support LoRa inference`,
    ],
    ["no text to embed", "@cf/baai/bge-m3", {}, "5006: Error: required properties at '/' are 'text'"],
    [
      "too many texts",
      "@cf/baai/bge-m3",
      { text: Array.from({ length: 101 }, () => "x") },
      "5006: Error: '/text' must NOT have more than 100 items",
    ],
    [
      "a picture out of bounds",
      "@cf/lykon/dreamshaper-8-lcm",
      { prompt: "x", width: 9_999 },
      "5006: Error: '/width' must NOT have more than 2048 as its value",
    ],
    [
      "a task that nothing here does",
      "@cf/openai/whisper",
      {},
      "5007: No such model @cf/openai/whisper or task: no model on this machine does Automatic Speech Recognition",
    ],
    [
      "a guard, which must not be stood in for",
      "@cf/meta/llama-guard-3-8b",
      { prompt: "x" },
      "5007: No such model @cf/meta/llama-guard-3-8b or task: no model on this machine does Text Generation",
    ],
  ])("are Cloudflare's for %s", async (_, model, inputs, message) => {
    expect(await failure(model, inputs)).toEqual({ name: "AiError", message });
  });

  it("refuse what is larger than any request may be", async () => {
    expect(await failure(llama, { prompt: "x".repeat(33 * 1024 * 1024) })).toEqual({
      name: "AiError",
      message: "3006: Request is too large",
    });
  });

  it("come as a response to those who asked for one", async () => {
    const { answer } = await run("@cf/no/model", { prompt: "x" }, { returnRawResponse: true });
    expect(answer).toMatchObject({ status: 400 });
    expect(JSON.parse(String(answer["body"]))).toEqual({
      internalCode: 5007,
      name: "AiError",
      message: "AiError: No such model @cf/no/model or task",
      description: "No such model @cf/no/model or task",
    });
  });

  it("say that there is no queue", async () => {
    expect((await failure(llama, { requests: [] }, { queueRequest: true }))?.message).toContain(
      "nothing on this machine queues",
    );
  });

  it("are what is left where the offline models are turned off", async () => {
    const strict = await workerWith({ offline: false });
    for (const model of [llama, "@cf/baai/bge-m3", "@cf/black-forest-labs/flux-1-schnell"]) {
      const { error } = await strict.ask<Ran>("/run", { model, inputs: { prompt: "x", text: "x" } });
      expect(error?.message).toContain("no model on this machine does");
    }
  });
});

describe("models()", () => {
  interface Found {
    name: string;
    task: { name: string };
    properties: { property_id: string; value: string }[];
  }
  const search = (params: object) => worker.ask<Found[]>("/models", params);

  it("finds by name, author and task, a page at a time", async () => {
    expect((await search({ search: "flux-1" })).map(({ name }) => name)).toEqual([
      "@cf/black-forest-labs/flux-1-schnell",
    ]);
    expect((await search({ author: "baai" })).every(({ name }) => name.startsWith("@cf/baai/"))).toBe(true);
    const all = await search({ task: "Text Embeddings" });
    expect(new Set(all.map(({ task }) => task.name))).toEqual(new Set(["Text Embeddings"]));
    expect(await search({ task: "Text Embeddings", per_page: 2, page: 2 })).toEqual(all.slice(2, 4));
  });

  it("tells who serves a model here", async () => {
    const [model] = await search({ search: llama });
    expect(model?.properties).toContainEqual({ property_id: "served_by", value: "offline" });
    const [speech] = await search({ search: "whisper-tiny" });
    expect(speech?.properties).toContainEqual({ property_id: "served_by", value: "nothing" });
  });
});
