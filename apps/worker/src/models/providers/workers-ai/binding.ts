/** The `AI` binding: calling it, and what its errors and answers mean. */
import { ModelError, type GatewayLog } from "../../contract.ts";
import { failureInStream } from "../../wire/failure.ts";
import { at, textAt } from "../../wire/json.ts";
import { gatewayLogOf, isJson, mediaTypeOf, refusalOf } from "../../wire/request.ts";
import type { Watch } from "../../wire/watch.ts";

export interface RunOptions {
  returnRawResponse: true;
  gateway: { id: string; skipCache?: true };
}

/** The one method of the binding that is used here. */
export interface WorkersAI {
  run(model: string, inputs: Record<string, unknown>, options?: RunOptions): Promise<unknown>;
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
  if (code === "3036") return failureInStream("workers-ai", "insufficient_quota", message);
  const ours = /^(?:5\d{3}|30(?:0[2-6]|2\d|3\d|4[12]))$/.test(code);
  return failureInStream("workers-ai", ours ? "invalid" : "internal", message);
}

export interface Ran {
  /** A value, or the body of an answer that is none. */
  answer: unknown;
  log: GatewayLog | null;
}

/** What is run, and how. */
export interface Run {
  model: string;
  inputs: Record<string, unknown>;
  options: RunOptions | undefined;
  /** Called when an answer has begun, or will not come any more. */
  answered: (() => void) | undefined;
}

/**
 * Runs a model. No signal goes along: a binding that is another Worker cannot be given one; what it answers
 * after the watch has ended is cancelled instead.
 * @throws ModelError, or the watch's reason
 */
export async function runBinding(
  binding: WorkersAI,
  { model, inputs, options, answered }: Run,
  watch: Watch,
): Promise<Ran> {
  const asked = options === undefined ? binding.run(model, inputs) : binding.run(model, inputs, options);
  let answer: unknown;
  try {
    answer = await watch.race(asked);
  } catch (error) {
    void discard(asked);
    throw watch.signal.aborted ? watch.signal.reason : bindingFailure(error);
  } finally {
    answered?.();
  }
  if (!(answer instanceof Response)) return { answer, log: null };
  const log = gatewayLogOf(answer.headers);
  if (!answer.ok) throw await failureOfResponse(answer, watch);
  if (!isJson(mediaTypeOf(answer))) return { answer: answer.body, log };
  try {
    const value: unknown = await watch.race(answer.json());
    return { answer: value, log };
  } catch (error) {
    if (watch.signal.aborted) throw watch.signal.reason;
    throw new ModelError("upstream_failed", "workers-ai sent something that could not be read", {
      retryable: true,
      cause: error,
    });
  }
}

/** A raw answer holds in its body what the binding would have thrown. */
async function failureOfResponse(response: Response, watch: Watch): Promise<ModelError> {
  const copy = response.clone();
  const refusal = await refusalOf(
    { provider: "workers-ai", keyVariable: "the AI binding", secrets: [] },
    response,
    watch,
  );
  let body: unknown;
  try {
    body = await watch.race(copy.json());
  } catch {
    watch.throwIfAborted();
    return refusal;
  }
  const first = at(at(body, "errors"), 0);
  const code = at(body, "internalCode") ?? at(first, "code");
  const words = textAt(body, "description") ?? textAt(first, "message") ?? "";
  return code === undefined ? refusal : bindingFailure(new Error(`${String(code)}: ${words}`));
}

/** Nobody waits for this answer any more: its body is cancelled when it comes, and its failure is no news. */
async function discard(asked: Promise<unknown>): Promise<void> {
  try {
    const answer = await asked;
    const body = answer instanceof Response ? answer.body : answer;
    if (body instanceof ReadableStream) await body.cancel();
  } catch {
    // The failure, if it was one, has been thrown by whoever waited.
  }
}
