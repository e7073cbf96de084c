/** The gateway between everyone who asks a model and the providers: here it is put together. */
import type { Model, ModelCall, ModelKind, RouteDecision } from "@orrery/protocol";
import { createAccount, type AccountEnv } from "./account/account.ts";
import type { Account } from "./account/contract.ts";
import { createAnswerCache, type AnswerCacheEnv } from "./cache/answer-cache.ts";
import type { AnswerCache } from "./cache/contract.ts";
import { catalogFor } from "./catalog/catalog.ts";
import { systemClock, type Clock } from "./clock.ts";
import type {
  CallContext,
  EmbedCall,
  Embeddings,
  ImageCall,
  ImageMade,
  ModelEvent,
  ModelGateway,
  ModelRequest,
  ObjectCall,
  ObjectMade,
  Provider,
  RouteCall,
} from "./contract.ts";
import { ModelError } from "./contract.ts";
import { Directory } from "./directory.ts";
import { bookCalls, runEmbed, runImage } from "./gateway/direct.ts";
import { runObject } from "./gateway/object.ts";
import type { GatewayParts } from "./gateway/parts.ts";
import { isStandIn, providersOf, type ProvidersEnv } from "./gateway/providers.ts";
import { runStep } from "./gateway/step.ts";
import { createInputCheck, createOutputFilter, type InputCheckEnv } from "./guardrails/index.ts";
import type { Limiter } from "./limits/contract.ts";
import { createLimiter, type LimiterEnv } from "./limits/limiter.ts";
import { parseLimits } from "./limits/provider-limits.ts";
import { defaultRetryPolicy, type RetryPolicy } from "./retry.ts";
import type { RoutingStatistics } from "./routing/contract.ts";
import { isolateStatistics } from "./routing/isolate.ts";
import { kindAsked } from "./routing/names.ts";
import { createRouter } from "./routing/router.ts";
import { StatisticsSharing, type SharingEnv } from "./routing/sharing.ts";
import { parseServers } from "./servers.ts";
import type { Transport } from "./wire/upstream.ts";
import { defaultTimeLimits, type TimeLimits } from "./wire/watch.ts";

/** What the gateway needs of the platform's `Env`. An empty variable counts as absent. */
export interface GatewayEnv extends ProvidersEnv, Partial<InputCheckEnv> {
  readonly MODEL_NETWORK?: Pick<Fetcher, "fetch">;
  /** JSON of OpenAI-compatible servers, by name; see `servers.ts`. */
  readonly MODEL_SERVERS?: string;
  /** JSON of what is added to the catalog, or changed in it. */
  readonly MODEL_CATALOG?: string;
  /** JSON of what providers allow for the keys in use. */
  readonly MODEL_LIMITS?: string;
  readonly STATISTICS?: SharingEnv["STATISTICS"];
  readonly ACCOUNTS?: AccountEnv["ACCOUNTS"];
  readonly LIMITERS?: LimiterEnv["LIMITERS"];
  readonly ANSWERS?: AnswerCacheEnv["ANSWERS"];
}

export interface GatewayOptions {
  fetch?: typeof fetch;
  clock?: Clock;
  limits?: Partial<TimeLimits>;
  retry?: Partial<RetryPolicy>;
  /** More providers, such as `fromLanguageModel(…)`; their models are named `<provider>/<model>`. */
  providers?: readonly Provider[];
  account?: Account;
  limiter?: Limiter;
  cache?: AnswerCache;
  /** What is known of models; the isolate's own where absent. */
  statistics?: RoutingStatistics;
  /** Uniform in [0, 1): decides which calls explore. */
  random?: () => number;
}

/**
 * Makes the gateway for this environment. Cheap, and without any request: what a key or a server is worth
 * shows when it is used. Where a binding is absent, so is what it keeps: budgets, limits, the cache.
 */
export function createGateway(env: GatewayEnv, options: GatewayOptions = {}): ModelGateway {
  const clock = options.clock ?? systemClock;
  const network = env.MODEL_NETWORK;
  const transport: Transport = {
    // Workers refuse a `fetch` that is called as a method of something else.
    fetch:
      options.fetch ??
      (network ? (input, init) => network.fetch(input, init) : (input, init) => fetch(input, init)),
    clock,
    limits: { ...defaultTimeLimits, ...options.limits },
  };
  const servers = parseServers(env.MODEL_SERVERS);
  const providers = [...providersOf(env, servers, transport), ...(options.providers ?? [])];
  const directory = new Directory(providers, servers, catalogFor(env.MODEL_CATALOG, servers, isStandIn(env)));
  const statistics = options.statistics ?? isolateStatistics();
  const sharing =
    env.STATISTICS && options.statistics === undefined
      ? new StatisticsSharing({ STATISTICS: env.STATISTICS }, isolateStatistics(), clock)
      : null;
  const limits = parseLimits(env.MODEL_LIMITS);
  const parts: GatewayParts = {
    clock,
    random: options.random ?? Math.random,
    retry: { ...defaultRetryPolicy, ...options.retry },
    router: createRouter(directory, statistics),
    statistics,
    sharing,
    account:
      options.account ?? (env.ACCOUNTS ? createAccount({ ACCOUNTS: env.ACCOUNTS }, { clock }) : noAccount),
    limiter:
      options.limiter ?? (env.LIMITERS ? createLimiter({ LIMITERS: env.LIMITERS }, { clock }) : noLimiter),
    providerLimits: (provider) => limits.limitsFor(provider),
    cache: options.cache ?? (env.ANSWERS ? createAnswerCache({ ANSWERS: env.ANSWERS }) : noCache),
    checkInput: createInputCheck(env, { fetch: transport.fetch, clock }),
    outputFilter: createOutputFilter,
  };
  return new Gateway(parts, directory, limits.problem === null ? [] : [limits.problem]);
}

class Gateway implements ModelGateway {
  readonly #parts: GatewayParts;
  readonly #directory: Directory;
  readonly #problems: readonly string[];

  constructor(parts: GatewayParts, directory: Directory, problems: readonly string[]) {
    this.#parts = parts;
    this.#directory = directory;
    this.#problems = [...directory.problems, ...problems];
  }

  problems(): readonly string[] {
    return this.#problems;
  }

  step(request: ModelRequest): AsyncGenerator<ModelEvent, void, undefined> {
    return runStep(this.#parts, request);
  }

  object(call: ObjectCall): Promise<ObjectMade> {
    return runObject(this.#parts, call);
  }

  async embed(call: EmbedCall): Promise<Embeddings> {
    return await this.#booked(call, (calls) => runEmbed(this.#parts, call, calls));
  }

  async image(call: ImageCall): Promise<ImageMade> {
    return await this.#booked(call, (calls) => runImage(this.#parts, call, calls));
  }

  async list(): Promise<Model[]> {
    await this.#parts.sharing?.load();
    const { statistics, clock } = this.#parts;
    const now = clock.now();
    return this.#directory.list({
      health: (model) => statistics.health(model, undefined, now),
      choice: (name) => this.#choice(name, now),
    });
  }

  check(name: string, kind: ModelKind): { model: Model } | { problem: string } {
    const found = this.#directory.find(name, kind);
    return "problem" in found ? found : { model: this.#directory.describe(found) };
  }

  async route({ request, workspaceId, location }: RouteCall): Promise<RouteDecision> {
    const { policy: workspacePolicy } = await this.#parts.account.terms(workspaceId);
    const { model, task, modelPolicy, ...needs } = request;
    const kind = kindAsked(model, task) ?? this.#directory.kindOf(model) ?? "text";
    const { decision } = this.#parts.router.decide({
      requested: model,
      kind,
      ...(task !== undefined && { task }),
      // Only texts are written by the token.
      needs: kind === "text" ? needs : { ...needs, maxTokens: 0 },
      agentPolicy: modelPolicy,
      workspacePolicy,
      budgetMicros: null,
      location,
      failed: [],
      now: this.#parts.clock.now(),
      // What is tried to learn of it is not what is usually chosen.
      chance: 1,
    });
    return decision;
  }

  /** What a routing name chooses for a plain question. */
  #choice(requested: string, now: number): string | null {
    const needs = { tools: false, vision: false, json: false, inputTokens: 1000, maxTokens: 1024 };
    try {
      const { found } = this.#parts.router.decide({
        requested,
        kind: "text",
        needs,
        agentPolicy: {},
        workspacePolicy: {},
        budgetMicros: null,
        location: "",
        failed: [],
        now,
        chance: 1,
      });
      return found.id;
    } catch (error) {
      if (error instanceof ModelError) return null;
      throw error;
    }
  }

  /** What `work` makes, and the calls that it took: booked, unless an execution is told of them. */
  async #booked<Made>(
    context: CallContext,
    work: (calls: ModelCall[]) => Promise<Made>,
  ): Promise<Made & { calls: ModelCall[] }> {
    const calls: ModelCall[] = [];
    let told = false;
    try {
      const made = await work(calls);
      told = context.caller.executionId !== undefined;
      return { ...made, calls };
    } finally {
      if (!told) await bookCalls(this.#parts, context, calls);
    }
  }
}

const noAccount: Account = {
  terms: () => ({ policy: {}, budgeted: false, until: Number.POSITIVE_INFINITY }),
  hold: async () => undefined,
  afford: async () => undefined,
  settle: async () => undefined,
  book: async () => undefined,
  release: async () => undefined,
  retire: async () => undefined,
};

const noLimiter: Limiter = {
  acquire: async () => 0,
  giveBack: () => undefined,
  correct: () => undefined,
};

const noCache: AnswerCache = { lookup: async () => ({ found: "miss" }) };
