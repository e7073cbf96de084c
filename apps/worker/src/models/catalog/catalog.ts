/** All models that are known here: shipped, configured, and found on servers of one's own. */
import type { ModelServers } from "../servers.ts";
import { parseCatalog, type Configured, type Override } from "./configured.ts";
import { idOf, partsOf, undescribed, type CatalogEntry } from "./entry.ts";
import { retired } from "./retired.ts";
import { serverEntries } from "./server-entries.ts";
import { shipped } from "./shipped.ts";
import { standInFor } from "./stand-in.ts";

/** Immutable once made, so that whatever was worked out from it stays true. */
export class Catalog {
  /** Servers of one's own first, then what is shipped, then what was added: between equals, the first wins. */
  readonly entries: readonly CatalogEntry[];
  /** What is wrong with its configuration; what is wrong is left out. */
  readonly problems: readonly string[];
  readonly #byId = new Map<string, CatalogEntry>();
  /** Aliases, and the providers' own names where only one model has them. */
  readonly #byOtherName = new Map<string, CatalogEntry>();

  constructor(
    base: readonly CatalogEntry[],
    configured: Configured = { overrides: new Map(), problems: [] },
  ) {
    const problems = [...configured.problems];
    for (const entry of base) this.#byId.set(idOf(entry), entry);
    for (const [id, override] of configured.overrides) {
      const entry = merged(id, this.#byId.get(id), override);
      if (entry !== null) this.#byId.set(id, entry);
    }
    this.entries = [...this.#byId.values()];
    for (const entry of this.entries) {
      for (const alias of entry.aliases) {
        const taken = this.#byId.has(alias) || this.#byOtherName.has(alias) || /^auto(?::|$)/.test(alias);
        if (taken) problems.push(`MODEL_CATALOG gives ${idOf(entry)} the alias ${alias}, which is taken`);
        else this.#byOtherName.set(alias, entry);
      }
    }
    for (const entry of this.entries) {
      if (!this.#byOtherName.has(entry.model)) this.#byOtherName.set(entry.model, entry);
    }
    this.problems = problems;
  }

  /** By id, alias, or the provider's own name. */
  find(name: string): CatalogEntry | undefined {
    return this.#byId.get(name) ?? this.#byOtherName.get(name);
  }

  /** What takes the place of a model that is no more; undefined for one that is not known as such. */
  successorOf(name: string): string | undefined {
    if (this.find(name) !== undefined) return undefined;
    return retired.get(name) ?? retiredByModel.get(name);
  }

  /** Every name that means a model: ids and aliases. */
  names(): string[] {
    return [...this.#byId.keys(), ...this.entries.flatMap((entry) => entry.aliases)];
  }
}

/** Retired models by the provider's own name alone. */
const retiredByModel = new Map(
  Array.from(retired, ([id, successor]) => [id.slice(id.indexOf("/") + 1), successor] as const),
);

function merged(id: string, known: CatalogEntry | undefined, override: Override): CatalogEntry | null {
  const parts = partsOf(id);
  if (parts === null) return null;
  const base = known ?? undescribed(parts.provider, parts.model, override.kind ?? "text");
  const said = Object.fromEntries(Object.entries(override).filter(([, value]) => value !== undefined));
  // Names that someone may use already are never taken away.
  const aliases = [...new Set([...base.aliases, ...(override.aliases ?? [])])];
  return { ...base, ...said, aliases, guessed: false };
}

/** The last few, by the configuration that they were made from: environments differ little within an isolate. */
const made = new Map<string, Catalog>();
const keep = 4;

/**
 * The catalog of an environment: of `MODEL_CATALOG` and `MODEL_SERVERS`. Made once for each configuration.
 * `standIn`: Workers AI is not Cloudflare's here.
 */
export function catalogFor(
  configuration: string | undefined,
  servers: ModelServers,
  standIn = false,
): Catalog {
  const found = serverEntries(servers);
  const of = found.map((entry) => [idOf(entry), entry.regions]);
  const key = JSON.stringify([configuration ?? "", standIn, of]);
  const known = made.get(key);
  if (known !== undefined) return known;
  const catalog = new Catalog(
    [...found, ...(standIn ? shipped.map(standInFor) : shipped)],
    parseCatalog(configuration),
  );
  const oldest = made.keys().next();
  if (made.size >= keep && oldest.done === false) made.delete(oldest.value);
  made.set(key, catalog);
  return catalog;
}
