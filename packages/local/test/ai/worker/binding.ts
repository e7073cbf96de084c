/* oxlint-disable typescript/no-deprecated -- what is deprecated belongs to the type and is refused in words */
/** Uses the binding as its type promises. Each path answers with what it got; that this file compiles is a test too. */

interface Env {
  readonly AI: Ai;
}

/** Every member of the three types. A member that is left out here, or that is not there any more, does not compile. */
const members: {
  ai: Record<keyof Ai, string>;
  gateway: Record<keyof AiGateway, string>;
  markdown: Record<keyof ToMarkdownService, string>;
} = {
  ai: {
    aiGatewayLogId: "object",
    gateway: "function",
    websearch: "function",
    aiSearch: "function",
    autorag: "function",
    run: "function",
    models: "function",
    toMarkdown: "function",
  },
  gateway: { patchLog: "function", getLog: "function", run: "function", getUrl: "function" },
  markdown: { transform: "function", supported: "function" },
};

const typesOf = (object: object, names: object): Record<string, string> =>
  Object.fromEntries(Object.keys(names).map((name) => [name, typeof Reflect.get(object, name)]));

interface Called {
  model: string;
  inputs: Record<string, unknown>;
  options?: AiOptions;
}

/** What `run` gave, in a form that goes as JSON. */
async function told(answer: unknown): Promise<unknown> {
  if (answer instanceof Response) {
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
  }
  if (answer instanceof ReadableStream) {
    const bytes = new Uint8Array(await new Response(answer).arrayBuffer());
    const isText = bytes[0] !== 0x89;
    return {
      stream: isText ? new TextDecoder().decode(bytes) : [...bytes.subarray(0, 8)],
      bytes: bytes.length,
    };
  }
  return answer;
}

const routes: Record<string, (request: Request, ai: Ai) => Promise<unknown>> = {
  "/members": (_, ai) =>
    Promise.resolve({
      wanted: members,
      found: {
        ai: typesOf(ai, members.ai),
        gateway: typesOf(ai.gateway("g"), members.gateway),
        markdown: typesOf(ai.toMarkdown(), members.markdown),
      },
    }),

  "/run": async (request, ai) => {
    const { model, inputs, options } = await request.json<Called>();
    const answer: unknown = await ai.run(model, inputs, options);
    return { answer: await told(answer), logId: ai.aiGatewayLogId };
  },

  /** The overloads, each held to its type. */
  "/typed": async (_, ai) => {
    const text: AiTextGenerationOutput = await ai.run("@cf/meta/llama-3-8b-instruct", { prompt: "Hello" });
    const stream: ReadableStream = await ai.run("@cf/meta/llama-3-8b-instruct", {
      prompt: "Hello",
      stream: true,
    });
    await stream.cancel();
    const raw: Response = await ai.run(
      "@cf/meta/llama-3-8b-instruct",
      { prompt: "Hello" },
      { returnRawResponse: true },
    );
    await raw.body?.cancel();
    const chat: ChatCompletionsOutput = await ai.run("@cf/zai-org/glm-4.7-flash", {
      messages: [{ role: "user", content: "Hello" }],
    });
    const vectors = await ai.run("@cf/baai/bge-small-en-v1.5", { text: ["one", "two"] });
    const image = await ai.run("@cf/black-forest-labs/flux-1-schnell", { prompt: "a lizard" });
    const labels: AiTextClassificationOutput = await ai.run("@cf/huggingface/distilbert-sst-2-int8", {
      text: "wonderful",
    });
    return {
      text: typeof text.response,
      usage: typeof text.usage?.total_tokens,
      raw: raw.headers.get("content-type"),
      chat: typeof chat.choices[0]?.message.content,
      shape: "shape" in vectors ? vectors.shape : null,
      image: image.image?.slice(0, 8),
      labels: labels.map(({ label }) => label),
    };
  },

  "/abort": async (request, ai) => {
    const { model, inputs } = await request.json<Called>();
    const answer: unknown = await ai.run(model, inputs);
    if (!(answer instanceof ReadableStream)) throw new Error("it is no stream");
    const reader = (answer as ReadableStream<Uint8Array>).getReader();
    const { value } = await reader.read();
    await reader.cancel();
    return { first: new TextDecoder().decode(value) };
  },

  "/abort-signal": async (request, ai) => {
    const { model, inputs } = await request.json<Called>();
    const aborting = new AbortController();
    const answer = ai.run(model, inputs, { signal: aborting.signal });
    setTimeout(() => aborting.abort(), 50);
    return told(await answer);
  },

  "/models": async (request, ai) => ai.models(await request.json<AiModelsSearchParams>()),

  "/supported": (_, ai) => ai.toMarkdown().supported(),

  "/markdown": async (request, ai) => {
    const { files, options } = await request.json<{
      files: { name: string; type: string; base64: string }[];
      options?: ConversionOptions;
    }>();
    return ai.toMarkdown(
      files.map(({ name, type, base64 }) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        return { name, blob: new Blob([bytes], { type }) };
      }),
      options && { conversionOptions: options },
    );
  },

  "/gateway/run": async (request, ai) => {
    const { requests, options } = await request.json<{
      requests: AIGatewayUniversalRequest[];
      options?: { gateway?: UniversalGatewayOptions };
    }>();
    return told(await ai.gateway("test").run(requests, options));
  },

  "/gateway/url": async (request, ai) =>
    ai.gateway("test").getUrl(new URL(request.url).searchParams.get("provider") ?? undefined),

  "/gateway/log": async (request, ai) => {
    const log = await ai.gateway("test").getLog(new URL(request.url).searchParams.get("id") ?? "");
    return { ...log, created_at: log.created_at.getTime() };
  },

  "/gateway/patch": async (request, ai) => {
    const id = new URL(request.url).searchParams.get("id") ?? "";
    await ai.gateway("test").patchLog(id, await request.json<AiGatewayPatchLog>());
    return null;
  },

  "/unsupported": async (_, ai) => {
    const failed = async (work: () => Promise<unknown>): Promise<string> =>
      work().then(
        () => "it did not fail",
        (error: unknown) => String(error),
      );
    return {
      search: await failed(() => ai.aiSearch().list()),
      rag: await failed(() => ai.autorag("docs").search({ query: "x" })),
      web: await failed(() => ai.websearch({ gatewayId: "g", query: "x" })),
    };
  },
};

export default {
  async fetch(request, { AI }): Promise<Response> {
    const route = routes[new URL(request.url).pathname];
    if (route === undefined) return new Response("no such path", { status: 404 });
    try {
      return Response.json((await route(request, AI)) ?? null);
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return Response.json({ error: { name, message } });
    }
  },
} satisfies ExportedHandler<Env>;
