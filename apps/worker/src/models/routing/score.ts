/**
 * How well a model suits, as one number: the lower the better. Three parts between 0 and 1, weighed by
 * preference: what it costs, how long it takes, and what it lacks in quality.
 *
 * Money and time count by their logarithms, since a tenth of the price means as much at ten dollars as at
 * one. Before anything was measured, time is what models of that quality usually take; each measured call
 * moves it, so that one slow answer decides nothing.
 */
import type { ModelHealth, RoutePreference, RouteTask } from "@orrery/protocol";
import type { CatalogEntry } from "../catalog/entry.ts";

interface Weights {
  cost: number;
  latency: number;
  quality: number;
}

/**
 * Chosen so that, with nothing measured: `auto` takes a strong model (3) before the dearest (4) and before
 * everyday ones (2), `auto:fast` and `auto:cheap` an everyday one before a small one (1), unless a server of
 * one's own costs nothing at all; and `auto:best` a better one at any price, the cheaper among equals.
 */
const weightsOf: Readonly<Record<RoutePreference, Weights>> = {
  balanced: { cost: 0.3, latency: 0.15, quality: 0.55 },
  fast: { cost: 0.1, latency: 0.75, quality: 0.15 },
  cheap: { cost: 0.8, latency: 0.02, quality: 0.18 },
  best: { cost: 0.05, latency: 0.02, quality: 0.93 },
};

/** How much more, or less, quality is worth for a task than for talk. */
const qualityFactors: Readonly<Record<RouteTask, number>> = {
  chat: 1,
  code: 1.4,
  sql: 1.2,
  extract: 0.7,
  classify: 0.5,
  vision: 1,
  image: 1,
  embed: 0.5,
};

/** What a model lacks to the best, by its tier. Between 1 and 3 lies most of what users notice. */
const lacks = [1, 0.85, 0.55, 0.05, 0] as const;

/** Milliseconds to a whole answer that models of a tier usually take, before any was measured. */
const usualMs = [3000, 1200, 1600, 4000, 8000] as const;

/** How much longer a model of one's own server is taken to need: nobody knows the machine. */
const ownServer = 3;

/** Calls' worth of belief in what is usual. */
const priorCalls = 5;

/** A model that was never made for the task is not out of the question, only further away. */
const foreignTask = 0.2;
/** A call that fails is made again: its time and its money are lost. */
const failurePenalty = 0.5;
/** Where the price is unknown, it is taken for a high one: ten dollars for a million tokens. */
const unknownBlend = 10_000_000;
/** No language model: below all that are. */
const extractivePenalty = 10;

/** Images that count as much as a million tokens. */
const imagesOfMillion = 100;

/** Micro-dollars for a million tokens as conversations mix them: three read for one written. */
function blendOf({ kind, price }: CatalogEntry): number {
  if (price === null) return unknownBlend;
  if (kind === "image") return (price.imageMicros ?? unknownBlend / imagesOfMillion) * imagesOfMillion;
  return (3 * price.inputMicros + price.outputMicros) / 4;
}

/** 0 for nothing, 1 for fifty dollars a million. */
const costTerm = (blend: number): number => Math.log1p(blend / 10_000) / Math.log1p(5000);

/** 0 for no time at all, 1 for a minute. */
const latencyTerm = (milliseconds: number): number => Math.log1p(milliseconds / 100) / Math.log1p(600);

export interface Suitability {
  preference: RoutePreference;
  task: RouteTask;
}

/** What a score reads of what was measured. */
export type Measured = Pick<ModelHealth, "calls" | "errorRate" | "latencyP50" | "latencyP95">;

/** The score of a model; with `measured`, as it did lately. `extractive`: its provider only quotes, or draws by rule. */
export function scoreOf(
  entry: CatalogEntry,
  { preference, task }: Suitability,
  extractive: boolean,
  measured?: Measured,
): number {
  const weights = weightsOf[preference];
  const tier = entry.quality ?? 0;
  const calls = measured?.calls ?? 0;
  const usual = usualMs[tier] * (entry.guessed ? ownServer : 1);
  // Half of the calls take longer than the median, and what people remember is the slow ones.
  const typical =
    measured?.latencyP50 == null
      ? usual
      : 0.7 * measured.latencyP50 + 0.3 * (measured.latencyP95 ?? measured.latencyP50);
  const milliseconds = (priorCalls * usual + calls * typical) / (priorCalls + calls);
  const failing = ((measured?.errorRate ?? 0) * calls) / (priorCalls + calls);
  return (
    weights.cost * costTerm(blendOf(entry)) +
    weights.latency * latencyTerm(milliseconds) +
    weights.quality * qualityFactors[task] * lacks[tier] +
    failurePenalty * failing +
    (entry.tasks.includes(task) ? 0 : foreignTask) +
    (extractive ? extractivePenalty : 0)
  );
}
