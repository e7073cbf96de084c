/** The streams of one question to one model: one, or two where the first is slow. */
import type { ModelCall } from "@orrery/protocol";
import { log } from "../../observability/index.ts";
import type { AccountTerms } from "../account/contract.ts";
import type { ModelRequest, ProviderEvent, ProviderRequest } from "../contract.ts";
import type { Found } from "../directory.ts";
import { hedged } from "./hedge.ts";
import type { GatewayParts } from "./parts.ts";
import { ProviderCall } from "./provider-call.ts";

/** Calls that must have been measured before a model's 95th percentile says when it is slow. */
const hedgeAfterCalls = 20;

export interface OpenStream {
  call: ProviderCall;
  stream: AsyncGenerator<ProviderEvent, void, undefined>;
  first: Promise<IteratorResult<ProviderEvent, void>>;
  /** What it failed with by itself before anything of it was heard; null where it did not. */
  failure: { error: unknown } | null;
  stop(): Promise<void>;
}

/** What is asked of whom. */
export interface Question {
  signal: AbortSignal;
  found: Found;
  /** As estimated. */
  inputTokens: number;
  /** The beginning of the answer, where another model wrote it. */
  prefill: string | null;
  /** The number of the next call within the step. */
  number(): number;
}

export class OpenStreams {
  readonly #parts: GatewayParts;
  readonly #request: ModelRequest;
  readonly #terms: AccountTerms;
  readonly #question: Question;
  readonly #begun: OpenStream[] = [];
  /** Those of them whose books are open. */
  readonly #unended = new Set<OpenStream>();
  /** The one that is read. */
  #heard: OpenStream | null = null;

  constructor(parts: GatewayParts, request: ModelRequest, terms: AccountTerms, question: Question) {
    this.#parts = parts;
    this.#request = request;
    this.#terms = terms;
    this.#question = question;
  }

  /** Opens a stream, and a second one if the first is silent for too long. @throws ModelError */
  async firstHeard(): Promise<{ open: OpenStream; first: IteratorResult<ProviderEvent, void> }> {
    const { won, value } = await this.#race();
    this.#heard = won;
    for (const open of this.#begun) if (open !== won) this.#breakOff(open);
    return { open: won, first: value };
  }

  async #race(): Promise<{ won: OpenStream; value: IteratorResult<ProviderEvent, void> }> {
    const { policy, caller } = this.#request;
    const { id } = this.#question.found;
    const first = await this.#begin(this.#question.signal);
    const health = policy.hedging ? this.#parts.statistics.health(id, caller.location) : null;
    if (!health || health.calls < hedgeAfterCalls || health.firstTokenP95 === null) {
      return { won: first, value: await first.first };
    }
    const second = async (withdrawn: AbortSignal): Promise<OpenStream | null> => {
      try {
        return await this.#begin(AbortSignal.any([this.#question.signal, withdrawn]));
      } catch (error) {
        // No money or no room for a second request is no reason to fail the first.
        log.debug("models.hedge-declined", { model: id, error });
        return null;
      }
    };
    return hedged(first, second, health.firstTokenP95, this.#parts.clock);
  }

  /** Nobody reads it any more; its books stay open until the step's are closed. */
  #breakOff(open: OpenStream): void {
    open.call.answered();
    void open.stop();
  }

  /**
   * Closes the books: on the stream that is read as said, or on all of them where none is; on the others as left.
   * One that failed by itself failed, whatever became of the others.
   */
  ended(outcome: "completed" | "failed" | "cancelled", error?: unknown): ModelCall[] {
    return this.#end((open) =>
      this.#heard === null || open === this.#heard
        ? open.call.ended(outcome, error)
        : open.call.ended("cancelled"),
    );
  }

  /** Closes the books that are still open: nobody reads on, and what was asked was asked all the same. */
  left(): ModelCall[] {
    return this.#end(({ call }) => call.ended(call.finished ? "completed" : "cancelled"));
  }

  async stop(): Promise<void> {
    for (const open of this.#begun) await open.stop();
  }

  #end(record: (open: OpenStream) => ModelCall): ModelCall[] {
    const calls = Array.from(this.#unended, (open) =>
      open.failure === null ? record(open) : open.call.ended("failed", open.failure.error),
    );
    this.#unended.clear();
    return calls;
  }

  /** `admission` ends the wait to be let in, and nothing after it. */
  async #begin(admission: AbortSignal): Promise<OpenStream> {
    const { signal, found, inputTokens } = this.#question;
    const call = new ProviderCall(this.#parts, this.#request, this.#terms, found, {
      number: this.#question.number(),
      kind: "text",
      expected: { inputTokens, maxTokens: this.#maxTokens() },
    });
    await call.admit(admission);
    const controller = new AbortController();
    const follow = (): void => controller.abort(signal.reason);
    if (signal.aborted) follow();
    else signal.addEventListener("abort", follow, { once: true });
    const stream = found.provider.stream(this.#providerRequest(controller.signal, call.answered));
    const first = stream.next();
    const open: OpenStream = {
      call,
      stream,
      first,
      failure: null,
      stop: async () => {
        signal.removeEventListener("abort", follow);
        // An answer that has ended leaves its connection to the next; to abort would close it.
        if (!call.finished) {
          controller.abort(new DOMException("nobody waits for this answer any more", "AbortError"));
        }
        await stream.return().catch(() => undefined);
      },
    };
    first.catch((error: unknown) => {
      if (!controller.signal.aborted) open.failure = { error };
    });
    this.#begun.push(open);
    this.#unended.add(open);
    return open;
  }

  #providerRequest(signal: AbortSignal, answered: () => void): ProviderRequest {
    const { system, messages, tools, temperature, responseFormat, policy, noCache } = this.#request;
    const { found, prefill } = this.#question;
    const providerOptions = policy.providerOptions?.[found.provider.name];
    return {
      model: found.model,
      messages,
      tools,
      temperature,
      maxTokens: this.#maxTokens(),
      signal,
      answered,
      ...(system !== undefined && { system }),
      ...(responseFormat && { responseFormat }),
      ...(providerOptions && { providerOptions }),
      ...(prefill !== null && { prefill }),
      ...(noCache === true && { noCache }),
    };
  }

  #maxTokens(): number {
    const { maxOutputTokens } = this.#question.found.entry;
    return Math.min(this.#request.maxTokens, maxOutputTokens ?? Number.POSITIVE_INFINITY);
  }
}
