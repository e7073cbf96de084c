/** One call to a provider: let through, paid for, watched, and accounted for whatever becomes of it. */
import { timestamp } from "@orrery/protocol";
import type { ModelCall } from "@orrery/protocol";
import type { AccountTerms } from "../account/contract.ts";
import { charge, worstCaseMicros } from "../cost.ts";
import type { Consumption, Expectation } from "../cost.ts";
import type { CallContext, GatewayLog, ProviderEvent } from "../contract.ts";
import { ModelError } from "../contract.ts";
import type { Found } from "../directory.ts";
import type { HeaderQueue } from "../wire/header-queue.ts";
import { admit } from "./admission.ts";
import { bucketsFor } from "./parts.ts";
import type { GatewayParts } from "./parts.ts";

/** Characters that count as a token where a provider did not say how many it wrote. */
const charactersPerToken = 4;

export class ProviderCall {
  readonly found: Found;
  readonly id: string;
  readonly #parts: GatewayParts;
  readonly #context: CallContext;
  #terms: AccountTerms;
  readonly #kind: ModelCall["kind"];
  readonly #expected: Expectation;
  #buckets: ReturnType<typeof bucketsFor> = [];
  #startedAt: number;
  #firstTokenAt: number | null = null;
  #written = 0;
  #heard = false;
  #usage: Consumption | null = null;
  #gatewayLog: GatewayLog = {};
  /** Where it has a place while the headers of its answer are waited for. */
  #headers: HeaderQueue | null = null;

  constructor(
    parts: GatewayParts,
    context: CallContext,
    terms: AccountTerms,
    found: Found,
    call: { number: number; kind: ModelCall["kind"]; expected: Expectation },
  ) {
    this.#parts = parts;
    this.#context = context;
    this.#terms = terms;
    this.found = found;
    this.id = `${context.callId}/${call.number}`;
    this.#kind = call.kind;
    this.#expected = call.expected;
    this.#startedAt = parts.clock.now();
  }

  /**
   * Resolves when the call may be made; see {@link admit}.
   * @throws ModelError `rate_limited`, `budget_exceeded`
   */
  async admit(signal: AbortSignal): Promise<void> {
    this.#buckets = bucketsFor(this.#parts, this.#context, this.#terms.policy, this.found.provider.name);
    // Embeddings are asked for together with others', and find their turn there.
    const headers = this.#kind === "embedding" ? null : (this.#context.batches?.headers ?? null);
    const entrant = {
      id: this.id,
      buckets: this.#buckets,
      tokens: this.#expected.inputTokens + this.#expected.maxTokens,
      worstCase: () => this.#worstCase(),
      headers,
    };
    this.#terms = await admit(this.#parts, this.#context, entrant, this.#terms, signal);
    this.#headers = headers;
    this.#startedAt = this.#parts.clock.now();
    this.#parts.statistics.begin(this.found.id, this.#startedAt);
  }

  /** @throws ModelError `budget_exceeded` where nobody knows what it may cost. */
  #worstCase(): number {
    const micros = worstCaseMicros(this.found.entry.price, this.#expected);
    if (micros !== null) return micros;
    throw new ModelError(
      "budget_exceeded",
      `There is a budget here, and nobody knows what ${this.found.id} costs: give it a price in MODEL_CATALOG`,
      { retryable: false },
    );
  }

  /** Whether the provider has said all that it had to say. */
  get finished(): boolean {
    return this.#usage !== null;
  }

  /** The headers of its answer have come, or will not come any more. */
  readonly answered = (): void => {
    this.#headers?.leave();
    this.#headers = null;
  };

  /** Takes note of what the provider said. */
  note(event: ProviderEvent): void {
    this.#heard = true;
    if (this.#headers !== null) this.answered();
    switch (event.type) {
      case "text":
      case "reasoning":
        if (event.text !== "") this.#firstTokenAt ??= this.#parts.clock.now();
        this.#written += event.text.length;
        return;
      case "tool-call":
        this.#firstTokenAt ??= this.#parts.clock.now();
        this.#written += JSON.stringify(event.input ?? "").length;
        return;
      case "log":
        this.#gatewayLog = event;
        return;
      case "finish":
        this.#usage = event.usage;
        return;
      case "source":
    }
  }

  /** What an embedding or an image took. */
  used(usage: Consumption, gatewayLog: GatewayLog): void {
    this.#heard = true;
    this.#usage = usage;
    this.#gatewayLog = gatewayLog;
  }

  /**
   * Closes the books on this call. Where a call broke off or was left in its middle, or its provider does not
   * count, nobody says what it took: it is counted here, and marked so. A call that was refused took nothing.
   */
  ended(outcome: "completed" | "failed" | "cancelled", error?: unknown): ModelCall {
    const { clock, statistics, limiter, account } = this.#parts;
    this.answered();
    const now = clock.now();
    const latencyMs = Math.max(0, now - this.#startedAt);
    const firstTokenMs = this.#firstTokenAt === null ? undefined : this.#firstTokenAt - this.#startedAt;
    const { usage, estimated } = this.#consumption(outcome);
    const { gatewayLogId, gatewayCached } = this.#gatewayLog;
    const { costMicros, milliNeurons } = gatewayCached
      ? { costMicros: 0, milliNeurons: 0 }
      : charge(this.found.entry.price, usage);
    statistics.record({
      model: this.found.id,
      location: this.#context.caller.location,
      at: now,
      outcome: outcome === "failed" && !tellsOfTheModel(error) ? "cancelled" : outcome,
      latencyMs,
      ...(firstTokenMs !== undefined && { firstTokenMs }),
    });
    this.#parts.sharing?.share();
    const difference =
      usage.inputTokens + usage.outputTokens - this.#expected.inputTokens - this.#expected.maxTokens;
    for (const { bucket, limits } of this.#buckets) limiter.correct(bucket, limits, difference);
    if (this.#terms.budgeted && costMicros === 0 && outcome !== "completed") {
      void account.release(this.#context.caller.workspaceId, this.id);
    }
    return {
      id: this.id,
      model: this.found.id,
      provider: this.found.provider.name,
      kind: this.#kind,
      outcome,
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      ...(usage.images !== undefined && { images: usage.images }),
      costMicros,
      ...(milliNeurons > 0 && { milliNeurons }),
      ...(estimated && { estimated }),
      ...(error instanceof ModelError && { error: error.code }),
      startedAt: timestamp(this.#startedAt),
      latencyMs,
      ...(firstTokenMs !== undefined && { firstTokenMs }),
      ...(gatewayLogId !== undefined && { gatewayLogId }),
      ...(gatewayCached === true && { gatewayCached }),
    };
  }

  /** What it took: as reported, and counted here where nothing was reported of what was there. */
  #consumption(outcome: "completed" | "failed" | "cancelled"): { usage: Consumption; estimated: boolean } {
    const { inputTokens, outputTokens, ...rest } = this.#usage ?? { inputTokens: 0, outputTokens: 0 };
    const read = this.#heard || outcome === "cancelled" ? this.#expected.inputTokens : 0;
    const written = Math.ceil(this.#written / charactersPerToken);
    const usage = { ...rest, inputTokens: inputTokens || read, outputTokens: outputTokens || written };
    return {
      usage,
      estimated: usage.inputTokens !== inputTokens || usage.outputTokens !== outputTokens,
    };
  }
}

/**
 * Whether a failure says anything about how the model does: what will not pass by itself, such as a refused
 * key, has to be told each time and mended, not waited for.
 */
const tellsOfTheModel = (error: unknown): boolean =>
  error instanceof ModelError && error.retryable && error.code !== "budget_exceeded";
