/** The gateway between agents and providers: finds the model, runs the step, counts the cost. */
import type { Model, ModelKind } from "@orrery/protocol";
import { systemClock, sleep, type Clock } from "./clock.ts";
import {
  ModelError,
  type ModelEvent,
  type ModelGateway,
  type ModelRequest,
  type Provider,
  type ProviderEvent,
  type ProviderRequest,
} from "./contract.ts";
import { costMicros } from "./cost.ts";
import { Directory, type Found } from "./directory.ts";
import { anthropicProvider } from "./providers/anthropic/index.ts";
import { googleProvider } from "./providers/google/index.ts";
import { offlineProvider } from "./providers/offline/index.ts";
import { chatProvider } from "./providers/openai-compatible/index.ts";
import { openaiProvider } from "./providers/openai/index.ts";
import { workersAIProvider, type WorkersAI } from "./providers/workers-ai/index.ts";
import { defaultRetryPolicy, retryDelay, type RetryPolicy } from "./retry.ts";
import { parseServers } from "./servers.ts";
import type { Transport } from "./wire/upstream.ts";
import { defaultTimeLimits, type TimeLimits } from "./wire/watch.ts";

/** What the gateway needs of the platform's `Env`. An empty variable counts as absent. */
export interface GatewayEnv {
  readonly OPENAI_API_KEY?: string;
  readonly OPENAI_BASE_URL?: string;
  readonly ANTHROPIC_API_KEY?: string;
  readonly ANTHROPIC_BASE_URL?: string;
  readonly GOOGLE_API_KEY?: string;
  readonly GOOGLE_BASE_URL?: string;
  /** JSON of OpenAI-compatible servers, by name; see `servers.ts`. */
  readonly MODEL_SERVERS?: string;
  readonly AI?: object;
}

export interface GatewayOptions {
  fetch?: typeof fetch;
  clock?: Clock;
  limits?: Partial<TimeLimits>;
  retry?: Partial<RetryPolicy>;
  /** More providers, such as `fromLanguageModel(…)`; their models are named `<provider>/<model>`. */
  providers?: readonly Provider[];
}

const given = (value: string | undefined): string | undefined =>
  value === undefined || value.trim() === "" ? undefined : value.trim();

function providersOf(
  env: GatewayEnv,
  transport: Transport,
): {
  providers: Provider[];
  servers: ReturnType<typeof parseServers>;
} {
  const servers = parseServers(env.MODEL_SERVERS);
  const providers = [
    openaiProvider({ apiKey: given(env.OPENAI_API_KEY), baseUrl: given(env.OPENAI_BASE_URL) }, transport),
    anthropicProvider(
      { apiKey: given(env.ANTHROPIC_API_KEY), baseUrl: given(env.ANTHROPIC_BASE_URL) },
      transport,
    ),
    googleProvider({ apiKey: given(env.GOOGLE_API_KEY), baseUrl: given(env.GOOGLE_BASE_URL) }, transport),
    // The binding's own type knows every model's inputs by name; models come and go faster than it.
    workersAIProvider(env.AI as WorkersAI | undefined, transport),
    ...Array.from(servers.servers, ([name, server]) =>
      chatProvider(
        {
          name,
          baseUrl: server.baseUrl,
          apiKey: server.apiKey,
          keyVariable: `the apiKey of "${name}" in MODEL_SERVERS`,
        },
        transport,
      ),
    ),
    offlineProvider(),
  ];
  return { providers, servers };
}

/**
 * Makes the gateway for this environment. Cheap, and without any request: what a key or a server is worth
 * shows when it is used.
 */
export function createGateway(env: GatewayEnv, options: GatewayOptions = {}): ModelGateway {
  const clock = options.clock ?? systemClock;
  const transport: Transport = {
    // Workers refuse a `fetch` that is called as a method of something else.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    clock,
    limits: { ...defaultTimeLimits, ...options.limits },
  };
  const { providers, servers } = providersOf(env, transport);
  const directory = new Directory([...providers, ...(options.providers ?? [])], servers);
  return new Gateway(directory, clock, { ...defaultRetryPolicy, ...options.retry });
}

class Gateway implements ModelGateway {
  readonly #directory: Directory;
  readonly #clock: Clock;
  readonly #retry: RetryPolicy;

  constructor(directory: Directory, clock: Clock, retry: RetryPolicy) {
    this.#directory = directory;
    this.#clock = clock;
    this.#retry = retry;
  }

  async *step(request: ModelRequest): AsyncGenerator<ModelEvent, void, undefined> {
    const found = this.#directory.find(request.model, "text");
    if ("problem" in found) {
      throw new ModelError("invalid_request", found.problem, { retryable: false });
    }
    const reason = found.provider.unavailable();
    if (reason !== null) {
      throw new ModelError("upstream_failed", `${found.id} cannot be used: ${reason}`, {
        retryable: false,
      });
    }
    if (request.tools.length > 0 && found.entry?.tools === false) {
      throw new ModelError(
        "invalid_request",
        `${found.id} cannot call tools here: choose another model, or take the agent's tools away`,
        { retryable: false },
      );
    }
    const limited = new Deadline(request, this.#clock, found.id);
    try {
      const { stream, first } = await this.#begin(found, request, limited);
      try {
        for (let next = first; !next.done; next = await stream.next()) {
          yield next.value.type === "finish" ? finishOf(next.value, found) : next.value;
        }
      } finally {
        await stream.return();
      }
    } catch (error) {
      // Whatever broke because the time was up or the caller left, that is the reason.
      throw limited.signal.aborted ? limited.signal.reason : error;
    } finally {
      limited.stop();
    }
  }

  async list(): Promise<Model[]> {
    return this.#directory.list();
  }

  check(name: string, kind: ModelKind): { model: Model } | { problem: string } {
    const found = this.#directory.find(name, kind);
    return "problem" in found ? found : { model: this.#directory.describe(found) };
  }

  /** Asks until a first event comes, by the retry policy. */
  async #begin(
    found: Found,
    request: ModelRequest,
    limited: Deadline,
  ): Promise<{
    stream: AsyncGenerator<ProviderEvent, void, undefined>;
    first: IteratorResult<ProviderEvent, void>;
  }> {
    const asked = providerRequest(request, found, limited.signal);
    let failures = 0;
    for (;;) {
      limited.signal.throwIfAborted();
      const stream = found.provider.stream(asked);
      try {
        const first = await stream.next();
        if (first.done === true) throw nothingSaid(found);
        return { stream, first };
      } catch (error) {
        failures += 1;
        const delay = limited.signal.aborted
          ? null
          : retryDelay(this.#retry, failures, error, this.#clock, request.deadline);
        if (delay === null) throw error;
        await sleep(this.#clock, delay, limited.signal);
      }
    }
  }
}

const nothingSaid = (found: Found): ModelError =>
  new ModelError("upstream_failed", `${found.provider.name} answered nothing`, { retryable: true });

function providerRequest(request: ModelRequest, found: Found, signal: AbortSignal): ProviderRequest {
  const { deadline: _, ...rest } = request;
  const limit = found.entry?.maxOutputTokens ?? null;
  return {
    ...rest,
    model: found.model,
    maxTokens: limit === null ? rest.maxTokens : Math.min(rest.maxTokens, limit),
    signal,
  };
}

const finishOf = (
  event: Extract<ProviderEvent, { type: "finish" }>,
  found: Found,
): Extract<ModelEvent, { type: "finish" }> => ({
  type: "finish",
  reason: event.reason,
  usage: {
    ...event.usage,
    costMicros: costMicros(event.usage, found.entry?.price ?? null),
    cached: false,
  },
  model: found.id,
  extractive: found.provider.extractive,
});

/** A signal that follows the caller's and aborts with `upstream_timeout` when the step's time is up. */
class Deadline {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #cancelTimer: () => void;

  constructor(request: ModelRequest, clock: Clock, id: string) {
    this.#caller = request.signal;
    const left = request.deadline - clock.now();
    const late = (): void =>
      this.#controller.abort(
        new ModelError("upstream_timeout", `${id} did not finish in the time that was left`, {
          retryable: true,
        }),
      );
    if (this.#caller.aborted) this.#follow();
    else this.#caller.addEventListener("abort", this.#follow, { once: true });
    if (left <= 0) late();
    // Timers hold 31 bits of milliseconds; a deadline weeks away needs none.
    this.#cancelTimer = left > 0 && left < 2 ** 31 ? clock.after(left, late) : () => undefined;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  stop(): void {
    this.#cancelTimer();
    this.#caller.removeEventListener("abort", this.#follow);
  }

  readonly #follow = (): void => this.#controller.abort(this.#caller.reason);
}
