/** OpenAI itself, which differs from the servers that copy its wire. */
import type { Provider, ProviderRequest } from "../../contract.ts";
import { cannotContinue } from "../../wire/continuation.ts";
import type { Transport } from "../../wire/upstream.ts";
import { endpointOf, type AIGatewaySettings } from "../endpoint.ts";
import { chatProviderAt } from "../openai-compatible/index.ts";

export interface OpenAISettings {
  apiKey: string | undefined;
  baseUrl: string | undefined;
  gateway?: AIGatewaySettings | undefined;
}

/** Texts of one call: 2,048 are allowed, but only 300,000 tokens together. */
const embedBatch = 256;

/** Reasoning models refuse any temperature but their own. */
const reasons = /^(?:o\d|gpt-(?:[5-9]|\d{2,}))(?!.*chat-latest)/;

/**
 * Models that reason by default take function tools on this wire only with reasoning turned off; OpenAI
 * offers both together on its Responses API alone.
 * Source: https://community.openai.com/t/1386454
 */
const toolsWithoutReasoning = /^gpt-(?:5\.[6-9]|6(?!\.))/;

/** @throws ModelError for what no model of OpenAI's does */
function adapt(request: ProviderRequest): Record<string, unknown> {
  if (request.prefill !== undefined) throw cannotContinue("openai");
  const body: Record<string, unknown> = {
    max_tokens: undefined,
    max_completion_tokens: request.maxTokens,
  };
  if (reasons.test(request.model)) body["temperature"] = undefined;
  if (request.tools.length > 0 && toolsWithoutReasoning.test(request.model)) {
    body["reasoning_effort"] = "none";
  }
  return body;
}

export function openaiProvider(settings: OpenAISettings, transport: Transport): Provider {
  const addresses = { own: settings.baseUrl, usual: "https://api.openai.com/v1" };
  const endpoint = endpointOf("openai", addresses, settings.gateway);
  return chatProviderAt(
    endpoint,
    {
      name: "openai",
      apiKey: settings.apiKey,
      keyVariable: "OPENAI_API_KEY",
      unavailable: () =>
        settings.apiKey === undefined ? "set OPENAI_API_KEY to use OpenAI's models" : endpoint.problem,
      adapt,
      embedBatch,
    },
    transport,
  );
}
