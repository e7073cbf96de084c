/** Any server that speaks OpenAI's chat-completions wire: Ollama, LM Studio, llama.cpp, vLLM and others. */
import type { Provider, ProviderEvent, ProviderRequest } from "../../contract.ts";
import { continued } from "../../wire/continuation.ts";
import { embeddingsFor } from "../../wire/embeddings.ts";
import { at, countAt, listAt } from "../../wire/json.ts";
import { withOptions } from "../../wire/provider-options.ts";
import { chatResponseFormat, inWords, refusesFormat, refusesSchema } from "../../wire/response-format.ts";
import { askUpstream, callUpstream, unhurried, type Transport } from "../../wire/upstream.ts";
import { addressAt, directTo, endpointHeaders, type Endpoint } from "../endpoint.ts";
import { ChatDecoder } from "./decoder.ts";
import { imageBody, readImage } from "./images.ts";
import { chatMessages, chatTools, withInstruction } from "./messages.ts";

export interface ChatServer {
  /** The provider's name, as models' ids begin with it. */
  name: string;
  /** With its version: `http://127.0.0.1:11434/v1`. */
  baseUrl: string;
  apiKey: string | undefined;
  /** Where its key is set, for the error that says it was refused. */
  keyVariable: string;
  unavailable?: () => string | null;
  /** What this server wants otherwise than the rest: merged over the body; undefined removes a field. */
  adapt?: (request: ProviderRequest) => Record<string, unknown>;
  embedBatch?: number;
}

/** Some servers take 32 texts at once by default (Text Embeddings Inference), others many more. */
const smallestBatch = 32;

/** Models of one server of which it is remembered what they take; callers name models as they like. */
const foundLimit = 1_000;

/** How an answer in JSON is asked for, the surest first. */
const manners = ["schema", "json", "words"] as const;

function formatOf(request: ProviderRequest, manner: (typeof manners)[number]): Record<string, unknown> {
  const { responseFormat } = request;
  if (responseFormat === undefined) return {};
  if (manner === "schema") return { response_format: chatResponseFormat(responseFormat) };
  return {
    messages: withInstruction(chatMessages(request), inWords(responseFormat)),
    ...(manner === "json" && { response_format: { type: "json_object" } }),
  };
}

/** The body of a request, before a provider's own wishes. */
function chatBody(request: ProviderRequest): Record<string, unknown> {
  return {
    model: request.model,
    messages: chatMessages(request),
    tools: chatTools(request),
    temperature: request.temperature,
    max_tokens: request.maxTokens,
    stream: true,
    stream_options: { include_usage: true },
    // vLLM's words for going on with the last message; others do so unasked.
    ...(request.prefill !== undefined && { add_generation_prompt: false, continue_final_message: true }),
  };
}

export const chatProvider = (server: ChatServer, transport: Transport): Provider =>
  chatProviderAt(directTo(server.baseUrl), server, transport);

/** The same at an endpoint that may be AI Gateway. */
export function chatProviderAt(
  endpoint: Endpoint,
  server: Omit<ChatServer, "baseUrl">,
  transport: Transport,
): Provider {
  const { apiKey } = server;
  const authorization: Record<string, string> =
    apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const to = (path: string, { signal, answered }: Pick<ProviderRequest, "signal" | "answered">) => ({
    provider: server.name,
    keyVariable: server.keyVariable,
    url: addressAt(endpoint, (base) => `${base}${path}`),
    headers: { ...authorization, ...endpoint.headers },
    signal,
    answered,
    secrets: apiKey === undefined ? endpoint.secrets : [apiKey, ...endpoint.secrets],
  });
  const ask = (request: ProviderRequest, manner: (typeof manners)[number]) =>
    callUpstream(transport, {
      ...to("/chat/completions", request),
      headers: {
        accept: "text/event-stream",
        ...authorization,
        ...endpointHeaders(endpoint, request.noCache),
      },
      body: () =>
        withOptions(
          server.name,
          { ...chatBody(request), ...formatOf(request, manner), ...server.adapt?.(request) },
          request.providerOptions,
        ),
      decoder: new ChatDecoder(server.name),
    });
  /** What each model was found to take; servers differ, and so do the models of one. */
  const found = new Map<string, number>();

  const learn = (model: string, manner: number): void => {
    // One that has answered by a schema takes schemas, whatever it made of another.
    if (found.get(model) === 0) return;
    if (found.size >= foundLimit) found.clear();
    found.set(model, manner);
  };

  /** Asks in the surest manner that the server does not refuse. */
  async function* inJson(request: ProviderRequest): AsyncGenerator<ProviderEvent, void, undefined> {
    // What a model makes of one schema says nothing of others.
    let telling = true;
    for (let manner = found.get(request.model) ?? 0; ; manner += 1) {
      try {
        for await (const event of ask(request, manners[manner] ?? "words")) {
          if (event.type === "finish" && telling) learn(request.model, manner);
          yield event;
        }
        return;
      } catch (error) {
        // A refusal comes before any event, so nothing was yielded that would be yielded twice.
        if (manner === manners.length - 1 || !refusesFormat(error)) throw error;
        telling &&= !refusesSchema(error);
      }
    }
  }

  return {
    name: server.name,
    extractive: false,
    unavailable: server.unavailable ?? (() => endpoint.problem),
    stream(request) {
      const events = request.responseFormat === undefined ? ask(request, "schema") : inJson(request);
      return request.prefill === undefined ? events : continued(request.prefill, events);
    },
    embedBatch: server.embedBatch ?? smallestBatch,
    embed: ({ model, values, ...request }) =>
      askUpstream(
        transport,
        { ...to("/embeddings", request), body: () => ({ model, input: values, encoding_format: "float" }) },
        (body) => {
          const items = [...listAt(body, "data")];
          // They come in order; where they say their own, that is the order.
          if (items.every((item) => typeof at(item, "index") === "number")) {
            items.sort((one, other) => Number(at(one, "index")) - Number(at(other, "index")));
          }
          const usage = at(body, "usage");
          return {
            embeddings: embeddingsFor(
              values,
              items.map((item) => at(item, "embedding")),
            ),
            inputTokens: countAt(usage, "prompt_tokens") || countAt(usage, "total_tokens"),
          };
        },
      ),
    image: (request) =>
      askUpstream(
        unhurried(transport),
        { ...to("/images/generations", request), body: () => imageBody(request) },
        (body) => readImage(server.name, body),
      ),
  };
}
