/** Calls that answer at once, embeddings and images: the same door, without a stream. */
import type { ModelCall } from "@orrery/protocol";
import { sleep } from "../clock.ts";
import { ModelError } from "../contract.ts";
import type { CallContext, EmbedCall, Embeddings, GatewayLog, ImageCall, ImageMade } from "../contract.ts";
import { estimateTokens } from "../cost.ts";
import type { Consumption, Expectation } from "../cost.ts";
import type { Found } from "../directory.ts";
import { EmbedBatches } from "../providers/embed-batch.ts";
import { retryDelay } from "../retry.ts";
import { Deadline } from "./deadline.ts";
import { termsOf } from "./parts.ts";
import type { GatewayParts } from "./parts.ts";
import { ProviderCall } from "./provider-call.ts";

interface Answered<Value> {
  value: Value;
  usage: Consumption;
  log: GatewayLog;
}

/** One kind of call: what it needs, and how a provider is asked. */
interface Ask<Value> {
  kind: "embedding" | "image";
  expected: Expectation;
  /** `answered`: as for providers. */
  run(found: Found, signal: AbortSignal, answered: () => void): Promise<Answered<Value>>;
}

/**
 * Embeds texts. Records of its calls are added to `calls`, whatever becomes of it: the caller settles them.
 * @throws ModelError
 */
export async function runEmbed(
  parts: GatewayParts,
  call: EmbedCall,
  calls: ModelCall[],
): Promise<Omit<Embeddings, "calls">> {
  const inputTokens = call.values.reduce((sum, value) => sum + estimateTokens(value), 0);
  const { model, value } = await ask<number[][]>(parts, call, call.model, calls, {
    kind: "embedding",
    expected: { inputTokens, maxTokens: 0 },
    run: async (found, signal) => {
      const request = { model: found.model, values: call.values, signal };
      const batches = call.batches ?? new EmbedBatches(parts.clock, 0);
      const answer = await batches.embed(found.provider, request);
      if (answer.embeddings.length !== call.values.length) throw miscounted(found);
      const usage = { inputTokens: answer.inputTokens, outputTokens: 0 };
      return { value: answer.embeddings, usage, log: answer };
    },
  });
  return { model, embeddings: value };
}

/** Makes an image; as for {@link runEmbed}, its calls are added to `calls`. @throws ModelError */
export async function runImage(
  parts: GatewayParts,
  call: ImageCall,
  calls: ModelCall[],
): Promise<Omit<ImageMade, "calls">> {
  const { prompt, width, height, seed } = call;
  const { model, value } = await ask<{ bytes: Uint8Array; mediaType: string }>(
    parts,
    call,
    call.model,
    calls,
    {
      kind: "image",
      expected: { inputTokens: estimateTokens(prompt), maxTokens: 0, images: 1 },
      run: async (found, signal, answered) => {
        if (!found.provider.image) throw cannot(found, "make images");
        const made = await found.provider.image({
          model: found.model,
          prompt,
          signal,
          answered,
          ...(width !== undefined && { width }),
          ...(height !== undefined && { height }),
          ...(seed !== undefined && { seed }),
        });
        return {
          value: { bytes: made.bytes, mediaType: made.mediaType },
          usage: {
            inputTokens: made.inputTokens ?? 0,
            outputTokens: made.outputTokens ?? 0,
            images: 1,
          },
          log: made,
        };
      },
    },
  );
  return { model, ...value };
}

/** Embeddings of two models cannot be compared, so only a call that is still free to choose changes its model. */
async function ask<Value>(
  parts: GatewayParts,
  context: CallContext,
  requested: string,
  calls: ModelCall[],
  how: Ask<Value>,
): Promise<{ model: string; value: Value }> {
  const terms = await termsOf(parts, context);
  const deadline = new Deadline(context, parts.clock, requested);
  const failed: string[] = [];
  const choose = () =>
    parts.router.decide({
      requested,
      kind: how.kind,
      needs: { tools: false, vision: false, json: false, ...how.expected },
      agentPolicy: context.policy,
      workspacePolicy: terms.policy,
      budgetMicros: null,
      location: context.caller.location,
      failed,
      now: parts.clock.now(),
      chance: failed.length === 0 ? parts.random() : 1,
    });
  try {
    let { found } = choose();
    for (let failures = 0; ;) {
      const call = new ProviderCall(parts, context, terms, found, {
        number: calls.length,
        kind: how.kind,
        expected: how.expected,
      });
      await call.admit(deadline.signal);
      try {
        const answer = await how.run(found, deadline.signal, call.answered);
        call.used(answer.usage, answer.log);
        calls.push(call.ended("completed"));
        return { model: found.id, value: answer.value };
      } catch (error) {
        calls.push(call.ended(context.signal.aborted ? "cancelled" : "failed", error));
        if (deadline.signal.aborted || !(error instanceof ModelError)) throw error;
        failures += 1;
        const delay = retryDelay(parts.retry, failures, error, parts.clock, context.deadline);
        if (delay !== null) {
          await sleep(parts.clock, delay, deadline.signal);
          continue;
        }
        failed.push(found.id);
        found = another(choose, error);
        failures = 0;
      }
    }
  } catch (error) {
    throw deadline.signal.aborted ? deadline.signal.reason : error;
  } finally {
    deadline.stop();
  }
}

/** The next model. @throws `failure` where there is none */
function another(choose: () => { found: Found }, failure: ModelError): Found {
  try {
    return choose().found;
  } catch {
    throw failure;
  }
}

/** Books calls of which nobody else has a record. Never rejects. */
export async function bookCalls(
  parts: GatewayParts,
  { caller }: CallContext,
  calls: readonly ModelCall[],
): Promise<void> {
  if (calls.length === 0) return;
  await parts.account.book(
    caller.workspaceId,
    calls.map((call) => ({ call, caller })),
  );
}

const cannot = (found: Found, what: string): ModelError =>
  new ModelError("invalid_request", `${found.provider.name} cannot ${what} here: choose another model`, {
    retryable: false,
  });

const miscounted = (found: Found): ModelError =>
  new ModelError("upstream_failed", `${found.provider.name} answered with another number of embeddings`, {
    retryable: true,
  });
