/** Workers AI, through the binding: Cloudflare's own, or what stands in for it on one machine. */
import type { Provider, ProviderEvent, ProviderRequest } from "../../contract.ts";
import { ModelError } from "../../contract.ts";
import { readEvents, readingFailure } from "../../wire/events.ts";
import { failureInStream } from "../../wire/failure.ts";
import type { Transport } from "../../wire/upstream.ts";
import { Watch } from "../../wire/watch.ts";
import { chatMessages, chatTools } from "../openai-compatible/messages.ts";
import { WorkersAIDecoder } from "./decoder.ts";

/** The one method of the binding that is used here. */
export interface WorkersAI {
  run(model: string, inputs: Record<string, unknown>): Promise<unknown>;
}

/**
 * What an error of the binding means. Its code leads the message.
 * Source: https://developers.cloudflare.com/workers-ai/platform/errors/
 */
function bindingFailure(error: unknown): ModelError {
  if (error instanceof ModelError) return error;
  const message = error instanceof Error ? error.message : "";
  const code = /\b(\d{4}):/.exec(message)?.[1] ?? "";
  if (code === "3007" || code === "3046") {
    return new ModelError("upstream_timeout", "workers-ai did not answer in time", {
      retryable: true,
      cause: error,
    });
  }
  // Out of capacity, and out of the account's daily allocation.
  if (code === "3040") return failureInStream("workers-ai", "capacity", message);
  if (code === "3036") return failureInStream("workers-ai", "429 billing", message);
  const ours = /^(?:5\d{3}|30(?:0[2-6]|2\d|3\d|4[12]))$/.test(code);
  return failureInStream("workers-ai", ours ? "invalid" : "internal", message);
}

function inputs(request: ProviderRequest): Record<string, unknown> {
  const tools = chatTools(request);
  return {
    messages: chatMessages(request),
    ...(tools === undefined ? {} : { tools }),
    temperature: request.temperature,
    max_tokens: request.maxTokens,
    stream: true,
    ...request.providerOptions,
  };
}

export function workersAIProvider(binding: WorkersAI | undefined, transport: Transport): Provider {
  return {
    name: "workers-ai",
    extractive: false,
    unavailable: () =>
      binding === undefined ? "nothing here serves Workers AI: the AI binding is absent" : null,
    async *stream(request) {
      if (binding === undefined) {
        throw new ModelError("upstream_failed", "the AI binding is absent", { retryable: false });
      }
      const watch = new Watch("workers-ai", request.signal, transport.clock, transport.limits);
      try {
        yield* run(binding, request, watch);
      } finally {
        watch.stop();
      }
    },
  };
}

async function* run(
  binding: WorkersAI,
  request: ProviderRequest,
  watch: Watch,
): AsyncGenerator<ProviderEvent, void, undefined> {
  // No signal goes along: a binding that is another Worker cannot be given one. The body is cancelled instead.
  const asked = binding.run(request.model, inputs(request));
  let answer: unknown;
  try {
    answer = await watch.race(asked);
  } catch (error) {
    void discard(asked);
    throw watch.signal.aborted ? watch.signal.reason : bindingFailure(error);
  }
  const decoder = new WorkersAIDecoder();
  const body = answer instanceof Response ? answer.body : answer;
  if (body instanceof ReadableStream) {
    yield* readEvents("workers-ai", body, decoder, watch);
    return;
  }
  const out: ProviderEvent[] = [];
  try {
    decoder.whole(body, out);
    decoder.end(out);
  } catch (error) {
    throw readingFailure("workers-ai", watch.signal, error);
  }
  yield* out;
}

/** Nobody waits for this answer any more: its body is cancelled when it comes, and its failure is no news. */
async function discard(asked: Promise<unknown>): Promise<void> {
  try {
    const answer = await asked;
    if (answer instanceof ReadableStream) await answer.cancel();
  } catch {
    // The failure, if it was one, has been thrown by whoever waited.
  }
}
