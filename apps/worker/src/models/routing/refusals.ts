/** What is said where no model can be chosen: always what stands in the way, and what to change. */
import type { ExclusionReason, ModelKind } from "@orrery/protocol";
import { ModelError } from "../contract.ts";
import type { Found } from "../directory.ts";
import type { Excluded } from "./constraints.ts";

const advice: Readonly<Record<ExclusionReason, string>> = {
  unavailable: "give a provider's key, or start a model server",
  kind: "name a model of the kind that is needed",
  not_allowed: "choose an allowed model, or have the policy changed",
  region: "choose another model, or allow the region",
  capability: "choose another model, or ask for less",
  context: "shorten the input, lower maxTokens, or choose a model with a longer context",
  budget: "raise the budget, lower maxTokens, or choose a cheaper model",
  breaker_open: "wait, or name fallbacks",
  failed: "try again later, or name fallbacks",
};

/** The sentence for a model that was named and may not be asked. */
export function refusalOf(found: Found, { reason, detail }: Excluded, retryAfterMs?: number): ModelError {
  const { id } = found;
  switch (reason) {
    case "unavailable":
      return new ModelError("upstream_failed", `${id} cannot be used: ${detail}`, { retryable: false });
    case "budget":
      return new ModelError("budget_exceeded", `${id} ${detail}: ${advice.budget}`, { retryable: false });
    case "breaker_open":
    case "failed":
      return new ModelError("upstream_failed", `${id} ${detail}: ${advice[reason]}`, {
        retryable: true,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      });
    default:
      return new ModelError("invalid_request", `${id} ${detail}: ${advice[reason]}`, { retryable: false });
  }
}

/** The lasting reasons, and then those of one request: a candidate that got further fell out for a later one. */
const order: readonly ExclusionReason[] = [
  "unavailable",
  "kind",
  "not_allowed",
  "region",
  "capability",
  "context",
  "budget",
  "breaker_open",
  "failed",
];

const words: Readonly<Record<ExclusionReason, string>> = {
  unavailable: "cannot be used now",
  kind: "is of another kind",
  not_allowed: "is not allowed by the policy",
  region: "may be handled in a region that is not allowed",
  capability: "lacks an ability that is needed, or is chosen only by name",
  context: "is too narrow for the request",
  budget: "could cost more than may be spent",
  breaker_open: "has failed too often lately",
  failed: "has failed",
};

/**
 * The sentence for a routing name that finds none. What counts is the reason for which the candidates that
 * came closest fell out.
 */
export function nothingLeft(
  requested: string,
  kind: ModelKind,
  excluded: Partial<Record<ExclusionReason, number>>,
  retryAfterMs?: number,
): ModelError {
  const last = order.findLast((reason) => (excluded[reason] ?? 0) > 0) ?? "kind";
  const counts = order
    .filter((reason) => reason !== "kind" && (excluded[reason] ?? 0) > 0)
    .map((reason) => `${excluded[reason]} ${words[reason]}`);
  const why = counts.length === 0 ? `there is no ${kind} model here` : counts.join(", ");
  const message = `${requested} finds no model: ${why}. What helps: ${advice[last]}`;
  if (last === "budget") return new ModelError("budget_exceeded", message, { retryable: false });
  if (last === "breaker_open" || last === "failed") {
    return new ModelError("upstream_failed", message, {
      retryable: true,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
  return new ModelError("invalid_request", message, { retryable: false });
}
