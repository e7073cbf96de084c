/** The words in which the catalog's entries are written: thousands of tokens, and dollars as price lists have them. */
import type { ModelKind, QualityTier, RouteTask } from "@orrery/protocol";
import { undescribed, type CatalogEntry } from "./entry.ts";

export type Feature = "tools" | "vision" | "reasoning" | "json" | "prefill";

/** Thousands of tokens: of the context, and of the longest answer. */
export type Limits = readonly [context: number, output?: number];

/** Dollars for a million tokens: read, and written. */
export type Dollars = readonly [input: number, output: number];

/** Neurons of Workers AI for a million tokens: read, and written. */
export type Neurons = readonly [input: number, output: number];

interface Words {
  limits?: Limits;
  price?: Dollars;
  neurons?: Neurons;
  /** Dollars, and neurons, for one image. */
  image?: readonly [dollars: number, neurons?: number];
  features?: readonly Feature[];
  aliases?: readonly string[];
  quality?: QualityTier;
  tasks?: readonly RouteTask[];
  dimensions?: number;
}

/** Rounded up to whole micro-dollars: a bill is never less than what was said before. */
const micros = (dollars: number): number => Math.ceil(Number((dollars * 1_000_000).toFixed(3)));
const milli = (neurons: number): number => Math.round(neurons * 1000);
const thousands = (count: number | undefined): number | null =>
  count === undefined ? null : Math.round(count * 1000);

function priceOf({ price, neurons, image }: Words): CatalogEntry["price"] {
  if (price === undefined && image === undefined) return null;
  const [input, output] = price ?? [0, 0];
  return {
    inputMicros: micros(input),
    outputMicros: micros(output),
    ...(image && { imageMicros: micros(image[0]) }),
    ...((neurons ?? image?.[1]) !== undefined && {
      neurons: {
        inputMilli: milli(neurons?.[0] ?? 0),
        outputMilli: milli(neurons?.[1] ?? 0),
        ...(image?.[1] !== undefined && { imageMilli: milli(image[1]) }),
      },
    }),
  };
}

/** Tasks of language models; those that can see also take `vision`. */
export const everyTextTask: readonly RouteTask[] = ["chat", "code", "sql", "extract", "classify"];

const tasksOf = (kind: ModelKind, features: readonly Feature[]): readonly RouteTask[] => {
  if (kind === "image") return ["image"];
  if (kind === "embedding") return ["embed"];
  if (kind !== "text") return [];
  return features.includes("vision") ? [...everyTextTask, "vision"] : everyTextTask;
};

/** Writes entries of one kind of one provider. */
export const entries =
  (provider: string, kind: ModelKind, region: CatalogEntry["regions"][number] = "global") =>
  (model: string, name: string, words: Words): CatalogEntry => {
    const features = words.features ?? [];
    return {
      ...undescribed(provider, model, kind),
      name,
      aliases: [...(words.aliases ?? [])],
      contextTokens: thousands(words.limits?.[0]),
      maxOutputTokens: thousands(words.limits?.[1]),
      price: priceOf(words),
      tools: features.includes("tools"),
      vision: features.includes("vision"),
      reasoning: features.includes("reasoning"),
      json: features.includes("json"),
      prefill: features.includes("prefill"),
      dimensions: words.dimensions ?? null,
      quality: words.quality ?? null,
      regions: [region],
      tasks: [...(words.tasks ?? tasksOf(kind, features))],
      guessed: false,
    };
  };
