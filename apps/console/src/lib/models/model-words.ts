/** What the catalog says of a model, in words. */
import type { BreakerState, DataRegion, ModelKind, ModelPrice, QualityTier } from "@orrery/protocol";
import type { BadgeVariant } from "#lib/components/ui/badge/index.ts";
import { count, dollars } from "#lib/formatting/quantities.ts";

export const kindNames: Record<ModelKind, string> = {
  text: "Text",
  embedding: "Embedding",
  image: "Image",
  transcription: "Transcription",
  rerank: "Rerank",
};

export const qualityNames: Record<QualityTier, string> = {
  1: "Small and quick",
  2: "Everyday",
  3: "Strong",
  4: "Among the best",
};

export const regionNames: Record<DataRegion, string> = {
  us: "United States",
  eu: "European Union",
  global: "Anywhere",
  local: "This machine",
};

/** How a model fares by its circuit breaker, and what that means for the next call; nothing where all is well. */
export const breakerWords: Record<BreakerState, { label: string; meaning: string; variant: BadgeVariant }> = {
  closed: { label: "Healthy", meaning: "", variant: "success" },
  open: { label: "Paused", meaning: "It failed too often: no calls for now.", variant: "brand" },
  "half-open": { label: "Testing", meaning: "A single call tests whether it works again.", variant: "info" },
};

/** What a price comes to, one line for each thing that is paid for; `Free` where nothing is. */
export function priceLines(price: ModelPrice | null, kind: ModelKind): { amount: string; per: string }[] {
  if (price === null) return [];
  const lines: { amount: string; per: string }[] = [];
  if (price.inputMicros > 0) lines.push({ amount: dollars(price.inputMicros), per: "M tokens in" });
  if (price.outputMicros > 0) lines.push({ amount: dollars(price.outputMicros), per: "M tokens out" });
  if (price.imageMicros) lines.push({ amount: dollars(price.imageMicros), per: "image" });
  if (lines.length > 0) return lines;
  const { neurons } = price;
  if (neurons && kind === "image" && neurons.imageMilli) {
    return [{ amount: `${neuronCount(neurons.imageMilli)} neurons`, per: "image" }];
  }
  if (neurons && neurons.inputMilli + neurons.outputMilli > 0) {
    return [
      { amount: `${neuronCount(neurons.inputMilli)} neurons`, per: "M tokens in" },
      { amount: `${neuronCount(neurons.outputMilli)} neurons`, per: "M tokens out" },
    ];
  }
  return [{ amount: "Free", per: "" }];
}

/** Thousandths of a neuron as neurons. */
export const neuronCount = (milli: number): string => count(Math.round(milli / 100) / 10);
