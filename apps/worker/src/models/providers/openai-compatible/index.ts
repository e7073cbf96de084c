/** Any server that speaks OpenAI's chat-completions wire: Ollama, LM Studio, llama.cpp, vLLM and others. */
import type { Provider, ProviderRequest } from "../../contract.ts";
import { callUpstream, type Transport } from "../../wire/upstream.ts";
import { ChatDecoder } from "./decoder.ts";
import { chatMessages, chatTools } from "./messages.ts";

export interface ChatServer {
  /** The provider's name, as models' ids begin with it. */
  name: string;
  /** With its version, without a slash at the end: `http://127.0.0.1:11434/v1`. */
  baseUrl: string;
  apiKey: string | undefined;
  /** Where its key is set, for the error that says it was refused. */
  keyVariable: string;
  unavailable?: () => string | null;
  /** What this server wants otherwise than the rest: merged over the body; undefined removes a field. */
  adapt?: (request: ProviderRequest) => Record<string, unknown>;
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
  };
}

export function chatProvider(server: ChatServer, transport: Transport): Provider {
  const headers: Record<string, string> = { accept: "text/event-stream" };
  if (server.apiKey !== undefined) headers["authorization"] = `Bearer ${server.apiKey}`;
  return {
    name: server.name,
    extractive: false,
    unavailable: server.unavailable ?? (() => null),
    stream: (request) =>
      callUpstream(transport, {
        provider: server.name,
        keyVariable: server.keyVariable,
        url: `${server.baseUrl.replace(/\/+$/, "")}/chat/completions`,
        headers,
        body: {
          ...chatBody(request),
          ...server.adapt?.(request),
          ...request.providerOptions,
        },
        decoder: new ChatDecoder(server.name),
        signal: request.signal,
        secrets: server.apiKey === undefined ? [] : [server.apiKey],
      }),
  };
}
