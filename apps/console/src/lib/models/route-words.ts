/** How a model was chosen, in words. */
import { ExclusionReason, type RouteDecision, type RoutePreference } from "@orrery/protocol";
import type { BadgeVariant } from "#lib/components/ui/badge/index.ts";
import { countOf } from "#lib/formatting/quantities.ts";
import { taskNames } from "./routing-names.ts";

/** Why a candidate fell out. */
export const exclusionWords: Record<ExclusionReason, string> = {
  unavailable: "Unavailable",
  kind: "Wrong kind of model",
  not_allowed: "Not allowed",
  region: "Wrong region",
  capability: "Lacks a capability",
  context: "Context too small",
  budget: "Over budget",
  breaker_open: "Paused after failures",
  failed: "Failed in this call",
};

export const whyLabels: Record<RouteDecision["why"], { label: string; variant: BadgeVariant }> = {
  named: { label: "Named", variant: "neutral" },
  routed: { label: "Best score", variant: "brand" },
  explored: { label: "Explored", variant: "info" },
  fallback: { label: "Fallback", variant: "destructive" },
};

const weighed: Record<RoutePreference, string> = {
  balanced: "cost, speed and quality weighed equally",
  fast: "speed first",
  cheap: "cost first",
  best: "quality first",
};

/** Why this model, in a sentence. */
export function whyChosen({ why, candidates, preference, task, requested }: RouteDecision): string {
  const scored = candidates.filter((candidate) => candidate.excluded === undefined).length;
  const terms = [preference && weighed[preference], task && `for ${taskNames[task]}`].filter(Boolean);
  const by = terms.length > 0 ? ` (${terms.join(", ")})` : "";
  if (why === "named") return `${requested} was requested by name.`;
  if (why === "fallback") return "The model before it failed or was unavailable; this one is next in order.";
  if (why === "explored")
    return `Little is known about it yet, so it was tried to learn how it performs${by}.`;
  return scored > 1 ? `Best score of ${countOf(scored, "candidate")}${by}.` : `The only candidate left${by}.`;
}

/** Whether how a model was chosen is worth a word: one that was named, alone, says it all itself. */
export const isExplained = ({ why, candidates }: RouteDecision): boolean =>
  why !== "named" || candidates.length > 1;

/** How many fell out, for each reason, in the order in which reasons are checked. */
export const exclusionsOf = ({ excluded }: RouteDecision): { reason: ExclusionReason; fell: number }[] =>
  ExclusionReason.options.flatMap((reason) => {
    const fell = excluded[reason];
    return fell === undefined ? [] : [{ reason, fell }];
  });

/** The best candidates first, then those that fell out; the chosen one before its equals. */
export const rankedCandidates = ({ candidates, chosen }: RouteDecision): RouteDecision["candidates"] =>
  candidates.toSorted(
    (one, other) =>
      Number(one.excluded !== undefined) - Number(other.excluded !== undefined) ||
      (one.score ?? Number.MAX_VALUE) - (other.score ?? Number.MAX_VALUE) ||
      Number(other.model === chosen) - Number(one.model === chosen),
  );
