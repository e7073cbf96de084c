/** Any provider of the AI SDK, behind the platform's contract. */
import { APICallError, type LanguageModelV4, type LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { systemClock } from "../../clock.ts";
import {
  ModelError,
  type Provider,
  type ProviderEvent,
  type ProviderMetadata,
  type ProviderRequest,
} from "../../contract.ts";
import { continued } from "../../wire/continuation.ts";
import { cutStream, readingFailure } from "../../wire/events.ts";
import { failureOf } from "../../wire/failure.ts";
import { at, isObject, parseArguments } from "../../wire/json.ts";
import { defaultTimeLimits, Watch } from "../../wire/watch.ts";
import { callOptions } from "./prompt.ts";

/** What the SDK's own error means here; its retries are not used, the gateway has its own. */
function sdkFailure(provider: string, signal: AbortSignal, error: unknown): unknown {
  if (signal.aborted) return signal.reason;
  if (!APICallError.isInstance(error)) return readingFailure(provider, signal, error);
  if (error.statusCode === undefined) {
    return new ModelError("upstream_failed", `${provider} could not be reached`, {
      retryable: error.isRetryable,
      cause: error,
    });
  }
  return failureOf({
    provider,
    keyVariable: "its key",
    status: error.statusCode,
    retryAfter: error.responseHeaders?.["retry-after"] ?? null,
    body: error.responseBody ?? error.message,
    secrets: [],
    now: systemClock.now(),
  });
}

/** Metadata as it can be stored and sent back: strings alone, which is what signatures are. */
function metadataOf(metadata: unknown): { providerMetadata?: ProviderMetadata } {
  if (typeof metadata !== "object" || metadata === null) return {};
  const kept: ProviderMetadata = {};
  for (const [provider, values] of Object.entries(metadata) as [string, unknown][]) {
    if (!isObject(values)) continue;
    const strings = Object.entries(values).filter(
      (pair): pair is [string, string] => typeof pair[1] === "string",
    );
    if (strings.length > 0) kept[provider] = Object.fromEntries(strings);
  }
  return Object.keys(kept).length === 0 ? {} : { providerMetadata: kept };
}

function eventOf(provider: string, part: LanguageModelV4StreamPart): ProviderEvent | undefined {
  switch (part.type) {
    case "text-delta":
      return part.delta === "" ? undefined : { type: "text", text: part.delta };
    case "reasoning-delta":
      return { type: "reasoning", text: part.delta };
    case "reasoning-end": {
      const held = metadataOf(part.providerMetadata);
      return held.providerMetadata === undefined ? undefined : { type: "reasoning", text: "", ...held };
    }
    case "tool-call":
      return {
        type: "tool-call",
        id: part.toolCallId,
        name: part.toolName,
        input: parseArguments(part.input),
        ...metadataOf(part.providerMetadata),
      };
    case "finish": {
      const { unified } = part.finishReason;
      return {
        type: "finish",
        reason: unified === "interrupted" ? "other" : unified,
        usage: {
          inputTokens: part.usage.inputTokens.total ?? 0,
          outputTokens: part.usage.outputTokens.total ?? 0,
        },
      };
    }
    case "error": {
      if (part.error instanceof Error) throw part.error;
      const message = at(part.error, "message");
      throw new ModelError(
        "upstream_failed",
        `${provider} failed${typeof message === "string" ? `: ${message}` : ""}`,
        { retryable: true, cause: part.error },
      );
    }
    default:
      return undefined;
  }
}

/**
 * A provider made of one AI SDK model; give it to `createGateway` and name it `<its provider>/<its model>`.
 * Streams of the SDK cost more a token than the providers here; see the decision on reading wires.
 */
export function fromLanguageModel(model: LanguageModelV4): Provider {
  // The SDK names a provider's API too: `mistral.chat`.
  const name = model.provider.split(".", 1)[0] ?? model.provider;
  async function* run(request: ProviderRequest): AsyncGenerator<ProviderEvent, void, undefined> {
    if (request.model !== model.modelId) {
      throw new ModelError("invalid_request", `${name} serves ${model.modelId} alone`, {
        retryable: false,
      });
    }
    const watch = new Watch(name, request.signal, systemClock, defaultTimeLimits);
    let reader: ReadableStreamDefaultReader<LanguageModelV4StreamPart> | undefined;
    let finished = false;
    try {
      const result = await watch.race(model.doStream(callOptions(name, request, watch.signal)));
      reader = result.stream.getReader();
      for (;;) {
        const { done, value } = await watch.race(reader.read());
        if (done) break;
        watch.touch();
        const event = eventOf(name, value);
        if (event === undefined) continue;
        finished = event.type === "finish";
        yield event;
        if (finished) return;
      }
      throw cutStream(name);
    } catch (error) {
      throw sdkFailure(name, watch.signal, error);
    } finally {
      watch.stop();
      // A failure to cancel means that the stream has failed already.
      if (!finished) void reader?.cancel().catch(() => undefined);
    }
  }

  return {
    name,
    extractive: false,
    unavailable: () => null,
    stream: (request) =>
      request.prefill === undefined ? run(request) : continued(request.prefill, run(request)),
  };
}
