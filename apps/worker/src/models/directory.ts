/** Finds the model a name means, and says what each is and whether it can be used. */
import type { Model, ModelKind } from "@orrery/protocol";
import { catalog, preferences, type CatalogEntry } from "./catalog.ts";
import type { Provider } from "./contract.ts";
import { nearestNames } from "./nearest.ts";
import type { ModelServers } from "./servers.ts";

/** A model that a name means. */
export interface Found {
  /** `provider/model`. */
  id: string;
  provider: Provider;
  /** The provider's own name for it. */
  model: string;
  /** Undefined for a model that the catalog does not list. */
  entry: CatalogEntry | undefined;
  kind: ModelKind;
}

const idOf = (entry: CatalogEntry): string => `${entry.provider}/${entry.model}`;

const byId = new Map(catalog.map((entry) => [idOf(entry), entry]));

/** Aliases, and the providers' own names where only one model has them. */
const byOtherName = new Map<string, CatalogEntry>();
for (const entry of catalog) {
  for (const alias of entry.aliases) byOtherName.set(alias, entry);
  if (!byOtherName.has(entry.model)) byOtherName.set(entry.model, entry);
}

const kindNames: Readonly<Record<ModelKind, string>> = {
  text: "a text model",
  embedding: "an embedding model",
  image: "an image model",
};

export class Directory {
  readonly #providers: ReadonlyMap<string, Provider>;
  readonly #servers: ModelServers;

  constructor(providers: readonly Provider[], servers: ModelServers) {
    this.#providers = new Map(providers.map((provider) => [provider.name, provider]));
    this.#servers = servers;
  }

  /** The model that `name` means, or the sentence that says why there is none of this kind. */
  find(name: string, kind: ModelKind): Found | { problem: string } {
    const preference = preferences[name];
    if (preference !== undefined) return this.#prefer(name, preference, kind);
    const entry = byId.get(name) ?? byOtherName.get(name);
    if (entry === undefined) return this.#unlisted(name, kind);
    if (entry.kind !== kind) {
      const is = kindNames[entry.kind];
      return { problem: `${name} is ${is}: choose ${kindNames[kind]}` };
    }
    return this.#found(entry) ?? { problem: `no provider here serves ${name}` };
  }

  describe(found: Found): Model {
    const reason = found.provider.unavailable();
    const entry = found.entry;
    return {
      id: found.id,
      name: entry?.name ?? found.model,
      provider: found.provider.name,
      kind: found.kind,
      aliases: [...(entry?.aliases ?? []), ...this.#preferencesFor(found.id)],
      contextTokens: entry?.contextTokens ?? null,
      maxOutputTokens: entry?.maxOutputTokens ?? null,
      price: entry?.price ?? null,
      capabilities: {
        // Of a model nobody described, tools are worth a try; the rest is not promised.
        tools: entry?.tools ?? found.kind === "text",
        vision: entry?.vision ?? false,
        reasoning: entry?.reasoning ?? false,
      },
      extractive: found.provider.extractive,
      usable: reason === null,
      reason,
    };
  }

  /** Usable models first, each provider's together, in the catalog's order. */
  list(): Model[] {
    const listed = catalog.flatMap((entry) => {
      const found = this.#found(entry);
      return found === undefined ? [] : [this.describe(found)];
    });
    const models = [...this.#serverModels().map((found) => this.describe(found)), ...listed];
    return [...models.filter((model) => model.usable), ...models.filter((model) => !model.usable)];
  }

  #found(entry: CatalogEntry): Found | undefined {
    const provider = this.#providers.get(entry.provider);
    if (provider === undefined) return undefined;
    return { id: idOf(entry), provider, model: entry.model, entry, kind: entry.kind };
  }

  #serverModels(): Found[] {
    return Array.from(this.#servers.servers).flatMap(([name, server]) => {
      const provider = this.#providers.get(name);
      if (provider === undefined) return [];
      return server.models.map((model) => ({
        id: `${name}/${model}`,
        provider,
        model,
        entry: undefined,
        // Servers list their embedding models among the rest, and say so in the name alone.
        kind: /embed|\bbge\b|minilm/i.test(model) ? ("embedding" as const) : ("text" as const),
      }));
    });
  }

  #prefer(name: string, order: readonly string[], kind: ModelKind): Found | { problem: string } {
    if (kind !== "text") return { problem: `${name} chooses a text model: name ${kindNames[kind]}` };
    for (const id of order) {
      const candidates =
        id === "servers"
          ? this.#serverModels().filter((model) => model.kind === "text")
          : [byId.get(id)].flatMap((entry) => (entry === undefined ? [] : [this.#found(entry)]));
      const usable = candidates.find((found) => found?.provider.unavailable() === null);
      if (usable !== undefined) return usable;
    }
    return { problem: `${name} finds no model that can be used now` };
  }

  /** The names of `auto` and its kin that choose this model at present. */
  #preferencesFor(id: string): string[] {
    return Object.entries(preferences).flatMap(([name, order]) => {
      const chosen = this.#prefer(name, order, "text");
      return "id" in chosen && chosen.id === id ? [name] : [];
    });
  }

  /** A model that nobody listed, under a provider that may well have it. */
  #unlisted(name: string, kind: ModelKind): Found | { problem: string } {
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
    return { id: name, provider, model, entry: undefined, kind };
  }

  #unknown(name: string): string {
    const providers = [...this.#providers.keys()].join(", ");
    const hint = this.#nearest(name) ?? `Names look like openai/gpt-5; the providers here are ${providers}.`;
    const servers = this.#servers.problem === null ? "" : ` ${this.#servers.problem}.`;
    return `There is no model named ${name}. ${hint}${servers}`;
  }

  /** The question whether a name like this one was meant, where there is one. */
  #nearest(name: string): string | undefined {
    const near = nearestNames(name, [
      ...byId.keys(),
      ...this.#serverModels().map((found) => found.id),
      ...catalog.flatMap((entry) => entry.aliases),
      ...Object.keys(preferences),
    ]);
    return near.length === 0 ? undefined : `Did you mean ${near.join(" or ")}?`;
  }
}
