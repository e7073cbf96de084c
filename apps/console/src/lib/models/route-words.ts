/** How a model was chosen, in words. */
import { ExclusionReason, type RouteDecision, type RoutePreference } from "@orrery/protocol";
import type { BadgeVariant } from "#lib/components/ui/badge/index.ts";
import { countOf } from "#lib/formatting/quantities.ts";
import { taskNames } from "./routing-names.ts";

/** Why a candidate fell out. */
export const exclusionWords: Record<ExclusionReason, string> = {
  unavailable: "Cannot be used now",
  kind: "Another kind of model",
  not_allowed: "Not on the list of allowed models",
  region: "Handles text in another region",
  capability: "Cannot do what is asked",
  context: "Too small for the request",
  budget: "Could cost more than the budget has left",
  breaker_open: "Failed too often lately",
  failed: "Failed in this very call",
};

export const whyLabels: Record<RouteDecision["why"], { label: string; variant: BadgeVariant }> = {
  named: { label: "Named", variant: "neutral" },
  routed: { label: "Best score", variant: "brand" },
  explored: { label: "Explored", variant: "info" },
  fallback: { label: "Fallback", variant: "destructive" },
};

const weighed: Record<RoutePreference, string> = {
  balanced: "cost, speed and quality weighed alike",
  fast: "speed before everything",
  cheap: "cost before everything",
  best: "quality before everything",
};

/** Why this model, in a sentence. */
export function whyChosen({ why, candidates, preference, task, requested }: RouteDecision): string {
  const scored = candidates.filter((candidate) => candidate.excluded === undefined).length;
  const terms = [preference && weighed[preference], task && `for ${taskNames[task]}`].filter(Boolean);
  const by = terms.length > 0 ? ` (${terms.join(", ")})` : "";
  if (why === "named") return `${requested} was asked for by name.`;
  if (why === "fallback")
    return "The one before it failed or could not be asked, and this is the next in order.";
  if (why === "explored") return `Little is known of it yet, so it was tried to learn how it does${by}.`;
  return scored > 1
    ? `It scored best of ${countOf(scored, "candidate")}${by}.`
    : `It was the only candidate left${by}.`;
}

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
