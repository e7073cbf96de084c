/** Google's Gemini models, by the Gemini API. */
import type { Provider, ProviderRequest } from "../../contract.ts";
import { continued } from "../../wire/continuation.ts";
import { embeddingsFor } from "../../wire/embeddings.ts";
import { at, countAt, listAt } from "../../wire/json.ts";
import { withOptions } from "../../wire/provider-options.ts";
import { inWords } from "../../wire/response-format.ts";
import { askUpstream, callUpstream, unhurried, type Transport } from "../../wire/upstream.ts";
import { addressAt, endpointHeaders, endpointOf, type AIGatewaySettings } from "../endpoint.ts";
import { GeminiDecoder } from "./decoder.ts";
import { imageBody, readImage } from "./images.ts";
import { geminiContents } from "./messages.ts";

export interface GoogleSettings {
  apiKey: string | undefined;
  /** With or without `/v1beta`. */
  baseUrl: string | undefined;
  gateway?: AIGatewaySettings | undefined;
}

/** Models before Gemini 3 refuse tools and a JSON answer in one request. */
const toolsOrJson = /^gemini-[12]\b/;

function generateBody(request: ProviderRequest): Record<string, unknown> {
  const { responseFormat } = request;
  const { system, contents } = geminiContents(request);
  const functionDeclarations = request.tools.map((tool) => ({
    name: tool.name,
    description: tool.description,
    parametersJsonSchema: tool.inputSchema,
  }));
  const told = responseFormat !== undefined && request.tools.length > 0 && toolsOrJson.test(request.model);
  const instructions = [system, told ? inWords(responseFormat) : ""].filter((text) => text !== "");
  return {
    contents,
    systemInstruction:
      instructions.length === 0 ? undefined : { parts: [{ text: instructions.join("\n\n") }] },
    tools: functionDeclarations.length === 0 ? undefined : [{ functionDeclarations }],
    generationConfig: {
      temperature: request.temperature,
      maxOutputTokens: request.maxTokens,
      // Source: https://ai.google.dev/gemini-api/docs/structured-output
      ...(responseFormat !== undefined &&
        !told && {
          responseMimeType: "application/json",
          responseJsonSchema: responseFormat.schema,
        }),
    },
  };
}

export function googleProvider(settings: GoogleSettings, transport: Transport): Provider {
  const addresses = { own: settings.baseUrl, usual: "https://generativelanguage.googleapis.com" };
  const endpoint = endpointOf("google", addresses, settings.gateway);
  const apiKey = settings.apiKey ?? "";
  const to = (
    model: string,
    method: string,
    { signal, answered }: Pick<ProviderRequest, "signal" | "answered">,
  ) => ({
    provider: "google",
    keyVariable: "GOOGLE_API_KEY",
    url: addressAt(endpoint, (base) => {
      const root = /\/v\d\w*$/.test(base) ? base : `${base}/v1beta`;
      return `${root}/models/${encodeURIComponent(model)}:${method}`;
    }),
    // The key travels in a header: addresses end up in logs.
    headers: { "x-goog-api-key": apiKey, ...endpoint.headers },
    signal,
    answered,
    secrets: [apiKey, ...endpoint.secrets],
  });
  return {
    name: "google",
    extractive: false,
    unavailable: () =>
      settings.apiKey === undefined ? "set GOOGLE_API_KEY to use Google's models" : endpoint.problem,
    stream(request) {
      const events = callUpstream(transport, {
        ...to(request.model, "streamGenerateContent?alt=sse", request),
        headers: { "x-goog-api-key": apiKey, ...endpointHeaders(endpoint, request.noCache) },
        body: () => withOptions("google", generateBody(request), request.providerOptions),
        decoder: new GeminiDecoder(),
      });
      return request.prefill === undefined ? events : continued(request.prefill, events);
    },
    embedBatch: 100,
    embed: ({ model, values, ...request }) =>
      askUpstream(
        transport,
        {
          ...to(model, "batchEmbedContents", request),
          body: () => ({
            requests: values.map((text) => ({
              model: `models/${model}`,
              content: { role: "user", parts: [{ text }] },
            })),
          }),
        },
        (body) => ({
          embeddings: embeddingsFor(
            values,
            listAt(body, "embeddings").map((item) => at(item, "values")),
          ),
          inputTokens: countAt(at(body, "usageMetadata"), "promptTokenCount"),
        }),
      ),
    image: (request) =>
      askUpstream(
        unhurried(transport),
        { ...to(request.model, "generateContent", request), body: () => imageBody(request) },
        readImage,
      ),
  };
}
