/** What no score can make up for. A model that breaks one of these is never chosen. */
import type { DataRegion, ExclusionReason, ModelKind, ModelPolicy, WorkspacePolicy } from "@orrery/protocol";
import type { CatalogEntry } from "../catalog/entry.ts";
import { worstCaseMicros } from "../cost.ts";
import { kindNames, type Found } from "../directory.ts";
import type { Needs } from "./contract.ts";

/** What policies allow: of the agent's and the workspace's, both must agree. */
export interface Allowed {
  /** Each list must have the model; none: all models. */
  models: readonly (readonly string[])[];
  /** Each list must have the regions; none: all regions. */
  regions: readonly (readonly DataRegion[])[];
}

export const allowedBy = (agent: ModelPolicy, workspace: WorkspacePolicy): Allowed => ({
  models: [agent.allowedModels, workspace.allowedModels].filter((list) => list !== undefined),
  regions: [agent.regions, workspace.regions].filter((list) => list !== undefined),
});

/** Whether an id is named by a pattern: itself, or by a beginning that ends with `*`. */
export const matches = (pattern: string, id: string): boolean =>
  pattern.endsWith("*") ? id.startsWith(pattern.slice(0, -1)) : pattern === id;

/**
 * Whether everywhere that a model may be handled is allowed. `global` promises nothing, so only who allows
 * `global` allows it; and who allows that, allows every place.
 */
const inRegions = (places: readonly DataRegion[], allowed: readonly DataRegion[]): boolean =>
  allowed.includes("global") || places.every((place) => allowed.includes(place));

/** The abilities that a request asks of a model. */
export type Abilities = Pick<Needs, "tools" | "vision" | "json">;

export interface Excluded {
  reason: ExclusionReason;
  detail: string;
}

const abilityWords: Readonly<Record<keyof Abilities, string>> = {
  tools: "cannot call tools here",
  vision: "cannot see pictures",
  json: "cannot answer by a schema",
};

/**
 * The first of the lasting constraints that a model breaks: those that no single request changes. A model
 * that nobody described, and that was `named`, is believed to be able.
 */
export function lastingExclusion(
  found: Found,
  kind: ModelKind,
  allowed: Allowed,
  abilities: Abilities,
  named: boolean,
): Excluded | null {
  const unavailable = found.provider.unavailable();
  if (unavailable !== null) return { reason: "unavailable", detail: unavailable };
  if (found.kind !== kind) return { reason: "kind", detail: `is ${kindNames[found.kind]}` };
  if (!allowed.models.every((list) => list.some((pattern) => matches(pattern, found.id)))) {
    return { reason: "not_allowed", detail: "is not among the models that the policy allows" };
  }
  const { entry } = found;
  if (!allowed.regions.every((list) => inRegions(entry.regions, list))) {
    return { reason: "region", detail: `may be handled in: ${entry.regions.join(", ")}` };
  }
  if (named && entry.guessed) return null;
  for (const ability of ["tools", "vision", "json"] as const) {
    if (abilities[ability] && !entry[ability]) {
      return { reason: "capability", detail: abilityWords[ability] };
    }
  }
  return null;
}

/** Tokens that a model would write at most. */
export const outputOf = (entry: CatalogEntry, maxTokens: number): number =>
  Math.min(maxTokens, entry.maxOutputTokens ?? Number.POSITIVE_INFINITY);

export type Size = Pick<Needs, "inputTokens" | "maxTokens"> & { images?: number };

export const fits = (entry: CatalogEntry, { inputTokens, maxTokens }: Size): boolean =>
  entry.contextTokens === null || inputTokens + outputOf(entry, maxTokens) <= entry.contextTokens;

/** Whether the worst case stays within what may be spent. What has no price may not be, once there is a limit. */
export function affordable(entry: CatalogEntry, size: Size, budgetMicros: number | null): boolean {
  if (budgetMicros === null) return true;
  const micros = worstCaseMicros(entry.price, { ...size, maxTokens: outputOf(entry, size.maxTokens) });
  return micros !== null && micros <= budgetMicros;
}
