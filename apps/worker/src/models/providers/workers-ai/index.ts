/** Workers AI, through the binding: Cloudflare's own, or what stands in for it on one machine. */
import type { GatewayLog, Provider, ProviderEvent, ProviderRequest } from "../../contract.ts";
import { ModelError } from "../../contract.ts";
import { embeddingsFor } from "../../wire/embeddings.ts";
import { readEvents, readingFailure } from "../../wire/events.ts";
import { at, countAt, listAt } from "../../wire/json.ts";
import { unhurried, type Transport } from "../../wire/upstream.ts";
import { Watch } from "../../wire/watch.ts";
import { runBinding, type RunOptions, type WorkersAI } from "./binding.ts";
import { WorkersAIDecoder } from "./decoder.ts";
import { imageInputs, readImage } from "./images.ts";
import { textInputs } from "./inputs.ts";

export type { WorkersAI } from "./binding.ts";

/** Texts of one call: as many as the BGE models take. */
const embedBatch = 100;

/**
 * @param gatewayId the AI Gateway that calls go through; none where absent
 * @param extractive the offline models of one machine answer in its place
 */
export function workersAIProvider(
  binding: WorkersAI | undefined,
  transport: Transport,
  gatewayId?: string,
  extractive = false,
): Provider {
  const present = (): WorkersAI => {
    if (binding !== undefined) return binding;
    throw new ModelError("upstream_failed", "the AI binding is absent", { retryable: false });
  };
  const options = (noCache?: boolean): RunOptions | undefined =>
    gatewayId === undefined
      ? undefined
      : {
          // The answer's headers name its log; the binding itself remembers only that of its last call.
          returnRawResponse: true,
          gateway: { id: gatewayId, ...(noCache === true && { skipCache: true }) },
        };

  async function* stream(request: ProviderRequest): AsyncGenerator<ProviderEvent, void, undefined> {
    const inputs = textInputs(request);
    const watch = new Watch("workers-ai", request.signal, transport.clock, transport.limits);
    try {
      const { model, answered } = request;
      const run = { model, inputs, options: options(request.noCache), answered };
      const { answer, log } = await runBinding(present(), run, watch);
      if (log !== null) yield { type: "log", ...log };
      const decoder = new WorkersAIDecoder();
      if (answer instanceof ReadableStream) yield* readEvents("workers-ai", answer, decoder, watch);
      else yield* wholeAnswer(answer, decoder, watch);
    } finally {
      watch.stop();
    }
  }

  /** Runs a model whose answer is read as one. @throws ModelError */
  async function ask<Value>(
    patience: Transport,
    { model, signal, answered }: Pick<ProviderRequest, "model" | "signal" | "answered">,
    inputs: Record<string, unknown>,
    read: (answer: unknown, watch: Watch) => Value | Promise<Value>,
  ): Promise<Value & GatewayLog> {
    const watch = new Watch("workers-ai", signal, patience.clock, patience.limits);
    try {
      // AI Gateway takes no forms.
      const how = "multipart" in inputs ? undefined : options();
      const { answer, log } = await runBinding(present(), { model, inputs, options: how, answered }, watch);
      return { ...(await read(answer, watch)), ...log };
    } catch (error) {
      throw readingFailure("workers-ai", watch.signal, error);
    } finally {
      watch.stop();
    }
  }

  return {
    name: "workers-ai",
    extractive,
    unavailable: () =>
      binding === undefined ? "nothing here serves Workers AI: the AI binding is absent" : null,
    stream,
    embedBatch,
    embed: (request) =>
      ask(transport, request, { text: request.values }, (answer) => ({
        embeddings: embeddingsFor(request.values, listAt(answer, "data")),
        inputTokens: countAt(at(answer, "usage"), "prompt_tokens"),
      })),
    image: (request) => ask(unhurried(transport), request, imageInputs(request), readImage),
  };
}

function* wholeAnswer(
  answer: unknown,
  decoder: WorkersAIDecoder,
  watch: Watch,
): Generator<ProviderEvent, void, undefined> {
  const out: ProviderEvent[] = [];
  try {
    decoder.whole(answer, out);
    decoder.end(out);
  } catch (error) {
    throw readingFailure("workers-ai", watch.signal, error);
  }
  yield* out;
}
