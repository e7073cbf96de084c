/** Google's Gemini models, by the Gemini API. */
import type { Provider, ProviderRequest } from "../../contract.ts";
import { callUpstream, type Transport } from "../../wire/upstream.ts";
import { GeminiDecoder } from "./decoder.ts";
import { geminiContents } from "./messages.ts";

export interface GoogleSettings {
  apiKey: string | undefined;
  /** With or without `/v1beta`. */
  baseUrl: string | undefined;
}

function generateBody(request: ProviderRequest): Record<string, unknown> {
  const { system, contents } = geminiContents(request);
  const functionDeclarations = request.tools.map((tool) => ({
    name: tool.name,
    description: tool.description,
    parametersJsonSchema: tool.inputSchema,
  }));
  return {
    contents,
    systemInstruction: system === "" ? undefined : { parts: [{ text: system }] },
    tools: functionDeclarations.length === 0 ? undefined : [{ functionDeclarations }],
    generationConfig: { temperature: request.temperature, maxOutputTokens: request.maxTokens },
  };
}

export function googleProvider(settings: GoogleSettings, transport: Transport): Provider {
  const base = (settings.baseUrl ?? "https://generativelanguage.googleapis.com").replace(/\/+$/, "");
  const root = /\/v\d\w*$/.test(base) ? base : `${base}/v1beta`;
  const apiKey = settings.apiKey ?? "";
  return {
    name: "google",
    extractive: false,
    unavailable: () => (settings.apiKey === undefined ? "set GOOGLE_API_KEY to use Google's models" : null),
    stream: (request) =>
      callUpstream(transport, {
        provider: "google",
        keyVariable: "GOOGLE_API_KEY",
        url: `${root}/models/${encodeURIComponent(request.model)}:streamGenerateContent?alt=sse`,
        // The key travels in a header: addresses end up in logs.
        headers: { "x-goog-api-key": apiKey },
        body: { ...generateBody(request), ...request.providerOptions },
        decoder: new GeminiDecoder(),
        signal: request.signal,
        secrets: [apiKey],
      }),
  };
}
