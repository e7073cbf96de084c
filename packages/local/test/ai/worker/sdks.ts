/** The AI SDK on the binding, by Cloudflare's two providers for it, both as they are published. */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { createAI } from "agents/models/ai-sdk";
import {
  embedMany,
  generateImage,
  generateText,
  isStepCount,
  jsonSchema,
  Output,
  streamText,
  tool,
} from "ai";
import type { EmbeddingModel, ImageModel, LanguageModel } from "ai";
import { createWorkersAI } from "workers-ai-provider";

interface Env {
  readonly AI: Ai;
}

interface Provider {
  chat: (model: string) => LanguageModel;
  embedding: (model: string) => EmbeddingModel;
  image: (model: string) => ImageModel;
}

const vendor = createOpenAICompatible({
  name: "openai",
  baseURL: "https://api.openai.com/v1",
  apiKey: "left to the gateway",
});

const providers: Record<string, (ai: Ai) => Provider> = {
  "workers-ai-provider": (binding) => {
    const provider = createWorkersAI({ binding });
    return {
      chat: (model) => provider(model),
      embedding: (model) => provider.textEmbedding(model),
      image: (model) => provider.image(model),
    };
  },
  agents: (binding) => {
    const provider = createAI({ binding });
    return {
      // A name for Cloudflare, or a vendor's own model that goes through the gateway.
      chat: (model) =>
        model.startsWith("vendor:")
          ? provider(vendor(model.slice("vendor:".length)))
          : provider(model as "@cf/zai-org/glm-4.7-flash"),
      embedding: (model) => provider.embedding(model as "@cf/baai/bge-base-en-v1.5"),
      image: (model) => provider.image(model as "@cf/black-forest-labs/flux-1-schnell"),
    };
  },
};

const weather = tool({
  description: "Looks up the weather of a city",
  inputSchema: jsonSchema<{ city: string }>({
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
  }),
  execute: ({ city }) => `Sunny in ${city}, 21 degrees.`,
});

interface Asked {
  model: string;
  prompt: string;
}

const tasks: Record<string, (provider: Provider, asked: Asked) => Promise<unknown>> = {
  chat: async ({ chat }, { model, prompt }) => {
    const { text, finishReason, usage } = await generateText({ model: chat(model), prompt, maxRetries: 0 });
    return { text, finishReason, usage };
  },
  stream: async ({ chat }, { model, prompt }) => {
    const result = streamText({ model: chat(model), prompt, maxRetries: 0 });
    const pieces: string[] = [];
    for await (const piece of result.textStream) pieces.push(piece);
    return { pieces, finishReason: await result.finishReason, usage: await result.usage };
  },
  tools: async ({ chat }, { model, prompt }) => {
    const { text, steps } = await generateText({
      model: chat(model),
      prompt,
      tools: { weather },
      stopWhen: isStepCount(3),
      maxRetries: 0,
    });
    const calls = steps.flatMap(({ toolCalls }) =>
      toolCalls.map(({ toolName, input }) => ({ toolName, input })),
    );
    return { text, calls, reasons: steps.map(({ finishReason }) => finishReason) };
  },
  "stream-tools": async ({ chat }, { model, prompt }) => {
    const result = streamText({
      model: chat(model),
      prompt,
      tools: { weather },
      stopWhen: isStepCount(3),
      maxRetries: 0,
    });
    const calls = (await result.steps).flatMap(({ toolCalls }) =>
      toolCalls.map(({ toolName, input }) => ({ toolName, input })),
    );
    return { text: await result.text, calls };
  },
  object: async ({ chat }, { model, prompt }) => {
    const { output } = await generateText({
      model: chat(model),
      prompt,
      output: Output.object({
        schema: jsonSchema<{ customer: string; total: number }>({
          type: "object",
          properties: { customer: { type: "string" }, total: { type: "number" } },
          required: ["customer", "total"],
          additionalProperties: false,
        }),
      }),
      maxRetries: 0,
    });
    return output;
  },
  embed: async ({ embedding }, { model, prompt }) => {
    const { embeddings } = await embedMany({
      model: embedding(model),
      values: [prompt, prompt, "else"],
      maxRetries: 0,
    });
    const [a = [], b = [], c = []] = embeddings;
    const dot = (x: number[], y: number[]): number =>
      x.reduce((sum, value, at) => sum + value * (y[at] ?? 0), 0);
    return { dimensions: a.length, same: dot(a, b), other: dot(a, c) };
  },
  image: async ({ image }, { model, prompt }) => {
    const { image: made } = await generateImage({ model: image(model), prompt, maxRetries: 0 });
    return { mediaType: made.mediaType, head: [...made.uint8Array.subarray(0, 4)] };
  },
};

/** `POST /<provider>/<task>`. */
export default {
  async fetch(request, { AI }): Promise<Response> {
    const [, provider = "", task = ""] = new URL(request.url).pathname.split("/");
    const [make, perform] = [providers[provider], tasks[task]];
    if (make === undefined || perform === undefined) return new Response("no such path", { status: 404 });
    try {
      return Response.json(await perform(make(AI), await request.json<Asked>()));
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return Response.json({ error: { name, message, ...(typeof error === "object" && { ...error }) } });
    }
  },
} satisfies ExportedHandler<Env>;
