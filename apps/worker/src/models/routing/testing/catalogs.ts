/** Catalogs of any size, and questions to ask about them, for tests and measurements. */
import type { ModelKind, QualityTier } from "@orrery/protocol";
import { Catalog } from "../../catalog/catalog.ts";
import { undescribed, type CatalogEntry } from "../../catalog/entry.ts";
import { everyTextTask } from "../../catalog/writing.ts";
import type { Provider } from "../../contract.ts";
import { Directory } from "../../directory.ts";
import type { RouteQuestion } from "../contract.ts";

/** A provider that is asked nothing: choosing needs only its name, and whether it can be used. */
export const providerOf = (
  name: string,
  more: { extractive?: boolean; unavailable?: string } = {},
): Provider => ({
  name,
  extractive: more.extractive ?? false,
  unavailable: () => more.unavailable ?? null,
  // oxlint-disable-next-line require-yield -- nobody reads it
  async *stream() {
    throw new Error("nobody is asked here");
  },
});

export const entryOf = (id: string, more: Partial<CatalogEntry> = {}): CatalogEntry => {
  const [provider = "", model = ""] = id.split(/\/(.*)/s);
  return {
    ...undescribed(provider, model, more.kind ?? "text"),
    price: { inputMicros: 1_000_000, outputMicros: 4_000_000 },
    contextTokens: 128_000,
    quality: 2,
    tasks: [...everyTextTask],
    guessed: false,
    ...more,
  };
};

export function directoryOf(
  entries: readonly CatalogEntry[],
  providers: readonly Provider[] = [...new Set(entries.map(({ provider }) => provider))].map((name) =>
    providerOf(name, { extractive: name === "offline" }),
  ),
): Directory {
  return new Directory(providers, { servers: new Map(), problem: null }, new Catalog(entries));
}

/** `count` text models of five providers, differing in price, quality, context and abilities. */
export const manyEntries = (count: number): CatalogEntry[] =>
  Array.from({ length: count }, (_, n) =>
    entryOf(`provider-${n % 5}/model-${n}`, {
      price: { inputMicros: 50_000 * (1 + ((n * 7) % 97)), outputMicros: 200_000 * (1 + ((n * 13) % 89)) },
      quality: ((n % 4) + 1) as QualityTier,
      contextTokens: 32_000 * (1 + (n % 8)),
      tools: n % 3 !== 0,
      vision: n % 2 === 0,
      json: n % 5 !== 0,
    }),
  );

export const questionOf = (requested: string, more: Partial<RouteQuestion> = {}): RouteQuestion => ({
  requested,
  kind: "text" satisfies ModelKind,
  needs: { tools: false, vision: false, json: false, inputTokens: 1000, maxTokens: 1000 },
  agentPolicy: {},
  workspacePolicy: {},
  budgetMicros: null,
  location: "local",
  failed: [],
  now: Date.UTC(2026, 10, 20),
  chance: 0.5,
  ...more,
});
