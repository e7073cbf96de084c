/** The SDK's chat agent as its documentation has it; the model is the request's. */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { AIChatAgent } from "@cloudflare/ai-chat";
import type { OnChatMessageOptions } from "@cloudflare/ai-chat";
import { routeAgentRequest } from "agents";
import { convertToModelMessages, streamText } from "ai";

interface Env {
  readonly ChatAgent: DurableObjectNamespace<ChatAgent>;
  readonly UPSTREAM: string;
}

export class ChatAgent extends AIChatAgent<Env> {
  override async onChatMessage(_onFinish: unknown, options?: OnChatMessageOptions): Promise<Response> {
    const provider = createOpenAICompatible({ name: "mock", baseURL: this.env.UPSTREAM, includeUsage: true });
    const result = streamText({
      model: provider(String(options?.body?.["model"])),
      messages: await convertToModelMessages(this.messages),
      ...(options?.abortSignal && { abortSignal: options.abortSignal }),
    });
    return result.toUIMessageStreamResponse();
  }
}

export default {
  async fetch(request, env) {
    return (await routeAgentRequest(request, env)) ?? new Response("Not found", { status: 404 });
  },
} satisfies ExportedHandler<Env>;
