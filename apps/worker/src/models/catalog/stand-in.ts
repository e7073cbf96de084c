import type { CatalogEntry } from "./entry.ts";

/**
 * A model of Workers AI where something else answers in its name: on one machine, a model server or the offline
 * models. It is what it is named for in nothing but form, so `auto` never chooses it, and what only some servers'
 * models can do is not said of it; it costs nothing, and nothing leaves the machine. Entries of other providers stay as they are.
 */
export function standInFor(entry: CatalogEntry): CatalogEntry {
  if (entry.provider !== "workers-ai") return entry;
  const image = entry.kind === "image" ? { imageMicros: 0 } : {};
  return {
    ...entry,
    name: `${entry.name} (stand-in)`,
    price: { inputMicros: 0, outputMicros: 0, ...image },
    vision: false,
    reasoning: false,
    prefill: false,
    quality: null,
    regions: ["local"],
    tasks: [],
  };
}
