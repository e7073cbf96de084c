/** Finds the model a name means, and says what each is and whether it can be used. */
import type { Model, ModelHealth, ModelKind } from "@orrery/protocol";
import type { Catalog } from "./catalog/catalog.ts";
import { idOf, undescribed, type CatalogEntry } from "./catalog/entry.ts";
import { serverEntry } from "./catalog/server-entries.ts";
import type { Provider } from "./contract.ts";
import { nearestNames } from "./nearest.ts";
import { isRoutingName, plainNames, readRoute } from "./routing/names.ts";
import { scoreOf } from "./routing/score.ts";
import type { ModelServers } from "./servers.ts";

/** A model that a name means. */
export interface Found {
  /** `provider/model`. */
  id: string;
  provider: Provider;
  /** The provider's own name for it. */
  model: string;
  /** Of a model that nobody described, guesses; its `guessed` says so. */
  entry: CatalogEntry;
  kind: ModelKind;
}

export const kindNames: Readonly<Record<ModelKind, string>> = {
  text: "a text model",
  embedding: "an embedding model",
  image: "an image model",
  transcription: "a transcription model",
  rerank: "a reranking model",
};

/** What is known of a model that was never called. */
const unmeasured: ModelHealth = {
  calls: 0,
  errorRate: 0,
  firstTokenP50: null,
  firstTokenP95: null,
  latencyP50: null,
  latencyP95: null,
  breaker: "closed",
};

/** What a list of models shows beside the catalog. */
export interface ListView {
  health(model: string): ModelHealth;
  /** Id of the model that a routing name chooses now; null where it finds none. */
  choice(name: string): string | null;
}

/** Why nothing here can ask such a model, whoever serves it; null where it can be asked. */
function uncalled({ kind, provider }: Found): string | null {
  if (kind === "transcription" || kind === "rerank") return `nothing here asks ${kindNames[kind]} yet`;
  if (kind === "embedding" && !provider.embed) return `${provider.name} makes no embeddings here`;
  return kind === "image" && !provider.image ? `${provider.name} makes no images here` : null;
}

export class Directory {
  /** Every model of the catalog that a provider here serves, usable or not, in the catalog's order. */
  readonly models: readonly Found[];
  readonly catalog: Catalog;
  /** What is wrong with the configuration of models, one sentence each. */
  readonly problems: readonly string[];
  readonly #providers: ReadonlyMap<string, Provider>;
  readonly #servers: ModelServers;

  constructor(providers: readonly Provider[], servers: ModelServers, catalog: Catalog) {
    this.#providers = new Map(providers.map((provider) => [provider.name, provider]));
    this.#servers = servers;
    this.catalog = catalog;
    this.models = catalog.entries.flatMap((entry) => this.#found(entry) ?? []);
    const homeless = catalog.entries.filter((entry) => !this.#providers.has(entry.provider));
    this.problems = [
      ...(servers.problem === null ? [] : [servers.problem]),
      ...catalog.problems,
      ...homeless.map(
        (entry) => `MODEL_CATALOG describes ${idOf(entry)}, but no provider here is named ${entry.provider}`,
      ),
    ];
  }

  /** Which providers can be used now: what was worked out for one such state holds in the same again. */
  availability(): string {
    const states = Array.from(this.#providers.values(), (provider) =>
      provider.unavailable() === null ? provider.name : `!${provider.name}`,
    );
    return states.join(" ");
  }

  /**
   * The model that `name` means, or the sentence that says why there is none of this kind. A routing name
   * means the model that it chooses for a plain question before anything was measured.
   */
  find(name: string, kind: ModelKind): Found | { problem: string } {
    if (isRoutingName(name)) return this.#usual(name, kind);
    const entry = this.catalog.find(name);
    if (entry === undefined) return this.#unlisted(name, kind);
    if (entry.kind !== kind) {
      return { problem: `${name} is ${kindNames[entry.kind]}: choose ${kindNames[kind]}` };
    }
    return this.#found(entry) ?? { problem: `no provider here serves ${name}` };
  }

  /** What kind of model a name means; null for one that the catalog does not list. */
  kindOf(name: string): ModelKind | null {
    return this.catalog.find(name)?.kind ?? null;
  }

  describe(found: Found, health: ModelHealth = unmeasured, alsoNamed: readonly string[] = []): Model {
    const reason = found.provider.unavailable() ?? uncalled(found);
    const { entry } = found;
    return {
      id: found.id,
      name: entry.name,
      provider: found.provider.name,
      kind: found.kind,
      aliases: [...entry.aliases, ...alsoNamed],
      contextTokens: entry.contextTokens,
      maxOutputTokens: entry.maxOutputTokens,
      price: entry.price,
      capabilities: {
        tools: entry.tools,
        vision: entry.vision,
        reasoning: entry.reasoning,
        json: entry.json,
        prefill: entry.prefill,
      },
      dimensions: entry.dimensions,
      quality: entry.quality,
      regions: [...entry.regions],
      tasks: [...entry.tasks],
      extractive: found.provider.extractive,
      usable: reason === null,
      reason,
      health,
    };
  }

  /** Usable models first, each provider's together, in the catalog's order. */
  list(view: ListView): Model[] {
    const names = new Map<string, string[]>();
    for (const name of plainNames) {
      const id = view.choice(name);
      if (id !== null) names.set(id, [...(names.get(id) ?? []), name]);
    }
    const models = this.models.map((found) =>
      this.describe(found, view.health(found.id), names.get(found.id)),
    );
    return [...models.filter((model) => model.usable), ...models.filter((model) => !model.usable)];
  }

  #found(entry: CatalogEntry): Found | undefined {
    const provider = this.#providers.get(entry.provider);
    if (provider === undefined) return undefined;
    return { id: idOf(entry), provider, model: entry.model, entry, kind: entry.kind };
  }

  #usual(name: string, kind: ModelKind): Found | { problem: string } {
    const route = readRoute(name, kind);
    if ("problem" in route) return route;
    let best: { found: Found; score: number } | undefined;
    for (const found of this.models) {
      if (found.kind !== kind || found.entry.tasks.length === 0) continue;
      if (found.provider.unavailable() !== null) continue;
      const score = scoreOf(found.entry, route, found.provider.extractive);
      if (best === undefined || score < best.score) best = { found, score };
    }
    return best?.found ?? { problem: `${name} finds no model that can be used now` };
  }

  /** A model that nobody listed, under a provider that may well have it. */
  #unlisted(name: string, kind: ModelKind): Found | { problem: string } {
    const successor = this.catalog.successorOf(name);
    if (successor !== undefined) {
      return { problem: `${name} has been withdrawn by its maker: choose ${successor}` };
    }
    const slash = name.indexOf("/");
    const provider = slash > 0 ? this.#providers.get(name.slice(0, slash)) : undefined;
    const model = name.slice(slash + 1);
    if (provider === undefined || model === "") return { problem: this.#unknown(name) };
    if (provider.name === "offline") return { problem: this.#unknown(name) };
    const reason = provider.unavailable();
    if (reason !== null) {
      const meant = this.#nearest(name);
      const hint = meant === undefined ? "" : ` ${meant}`;
      return { problem: `${name} is not in the catalog, and cannot be tried: ${reason}.${hint}` };
    }
    const server = this.#servers.servers.get(provider.name);
    const guess =
      server === undefined
        ? undescribed(provider.name, model, kind)
        : serverEntry(provider.name, model, server.baseUrl);
    // Whoever names a model nobody listed knows better than its name what kind it is.
    return { id: name, provider, model, entry: { ...guess, kind }, kind };
  }

  #unknown(name: string): string {
    const providers = [...this.#providers.keys()].join(", ");
    const hint = this.#nearest(name) ?? `Names look like openai/gpt-5; the providers here are ${providers}.`;
    const problems = this.problems.map((problem) => ` ${problem}.`).join("");
    return `There is no model named ${name}. ${hint}${problems}`;
  }

  /** The question whether a name like this one was meant, where there is one. */
  #nearest(name: string): string | undefined {
    const near = nearestNames(name, [...this.catalog.names(), ...plainNames]);
    return near.length === 0 ? undefined : `Did you mean ${near.join(" or ")}?`;
  }
}
