/** Anthropic's Claude models. They make no embeddings and no images. */
import type { Provider, ProviderRequest } from "../../contract.ts";
import { continued } from "../../wire/continuation.ts";
import { withOptions } from "../../wire/provider-options.ts";
import { callUpstream, type Transport } from "../../wire/upstream.ts";
import { addressAt, endpointHeaders, endpointOf, type AIGatewaySettings } from "../endpoint.ts";
import { answerForm } from "./answer-form.ts";
import { AnthropicDecoder } from "./decoder.ts";
import { anthropicMessages } from "./messages.ts";

export interface AnthropicSettings {
  apiKey: string | undefined;
  /** With or without `/v1`. */
  baseUrl: string | undefined;
  gateway?: AIGatewaySettings | undefined;
}

/**
 * Models before Claude 4.7 take a temperature; those since refuse one.
 * Source: https://platform.claude.com/docs/en/models/opus-4-7/migration-guide
 */
const takesTemperature = /^claude-(?:[23]|instant|(?:opus|sonnet|haiku)-(?:3|4-[0-6]\b|4-\d{8}))/;

function messagesBody(
  request: ProviderRequest,
  form: ReturnType<typeof answerForm>,
): Record<string, unknown> {
  const { system, turns } = anthropicMessages(request);
  const tools = request.tools.map((tool) => ({
    name: tool.name,
    description: tool.description,
    input_schema: tool.inputSchema,
  }));
  return {
    model: request.model,
    system: system === "" ? undefined : system,
    messages: turns,
    tools: tools.length === 0 ? undefined : tools,
    max_tokens: request.maxTokens,
    // Anthropic's range ends at 1 where others' ends at 2.
    temperature: takesTemperature.test(request.model) ? Math.min(request.temperature, 1) : undefined,
    stream: true,
    ...form?.fields(tools),
  };
}

export function anthropicProvider(settings: AnthropicSettings, transport: Transport): Provider {
  const addresses = { own: settings.baseUrl, usual: "https://api.anthropic.com" };
  const endpoint = endpointOf("anthropic", addresses, settings.gateway);
  const url = addressAt(endpoint, (base) => `${base.endsWith("/v1") ? base : `${base}/v1`}/messages`);
  const apiKey = settings.apiKey ?? "";
  return {
    name: "anthropic",
    extractive: false,
    unavailable: () =>
      settings.apiKey === undefined ? "set ANTHROPIC_API_KEY to use Anthropic's models" : endpoint.problem,
    stream(request) {
      const form = answerForm(request);
      const events = callUpstream(transport, {
        provider: "anthropic",
        keyVariable: "ANTHROPIC_API_KEY",
        url,
        headers: {
          "x-api-key": apiKey,
          "anthropic-version": "2023-06-01",
          ...endpointHeaders(endpoint, request.noCache),
        },
        body: () => withOptions("anthropic", messagesBody(request, form), request.providerOptions),
        decoder: new AnthropicDecoder(form?.answerTool),
        signal: request.signal,
        answered: request.answered,
        secrets: [apiKey, ...endpoint.secrets],
      });
      return request.prefill === undefined ? events : continued(request.prefill, events);
    },
  };
}
