/**
 * A step of a model, from the question to the end of the answer: which model, from the cache or from a
 * provider, tried again, handed on to another model where one fails, filtered, and accounted for.
 */
import { usageOfCalls } from "@orrery/protocol";
import type { FilterPolicy, FinishReason, ModelCall, RouteDecision } from "@orrery/protocol";
import type { AccountTerms } from "../account/contract.ts";
import type { CacheLead } from "../cache/contract.ts";
import { sleep } from "../clock.ts";
import { ModelError } from "../contract.ts";
import type { ModelEvent, ModelRequest, ProviderEvent } from "../contract.ts";
import { estimateTokens } from "../cost.ts";
import type { Found } from "../directory.ts";
import { strictest } from "../guardrails/index.ts";
import { retryDelay } from "../retry.ts";
import { affordable, fits } from "../routing/constraints.ts";
import type { Needs } from "../routing/contract.ts";
import { Answer } from "./answer.ts";
import { cachedCall, replayed } from "./cached.ts";
import { Deadline } from "./deadline.ts";
import { bookCalls, runEmbed } from "./direct.ts";
import { needsOf } from "./needs.ts";
import { OpenStreams } from "./open-streams.ts";
import { termsOf } from "./parts.ts";
import type { GatewayParts } from "./parts.ts";
import { withheld } from "./withheld.ts";

interface Choice {
  found: Found;
  decision: RouteDecision;
}

type Stream = AsyncGenerator<ModelEvent, void, undefined>;

/** @throws ModelError */
export async function* runStep(parts: GatewayParts, request: ModelRequest): Stream {
  const terms = await termsOf(parts, request);
  const refusal = await parts.checkInput(request);
  if (refusal !== null) throw new ModelError("invalid_request", refusal.refused, { retryable: false });
  const deadline = new Deadline(request, parts.clock, request.model);
  const step = new Step(parts, request, terms, deadline.signal);
  try {
    yield* step.run();
  } catch (error) {
    // Whatever broke because the time was up or the caller left, that is the reason.
    throw deadline.signal.aborted ? deadline.signal.reason : error;
  } finally {
    deadline.stop();
    await step.close();
  }
}

class Step {
  readonly #parts: GatewayParts;
  readonly #request: ModelRequest;
  readonly #terms: AccountTerms;
  readonly #signal: AbortSignal;
  readonly #needs: Needs;
  readonly #filter: FilterPolicy;
  readonly #calls: ModelCall[] = [];
  /** Of these, calls that nobody was told of so far. */
  readonly #unsaid: ModelCall[] = [];
  readonly #failed: string[] = [];
  #answer: Answer;
  #lead: CacheLead | null = null;
  /** The model whose answer the lead is for: that of one that stood in for it is not kept as its own. */
  #leadFor: string | null = null;
  #callsMade = 0;
  #budgetMicros: number | null = null;
  #prefill: string | null = null;

  constructor(parts: GatewayParts, request: ModelRequest, terms: AccountTerms, signal: AbortSignal) {
    this.#parts = parts;
    this.#request = request;
    this.#terms = terms;
    this.#signal = signal;
    this.#needs = needsOf(request);
    this.#filter = strictest(request.policy.filter ?? {}, terms.policy.filter ?? {});
    this.#answer = this.#newAnswer(false);
  }

  #newAnswer(keep: boolean): Answer {
    return new Answer(() => this.#parts.outputFilter(this.#filter), keep);
  }

  async *run(): Stream {
    let choice = this.#choose();
    yield { type: "route", decision: choice.decision };
    const cached = await this.#lookUp(choice.found);
    yield* this.#say();
    if (cached !== null) {
      yield* cached;
      return;
    }
    for (let failures = 0; ;) {
      try {
        yield* this.#ask(choice.found);
        return;
      } catch (error) {
        if (this.#signal.aborted) throw error;
        failures += 1;
        const next = this.#next(choice, error, failures);
        this.#prefill = this.#beginningFor(next.found);
        if (this.#prefill === null) {
          if (this.#answer.begun) yield { type: "restart" };
          // Nothing shown is not nothing said: a filter may hold back the beginning of the answer that failed.
          this.#answer.restart();
        }
        if (next.found.id !== choice.found.id) {
          failures = 0;
          yield { type: "route", decision: next.decision };
        }
        choice = next;
        if (next.delayMs > 0) await sleep(this.#parts.clock, next.delayMs, this.#signal);
      }
    }
  }

  /**
   * Leaves nothing open: those who wait for this answer hear that it will not come, and calls are booked. Those of
   * an execution are booked from its own record, but for those that nobody took for it.
   */
  async close(): Promise<void> {
    await this.#lead?.abandon();
    const { executionId } = this.#request.caller;
    await bookCalls(this.#parts, this.#request, executionId === undefined ? this.#calls : this.#unsaid);
  }

  #choose(): Choice {
    const { model, task, policy, caller } = this.#request;
    return this.#parts.router.decide({
      requested: model,
      kind: "text",
      ...(task !== undefined && { task }),
      needs: this.#needs,
      agentPolicy: policy,
      workspacePolicy: this.#terms.policy,
      budgetMicros: this.#budgetMicros,
      location: caller.location,
      failed: this.#failed,
      now: this.#parts.clock.now(),
      // Nobody tries something new in the middle of trouble.
      chance: this.#failed.length === 0 ? this.#parts.random() : 1,
    });
  }

  /**
   * What to do after a failure: the same model again after a while, as long as nothing was shown; another
   * one otherwise; the same again where there is no other.
   * @throws the failure, where there is nothing left to try
   */
  #next(choice: Choice, error: unknown, failures: number): Choice & { delayMs: number } {
    const { clock, retry } = this.#parts;
    if (!(error instanceof ModelError) || error.code === "invalid_request") throw error;
    const delayMs = retryDelay(retry, failures, error, clock, this.#request.deadline);
    if (!this.#answer.begun && delayMs !== null) return { ...choice, delayMs };
    if (error.code === "budget_exceeded") {
      // Another model may still fit into what is left; if none does, that is the reason.
      if (error.remainingMicros === undefined || this.#budgetMicros === error.remainingMicros) throw error;
      this.#budgetMicros = error.remainingMicros;
    } else {
      this.#failed.push(choice.found.id);
    }
    try {
      return { ...this.#choose(), delayMs: 0 };
    } catch {
      if (delayMs === null) throw error;
      this.#failed.pop();
      return { ...choice, delayMs };
    }
  }

  /** The beginning of the answer for a model that can go on with it; null for one that begins anew. */
  #beginningFor({ entry }: Found): string | null {
    const { begun, prefix } = this.#answer;
    if (!begun || prefix === null || !entry.prefill || this.#request.responseFormat !== undefined)
      return null;
    const size = { inputTokens: this.#inputTokens(prefix), maxTokens: this.#needs.maxTokens };
    return fits(entry, size) && affordable(entry, size, this.#budgetMicros) ? prefix : null;
  }

  /** That a model reads of the request and of the beginning that it goes on with, as estimated. */
  #inputTokens(beginning: string | null): number {
    return this.#needs.inputTokens + (beginning === null ? 0 : estimateTokens(beginning));
  }

  /** The answer from the cache, or null where a model is to be asked. */
  async #lookUp(found: Found): Promise<Iterable<ModelEvent> | null> {
    const { policy, noCache } = this.#request;
    if (policy.cache === undefined || policy.cache.mode === "off" || noCache === true) return null;
    const startedAt = this.#parts.clock.now();
    const lookup = await this.#parts.cache.lookup({
      request: this.#request,
      model: found.id,
      policy: policy.cache,
      filter: this.#filter,
      embed: policy.cache.mode === "semantic" ? (text) => this.#embed(text) : null,
    });
    if (lookup.found === "hit") {
      const latencyMs = this.#parts.clock.now() - startedAt;
      const id = `${this.#request.callId}/${this.#callsMade++}`;
      const call = cachedCall(lookup.answer, { id, provider: found.provider.name, startedAt, latencyMs });
      this.#calls.push(call);
      return replayed(lookup.answer, call);
    }
    if (lookup.found === "lead") {
      this.#lead = lookup.lead;
      this.#leadFor = found.id;
      this.#answer = this.#newAnswer(true);
    }
    return null;
  }

  /** A question's meaning, for the semantic cache; what it costs is part of the step. */
  async #embed(text: string): Promise<{ model: string; vector: number[] }> {
    const { callId, caller, policy, deadline, batches } = this.#request;
    const calls: ModelCall[] = [];
    try {
      const call = {
        callId: `${callId}/embed`,
        caller,
        policy,
        deadline,
        signal: this.#signal,
        ...(batches && { batches }),
      };
      const { model, embeddings } = await runEmbed(
        this.#parts,
        { ...call, model: "auto:embed", values: [text] },
        calls,
      );
      return { model, vector: embeddings[0] ?? [] };
    } finally {
      this.#record(calls);
    }
  }

  /** Asks one model once, or twice at a time where the first is slow. */
  async *#ask(found: Found): Stream {
    const streams = new OpenStreams(this.#parts, this.#request, this.#terms, {
      signal: this.#signal,
      found,
      inputTokens: this.#inputTokens(this.#prefill),
      prefill: this.#prefill,
      number: () => this.#callsMade++,
    });
    try {
      const { open, first } = await streams.firstHeard();
      for (let next = first; !next.done; next = await open.stream.next()) {
        // What has arrived already is not shown to who has left.
        this.#signal.throwIfAborted();
        const event = next.value;
        open.call.note(event);
        if (event.type === "log") continue;
        if (event.type === "finish") {
          yield* this.#answer.end();
          if (this.#answer.blocked) break;
          this.#record(streams.ended("completed"));
          yield* this.#say();
          await this.#store(found, event);
          yield this.#finish(found, event.reason);
          return;
        }
        yield* this.#answer.take(event);
        if (this.#answer.blocked) break;
      }
      if (!this.#answer.blocked) throw unfinished(found);
      this.#record(streams.ended(open.call.finished ? "completed" : "cancelled"));
      yield* this.#say();
      yield* this.#withhold(found);
    } catch (error) {
      const outcome = this.#request.signal.aborted ? "cancelled" : "failed";
      this.#record(streams.ended(outcome, error));
      yield* this.#say();
      throw error;
    } finally {
      // Whoever stopped reading was thrown out of the middle of the above.
      this.#record(streams.left());
      await streams.stop();
    }
  }

  /** Puts calls on the books, also where nothing can be yielded now. */
  #record(calls: readonly ModelCall[]): void {
    this.#calls.push(...calls);
    this.#unsaid.push(...calls);
  }

  /** Tells of the calls that nobody was told of. */
  *#say(): Generator<ModelEvent> {
    for (let call = this.#unsaid.shift(); call !== undefined; call = this.#unsaid.shift()) {
      yield { type: "call", call };
    }
  }

  /** Keeps the answer for whoever asks the same, unless it was cut short. */
  async #store(found: Found, finish: Extract<ProviderEvent, { type: "finish" }>): Promise<void> {
    if (this.#lead === null || this.#leadFor !== found.id) return;
    if (finish.reason !== "stop" && finish.reason !== "tool-calls") return;
    const lead = this.#lead;
    this.#lead = null;
    await lead.store({
      events: this.#answer.events,
      reason: finish.reason,
      model: found.id,
      extractive: found.provider.extractive,
      usage: finish.usage,
    });
  }

  /** Takes back what was shown of an answer that may not be, and says why. */
  *#withhold(found: Found): Generator<ModelEvent> {
    const findings = this.#answer.findings();
    if (this.#answer.begun) yield { type: "restart" };
    const classes = findings.filter(({ action }) => action === "block").map((finding) => finding.class);
    yield { type: "text", text: withheld(classes) };
    yield { type: "filtered", findings };
    yield this.#finish(found, "content-filter");
  }

  #finish(found: Found, reason: FinishReason): ModelEvent {
    return {
      type: "finish",
      reason,
      usage: usageOfCalls(this.#calls),
      model: found.id,
      extractive: found.provider.extractive,
    };
  }
}

const unfinished = (found: Found): ModelError =>
  new ModelError("upstream_failed", `${found.provider.name} ended without finishing its answer`, {
    retryable: true,
  });
